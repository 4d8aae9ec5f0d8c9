"""Every setting, read once from `YESMAP_…` variables of the environment. Secrets print as stars.

A setting may also be the content of a file of its name in small letters, such as `/run/secrets/yesmap_redis_url`: there
containers find their secrets. A variable wins over a file.
"""

import contextlib
import difflib
import os
import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from recorder import eventstore
from recorder.errors import Unusable
from recorder.sentences import said

#: Where Docker, Podman and Kubernetes put files with secrets, as their documents show it.
SECRETS = Path("/run/secrets")
#: How alike a name is to that of a setting that was meant, as `difflib` counts. Kubernetes adds variables such as
#: YESMAP_SERVICE_HOST for a service of this name; they stay below it.
ALIKE = 0.845


class Settings(BaseSettings):
    """All of it. A field's description is its line in the README's table."""

    model_config = SettingsConfigDict(
        env_prefix="YESMAP_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data: Path = Field(
        Path(".yesmap"),
        description="Folder for the embedded event store, the store folder and the keys file.",
    )
    redis_url: SecretStr | None = Field(
        None,
        description="Event store: `redis://`, `rediss://` or `unix://`; of a cluster, `redis+cluster://` or "
        "`rediss+cluster://` with one of its servers, or several with commas between. "
        "Empty: an embedded Valkey in the data folder.",
    )
    redis_rights_url: SecretStr | None = Field(
        None,
        description="Event store as a user who may read and erase single sessions, for the visitors' rights. "
        "Empty: `YESMAP_REDIS_URL`.",
    )
    store_url: str | None = Field(
        None, description="What lasts: `s3://bucket/prefix` or a folder. Empty: `objects` in the data folder."
    )
    key_store_url: str | None = Field(
        None,
        description="Recording keys, if they shall live apart: an unversioned bucket or a folder. Empty: the store.",
    )
    s3_endpoint: str | None = Field(None, description="URL of the S3 server. Empty: AWS.")
    s3_region: str = Field("eu-central-1", description="Region of the S3 server.")
    keys_file: Path | None = Field(
        None,
        description="Signing keys, shared by both faces. Empty: `keys.json` in the data folder.",
    )
    host: str = Field("127.0.0.1", description="Address of the visitors' face.")
    port: int = Field(8000, ge=0, le=65535, description="Port of the visitors' face.")
    team_host: str = Field("127.0.0.1", description="Address of the team's face.")
    team_port: int = Field(8100, ge=0, le=65535, description="Port of the team's face.")
    team_url: str | None = Field(
        None,
        description="Where the team's browsers reach the team's face, such as `https://yesmap.example.org`, "
        "when that is not its own address.",
    )
    second_factor: bool = Field(
        True,
        description="Whether the team signs in with a code of an authenticator app besides the password.",
    )
    password_days: int = Field(
        0, ge=0, description="After so many days a password must be a new one; 0: never."
    )
    public_url: str | None = Field(
        None,
        description="Where visitors' browsers reach the visitors' face, such as `https://ask.example.org`.",
    )
    proxies: Annotated[list[IPv4Network | IPv6Network], NoDecode] = Field(
        [],
        description="Reverse proxies whose `X-Forwarded-For` is believed: addresses or networks, with commas between.",
    )
    metrics_host: str = Field("127.0.0.1", description="Address of the operator's port.")
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="The operator's port: `/metrics` for Prometheus, `/healthz` and `/readyz`. Empty: none.",
    )
    dask_scheduler: str | None = Field(
        None,
        description="Dask scheduler whose drawers make the final pictures: `tls://host:8786`, or `tcp://` where nobody "
        "else reaches it. Empty: processes of this machine.",
    )
    dask_ca: Path | None = Field(None, description="Authority of the cluster's certificates, a PEM file.")
    dask_certificate: Path | None = Field(
        None, description="Certificate that Yesmap shows to the cluster, a PEM file."
    )
    dask_private_key: Path | None = Field(None, description="Private key of that certificate, a PEM file.")
    access_log_days: int = Field(
        365, ge=1, le=3650, description="Days for which it is known who looked at what."
    )
    demo: bool = Field(False, description="Serve the demo shop at `/demo/`.")

    @field_validator("redis_url", "redis_rights_url")
    @classmethod
    def _of_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            eventstore.check_url(value.get_secret_value())
        return value

    @field_validator("dask_scheduler")
    @classmethod
    def _of_dask(cls, value: str | None) -> str | None:
        if value and value.split("://")[0] not in ("tcp", "tls"):
            raise ValueError("must begin with tls:// or tcp://")
        if value and not value.partition("://")[2]:
            raise ValueError("must name a host, such as tls://drawing.internal:8786")
        return value

    @field_validator("store_url", "key_store_url")
    @classmethod
    def _of_a_store(cls, value: str | None) -> str | None:
        if value and re.match("s3:(?!//)", value, re.IGNORECASE):  # it would be a folder of that name
            raise ValueError("must be s3://bucket/prefix or a folder")
        return value

    @field_validator("proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return [ip_network(part.strip()) for part in value.split(",")]
        except ValueError:
            raise ValueError(
                "must be addresses or networks such as 10.0.0.0/8, with commas between"
            ) from None

    @field_validator("public_url", "team_url", "s3_endpoint")
    @classmethod
    def _an_origin(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            found = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:  # of the port
            found = False
        # Paths are put behind it, and it is shown to visitors: no query, no fragment, no password.
        if not found or any(sign in value for sign in "?#@") or len(value.split()) != 1:
            raise ValueError("must be a URL such as https://ask.example.org")
        return value.rstrip("/")

    @property
    def objects_url(self) -> str:
        return self.store_url or str(self.data / "objects")

    @property
    def keys_path(self) -> Path:
        return self.keys_file or self.data / "keys.json"

    @contextlib.contextmanager
    def blamed(self, name: str) -> Iterator[None]:
        """What fails within stops the start and is blamed on this setting, or on the data folder when it is not set."""
        try:
            yield
        except (OSError, Unusable) as error:
            variable = f"YESMAP_{(name if getattr(self, name) else 'data').upper()}"
            why = error.message if isinstance(error, Unusable) else f"{error.filename}: {error.strerror}."
            raise Unusable(f"{variable} cannot be used: {why}") from error

    def as_environment(self) -> dict[str, str]:
        """The variables from which another process reads these same settings."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        return {f"YESMAP_{name.upper()}": _written(v) for name, v in found.items() if v is not None}


def read(**given: Any) -> Settings:
    """The settings, or `Unusable` with one sentence that names what is wrong."""
    if slips := _slips(os.environ):
        raise Unusable(f"Settings cannot be used: {'; '.join(slips)}.")
    try:
        return Settings(_secrets_dir=SECRETS if SECRETS.is_dir() else None, **given)
    except ValidationError as error:
        wrong = "; ".join(f"YESMAP_{str(e['loc'][0]).upper()} {said(e)}" for e in error.errors())
        raise Unusable(f"Settings cannot be used: {wrong}.") from None


def _slips(names: Iterable[str]) -> list[str]:
    """Variables that look like a setting and are none: what they were meant to do would silently not be done."""
    known = [f"YESMAP_{name.upper()}" for name in Settings.model_fields]
    others = [name for name in names if name.startswith("YESMAP_") and name not in known]
    near = {name: difflib.get_close_matches(name, known, 1, ALIKE) for name in sorted(others)}
    return [f"{name} is not one of them, {meant[0]} is" for name, meant in near.items() if meant]


def _written(value: object) -> str:
    """A value as it stands in a variable."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)

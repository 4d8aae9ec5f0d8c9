"""Everything that lasts: a bucket of an S3 server, or a folder, behind one small interface.

Two writes are conditional, and all that must not happen twice rests on them: `if_absent` creates, `if_match`
replaces what was read. `prove` shows at start that the store keeps that promise; some S3 servers do not.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from recorder.errors import Conflict, NotFound, Unavailable, Unusable
from recorder.settings import Settings

#: Conditional writes that a store is tried with at start.
RIVALS = 4

_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


@dataclass(frozen=True)
class Stored:
    """The bytes of an object and the tag of exactly these bytes, for `if_match`."""

    data: bytes
    tag: str


class Objects(Protocol):
    """Keys are paths of letters, digits, `.`, `_` and `-`. A store that cannot be reached raises `Unavailable`."""

    versioned: bool

    async def get(self, key: str) -> Stored:
        """The object, or `NotFound`."""

    async def put(
        self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None
    ) -> str:
        """Write durably and give the tag. `Conflict` when the condition does not hold.

        Creating again with the same bytes is no conflict, so a repeated request is harmless.
        """

    async def delete(self, key: str) -> None:
        """Remove the object in every version; no object is fine."""

    async def keys(self, prefix: str) -> list[str]:
        """The keys that begin with `prefix`, in order."""

    async def remains(self, prefix: str) -> list[str]:
        """Whatever is left below `prefix`: objects, older versions, delete markers, unfinished uploads."""

    async def keeps(self) -> dict[str, str]:
        """What the store keeps of what was removed, as it is set up now: `versions` and `object_lock`."""


@contextlib.asynccontextmanager
async def open_store(url: str, settings: Settings, setting: str = "store_url") -> AsyncIterator[Objects]:
    """The store that `url` names (`s3://bucket/prefix` or a folder), proven to honour conditional writes.

    `setting` is where the URL comes from: what to change when the store cannot be used.
    """
    async with opened(url, settings, setting) as store:
        with settings.blamed(setting):
            await prove(store)
        yield store


@contextlib.asynccontextmanager
async def opened(url: str, settings: Settings, setting: str = "store_url") -> AsyncIterator[Objects]:
    """The same for who only reads."""
    async with contextlib.AsyncExitStack() as stack:
        with settings.blamed(setting):
            store = await stack.enter_async_context(_opened(url, settings))
        yield store


@contextlib.asynccontextmanager
async def _opened(url: str, settings: Settings) -> AsyncIterator[Objects]:
    if url.startswith("s3://"):
        async with _open_bucket(url, settings) as bucket:
            yield bucket
    elif "://" in url:
        raise Unusable(f"It must be s3://bucket/prefix or a folder, not {url.split('://')[0]}://…")
    else:
        yield Folder(Path(url))


async def prove(store: Objects) -> None:
    """Refuse to start on a store whose conditional writes do not hold, also when several come at once.

    Servers were found that ignore the conditions, and others that check them before the write instead of with it.
    """
    key = f"proof/{secrets.token_hex(8)}"
    with _at_start():
        try:
            created = await asyncio.gather(
                *(_wins(store, key, f"{n}".encode(), if_absent=True) for n in range(RIVALS))
            )
            before = await store.get(key)
            replaced = await asyncio.gather(
                *(_wins(store, key, f"{n}!".encode(), if_match=before.tag) for n in range(RIVALS))
            )
        finally:
            await store.delete(key)
    if sum(created) != 1 or sum(replaced) != 1:
        raise Unusable(
            f"Of {RIVALS} conditional writes at once the object store let {sum(created)} create and {sum(replaced)} "
            "replace the same object; Yesmap needs it to be one. Use a store that keeps If-None-Match and If-Match."
        )


async def _wins(store: Objects, key: str, data: bytes, **condition: Any) -> bool:
    try:
        await store.put(key, data, **condition)
    except Conflict:
        return False
    return True


@contextlib.contextmanager
def _at_start() -> Iterator[None]:
    """A store that cannot be reached now stops the start; later it is waited for."""
    try:
        yield
    except Unavailable as error:
        raise Unusable(error.message) from error


# --- a folder ----------------------------------------------------------------------------------


class Folder:
    """Objects as files. Writes are synced to disk and appear whole; one lock file orders conditional writes.

    Once it is missing, so is the folder, or the disk that is mounted there: that is no empty store.
    """

    versioned = False

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        _make(self._root)
        self._lock = self._root / ".lock"
        if not self._lock.exists():
            with contextlib.suppress(OSError):  # who only reads, and so does not know whether it was there
                self._lock.touch()
        self._known = self._lock.exists()

    async def get(self, key: str) -> Stored:
        return await asyncio.to_thread(self._get, key)

    async def put(
        self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None
    ) -> str:
        return await asyncio.to_thread(self._put, key, data, if_absent, if_match)

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._delete, key)

    async def keys(self, prefix: str) -> list[str]:
        return await asyncio.to_thread(self._keys, prefix)

    async def remains(self, prefix: str) -> list[str]:
        return await asyncio.to_thread(self._keys, prefix)

    async def keeps(self) -> dict[str, str]:
        return {"versions": "none", "object_lock": "none"}

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise NotFound("There is no object of that name.")
        return self._root / key

    def _get(self, key: str) -> Stored:
        try:
            data = self._path(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            self._check_there()
            raise NotFound(f"There is no {key}.") from None
        except OSError as error:
            raise Unavailable(f"The store folder cannot be read: {error.strerror}.") from error
        return Stored(data, _tag(data))

    def _put(self, key: str, data: bytes, if_absent: bool, if_match: str | None) -> str:
        path = self._path(key)
        try:
            with self._locked():  # the folder too: who finds it there may take it for synced
                _make(path.parent)
                if if_absent or if_match is not None:
                    _check_condition(key, self._current(key), data, if_match)
                _write_whole(path, data)
        except OSError as error:
            raise Unavailable(f"The store folder cannot be written: {error.strerror}.") from error
        return _tag(data)

    def _current(self, key: str) -> Stored | None:
        with contextlib.suppress(NotFound):
            return self._get(key)
        return None

    def _delete(self, key: str) -> None:
        path = self._path(key)
        try:
            with self._locked():
                path.unlink(missing_ok=True)
                if path.parent.is_dir():
                    _sync(path.parent)
        except OSError as error:
            raise Unavailable(f"The store folder cannot be written: {error.strerror}.") from error

    def _keys(self, prefix: str) -> list[str]:
        self._check_there()
        start = self._root / prefix.rpartition("/")[0]  # no more than needed: other folders name other people
        found = (p.relative_to(self._root).as_posix() for p in start.rglob("*") if p.is_file())
        return sorted(k for k in found if k.startswith(prefix) and _KEY.fullmatch(k))

    def _check_there(self) -> None:
        if self._known and not self._lock.exists():
            raise Unavailable(
                "The store folder is not there: mount its disk, or, where it was restored, start anew."
            )

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock.open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _check_condition(key: str, current: Stored | None, data: bytes, if_match: str | None) -> None:
    if if_match is None:
        if current is not None and current.data != data:
            raise Conflict(f"{key} exists already.")
    elif current is None or current.tag != if_match:
        raise Conflict(f"{key} is not what it was when it was read.")


def _write_whole(path: Path, data: bytes) -> None:
    """Appear at once and stay: a reader sees the old file or the new one, also after a power cut."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as file:
            draft.chmod(0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync(path.parent)


def _make(folder: Path) -> None:
    """The folder and those it is in; a new one stays after a power cut, as what is written into it does."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _tag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


# --- S3 ----------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _open_bucket(url: str, settings: Settings) -> AsyncIterator["Bucket"]:
    parts = urlsplit(url)
    if not parts.netloc:
        raise Unusable("It names no bucket: it must be s3://bucket/prefix.")
    config = AioConfig(
        connect_timeout=3,
        read_timeout=10,
        retries={"max_attempts": 3, "mode": "standard"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if settings.s3_endpoint else "auto"},
    )
    client = get_session().create_client(
        "s3", endpoint_url=settings.s3_endpoint, region_name=settings.s3_region, config=config
    )
    try:
        async with client as s3:
            yield await Bucket.find(s3, parts.netloc, parts.path.strip("/"))
    except BotoCoreError as error:
        raise Unusable(f"The object store {url} cannot be used: {error}") from error


class Bucket:
    """Objects in an S3 bucket, below a prefix."""

    def __init__(self, s3: Any, bucket: str, prefix: str, versioned: bool) -> None:
        self._s3, self._bucket = s3, bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self.versioned = versioned

    @classmethod
    async def find(cls, s3: Any, bucket: str, prefix: str) -> "Bucket":
        with _at_start(), _translated(f"bucket {bucket}"):
            answer = await s3.get_bucket_versioning(Bucket=bucket)
        return cls(s3, bucket, prefix, answer.get("Status") in {"Enabled", "Suspended"})

    async def get(self, key: str) -> Stored:
        with _translated(key):
            try:
                answer = await self._s3.get_object(**self._at(key))
            except ClientError as error:
                # That an object is not there, S3 tells only who may list the whole bucket; others it refuses.
                if _code(error) != "AccessDenied" or await self._is_there(key):
                    raise
                raise NotFound(f"There is no {key}.") from None
            async with answer["Body"] as body:
                data = await body.read()
        return Stored(data, answer["ETag"].strip('"'))

    async def put(
        self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None
    ) -> str:
        condition = {"IfNoneMatch": "*"} if if_absent else {"IfMatch": if_match} if if_match else {}
        try:
            with _translated(key):
                answer = await self._s3.put_object(**self._at(key), Body=data, **condition)
        except Conflict:
            if if_absent:
                try:
                    current = await self.get(key)
                except NotFound:  # whoever was first has failed, or it was deleted since
                    raise Unavailable(
                        "Two wrote the same at once, and neither is there: try again."
                    ) from None
                if current.data == data:
                    return current.tag
            raise
        return str(answer["ETag"]).strip('"')

    async def delete(self, key: str) -> None:
        with _translated(key):
            answer = await self._s3.delete_object(**self._at(key))
            # Whether versions are kept may have changed since the start, but the answer tells.
            if self.versioned or "VersionId" in answer or "DeleteMarker" in answer:
                for version in await self._versions(key):
                    if version["Key"] == self._prefix + key:
                        await self._s3.delete_object(**self._at(key), VersionId=version["VersionId"])

    async def keys(self, prefix: str) -> list[str]:
        found: list[str] = []
        with _translated(prefix):
            pages = self._s3.get_paginator("list_objects_v2")
            async for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix):
                found += [item["Key"].removeprefix(self._prefix) for item in page.get("Contents", ())]
        return sorted(found)

    async def remains(self, prefix: str) -> list[str]:
        with _translated(prefix):
            left = {item["Key"] for item in await self._versions(prefix)}
            uploads = await self._s3.list_multipart_uploads(Bucket=self._bucket, Prefix=self._prefix + prefix)
        left |= {upload["Key"] for upload in uploads.get("Uploads", ())}
        return sorted(key.removeprefix(self._prefix) for key in left)

    async def keeps(self) -> dict[str, str]:
        return {"versions": await self._versioning(), "object_lock": await self._lock()}

    async def _versioning(self) -> str:
        try:
            answer = await self._s3.get_bucket_versioning(Bucket=self._bucket)
        except ClientError:
            return "could not be checked: the object store refuses it"
        return str(answer.get("Status", "none")).lower()

    async def _lock(self) -> str:
        try:
            answer = await self._s3.get_object_lock_configuration(Bucket=self._bucket)
        except ClientError as error:
            none = _code(error) in {
                "ObjectLockConfigurationNotFoundError",
                "InvalidRequest",
                "InvalidBucketState",
            }
            return "none" if none else "could not be checked: the object store refuses it"
        return str(answer.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled", "none")).lower()

    async def _is_there(self, key: str) -> bool:
        """For who may list no more than this: of all keys that begin with it, it would be the first."""
        name = self._prefix + key
        answer = await self._s3.list_objects_v2(Bucket=self._bucket, Prefix=name, MaxKeys=1)
        return any(item["Key"] == name for item in answer.get("Contents", ()))

    async def _versions(self, prefix: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        pages = self._s3.get_paginator("list_object_versions")
        async for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix):
            found += [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        return found

    def _at(self, key: str) -> dict[str, str]:
        if not _KEY.fullmatch(key):
            raise NotFound("There is no object of that name.")
        return {"Bucket": self._bucket, "Key": self._prefix + key}


@contextlib.contextmanager
def _translated(what: str) -> Iterator[None]:
    """The client's errors as ours."""
    try:
        yield
    except ClientError as error:
        code = _code(error)
        if code in {"NoSuchKey", "404"}:
            raise NotFound(f"There is no {what}.") from error
        if code in {"PreconditionFailed", "ConditionalRequestConflict", "412"}:
            raise Conflict(f"{what} is not what it was when it was read.") from error
        if code in {"NoSuchBucket", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"}:
            raise Unavailable(
                f"The object store refuses {what}: {code}. Check the bucket and its credentials."
            ) from error
        raise Unavailable(f"The object store answered {code} for {what}.") from error
    except (BotoCoreError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable(f"The object store did not answer for {what}.") from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))

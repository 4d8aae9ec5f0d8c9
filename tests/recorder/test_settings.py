import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from heatmap import cli
from recorder import __main__ as visitors
from recorder.errors import Unusable
from recorder.settings import Settings, read


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("YESMAP_PORT", "70000", "YESMAP_PORT must be 65535 or less"),
        ("YESMAP_PORT", "http", "YESMAP_PORT must be a whole number"),
        (
            "YESMAP_REDIS_URL",
            "http://events",
            "YESMAP_REDIS_URL must begin with redis://, rediss://, unix://, redis+cluster:// or rediss+cluster://",
        ),
        *(
            (name, value, f"{name} must be a URL such as https://ask.example.org")
            for name in ("YESMAP_PUBLIC_URL", "YESMAP_TEAM_URL", "YESMAP_S3_ENDPOINT")
            for value in (
                "shop.example",
                "https://shop.example:port",
                "https://shop.example:99999",
                "http://[",
                "https://shop.example/?q=1",
                "https://shop.example#top",
                "https://me:secret@shop.example",
                "https://shop example",
            )
        ),
        *(
            (name, "s3:/bucket/prefix", f"{name} must be s3://bucket/prefix or a folder")
            for name in ("YESMAP_STORE_URL", "YESMAP_KEY_STORE_URL")
        ),
        (
            "YESMAP_DASK_SCHEDULER",
            "tls://",
            "YESMAP_DASK_SCHEDULER must name a host, such as tls://drawing.internal:8786",
        ),
        *(
            (
                name,
                value,
                f"{name} must have a port and a database that there can be, such as redis://events:6379/0",
            )
            for name in ("YESMAP_REDIS_URL", "YESMAP_REDIS_RIGHTS_URL")
            for value in (
                "redis://h:notaport",
                "redis://h:99999",
                "redis://:pass/word@h",
                "redis://h/abc",
                "redis://h/1/2",
                "unix:///events.sock?db=abc",
                "redis+cluster://h,other:notaport",
                "redis+cluster://h/1",
            )
        ),
        ("YESMAP_PASSWORD_DAYS", "-1", "YESMAP_PASSWORD_DAYS must be 0 or more"),
        (
            "YESMAP_PROXIES",
            "10.0.0.0/8, proxy",
            "YESMAP_PROXIES must be addresses or networks such as 10.0.0.0/8, with commas between",
        ),
        ("YESMAP_DEMO", "perhaps", "YESMAP_DEMO must be true or false"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    """The start stops with one sentence that names the setting and says what it must be; no secret is repeated."""
    monkeypatch.setenv(name, value)

    with pytest.raises(Unusable) as caught:
        read()
    assert f"Settings cannot be used: {sentence}." == caught.value.message


def _serve() -> None:
    cli.main(["serve"])


@pytest.mark.parametrize("start", [visitors.main, _serve])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "redis://h:notaport"),
        ("REDIS_URL", "redis://h:99999"),
        ("REDIS_RIGHTS_URL", "redis://h/abc"),
        ("REDIS_RIGHTS_URL", "redis://127.0.0.1:9"),
        ("REDIS_RIGHTS_URL", "redis+cluster://127.0.0.1:9"),
        ("HOST", "192.0.2.1"),
        ("DATA", "{file}/data"),
        ("KEYS_FILE", "{file}/keys.json"),
        ("KEYS_FILE", "{file}"),
        ("STORE_URL", "{file}/objects"),
        ("STORE_URL", "s3://"),
        ("STORE_URL", "ftp://somewhere"),
        ("KEY_STORE_URL", "{file}"),
        ("KEY_STORE_URL", "s3:///keys"),
        ("KEY_STORE_URL", "ftp://somewhere"),
    ],
)
def test_the_start_stops_with_one_sentence_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    redis_url: str,
    start: Callable[[], None],
    name: str,
    value: str,
) -> None:
    """Of the visitors' face by itself, and of the whole: no traceback, and it is this setting that is to be changed."""
    file = tmp_path / "file"
    file.write_text("no folder, no keys")
    chosen = {"DATA": str(tmp_path / "data"), "PORT": "0", "TEAM_PORT": "0"}
    if start is visitors.main or name != "DATA":  # which is where its own event store would be
        chosen["REDIS_URL"] = redis_url
    for each, text in (chosen | {name: value.format(file=file)}).items():
        monkeypatch.setenv(f"YESMAP_{each}", text)
    monkeypatch.setenv("PYTHONMALLOC", "malloc")  # so that the program does not begin again
    monkeypatch.setattr(sys, "argv", ["recorder"])

    with pytest.raises(SystemExit) as stopped:
        start()

    said = str(stopped.value)
    assert said.startswith("yesmap: ")
    assert f"YESMAP_{name} " in said
    assert "\n" not in said
    assert ("", "") == capfd.readouterr()


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """`YESMAP_X=` in a file of variables means the default."""
    monkeypatch.delenv(f"YESMAP_{name.upper()}", raising=False)
    before = read()
    monkeypatch.setenv(f"YESMAP_{name.upper()}", "")

    assert before == read()


def test_another_process_reads_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is handed to a worker in its environment says all of it, lists and secrets too."""
    chosen = read(
        redis_url="redis://collector:one@events",
        redis_rights_url="redis://rights:two@events",
        proxies="10.0.0.0/8, fd00::/8",
        demo=True,
    )
    for name, value in chosen.as_environment().items():
        monkeypatch.setenv(name, value)

    assert chosen == read()


def test_secrets_print_as_stars() -> None:
    """The event store's passwords do not show when settings are printed."""
    chosen = read(redis_url="redis://:the-first@events", redis_rights_url="redis://:another-one@events")

    assert "the-first" not in repr(chosen)
    assert "another-one" not in repr(chosen)


def test_every_setting_says_what_it_is_for() -> None:
    """Each has the description that the README's table shows."""
    assert [] == [name for name, field in Settings.model_fields.items() if not field.description]


def test_a_secret_may_be_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As containers get them: not in the environment, where `docker inspect` shows it. A variable wins."""
    monkeypatch.setattr("recorder.settings.SECRETS", tmp_path)
    (tmp_path / "yesmap_redis_url").write_text("rediss://collector:hush@events:6379/0\n")

    found = read()

    assert found.redis_url is not None
    assert "rediss://collector:hush@events:6379/0" == found.redis_url.get_secret_value()
    assert "hush" not in repr(found)
    monkeypatch.setenv("YESMAP_REDIS_URL", "redis://elsewhere")
    changed = read().redis_url
    assert changed is not None
    assert "redis://elsewhere" == changed.get_secret_value()


@pytest.mark.parametrize(
    ("slip", "meant"), [("YESMAP_PROXY", "YESMAP_PROXIES"), ("YESMAP_KEY_FILE", "YESMAP_KEYS_FILE")]
)
def test_a_slip_of_a_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch, slip: str, meant: str) -> None:
    """Else what it was meant to do would silently not be done."""
    monkeypatch.setenv(slip, "10.0.0.1")

    with pytest.raises(Unusable, match=f"{slip} is not one of them, {meant} is"):
        read()


@pytest.mark.parametrize(
    "name",
    [
        "YESMAP_API_KEY",
        "YESMAP_HTTP_PORT",
        "YESMAP_SERVICE_HOST",
        "YESMAP_SERVICE_PORT",
        "YESMAP_PORT_8000_TCP_PORT",
    ],
)
def test_other_peoples_variables_do_not(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Those of the command, of compose, and of Kubernetes for a service of this name."""
    monkeypatch.setenv(name, "something")

    assert read()

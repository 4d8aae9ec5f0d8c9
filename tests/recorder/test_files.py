import base64
import gzip
import hashlib
import re
from collections.abc import Mapping

import brotli
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from heatmap import cli
from recorder import files
from recorder.assets import STATIC
from recorder.middlewares import SECURITY

Client = TestClient[web.Request, web.Application]
SERVED = sorted(
    path.relative_to(STATIC).as_posix()
    for folder in ("dist", "certificate")
    for path in (STATIC / folder).rglob("*")
    if path.is_file()
)
#: As the browser of a site sends it, and without unpacking what comes.
FROM = {"Origin": "https://shop.example", "Accept-Encoding": "gzip, deflate, br, zstd"}


async def raw(client: Client, path: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and the bytes as they went over the wire."""
    response = await client.session.get(client.make_url(path), headers=FROM | headers, auto_decompress=False)
    return response.status, response.headers, await response.read()


def digest(name: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256((STATIC / name).read_bytes()).digest()).decode()[:10]


@pytest.fixture
async def client(collector: Client) -> Client:
    return collector


@pytest.mark.parametrize("name", SERVED)
async def test_every_file_is_served_for_good_under_its_hash(client: Client, name: str) -> None:
    """Packed as small as it goes, its content is the file's, and every answer carries the security headers."""
    hashed = files.hashed(f"/{name}", digest(name))
    status, headers, body = await raw(client, hashed)

    assert (200, "br", "public, max-age=31536000, immutable") == (
        status,
        headers["Content-Encoding"],
        headers["Cache-Control"],
    )
    assert (STATIC / name).read_bytes() == brotli.decompress(body)
    assert str(len(body)) == headers["Content-Length"]
    _, plain, body = await raw(client, f"/{name}", **{"Accept-Encoding": "gzip"})
    assert (STATIC / name).read_bytes() == gzip.decompress(body)
    status, again, body = await raw(client, hashed, **{"If-None-Match": headers["ETag"]})
    assert (304, b"") == (status, body)
    for each in (headers, plain, again):
        assert SECURITY.items() <= each.items()


@pytest.mark.parametrize("path", ["/yesmap.js", "/dist/yesmap.js"])
async def test_the_loader_is_kept_for_minutes(client: Client, path: str) -> None:
    """Under its plain name, so that a new release reaches every site without a new tag."""
    status, headers, _ = await raw(client, path)

    assert (200, "public, max-age=300, stale-while-revalidate=86400") == (status, headers["Cache-Control"])
    assert ("text/javascript; charset=utf-8", "*") == (
        headers["Content-Type"],
        headers["Access-Control-Allow-Origin"],
    )


@pytest.mark.parametrize(
    "path",
    [
        "/dist/yesmap.0000000000.js",
        f"/dist/yesmap.{digest(files.LOADER)[:9]}.js",
        f"/dist/consent.{digest(files.LOADER)}.js",
        f"/dist/{digest(files.LOADER)}.js",
        f"/dist/.{digest(files.LOADER)}.js",
        f"/dist/yesmap.{digest(files.LOADER)}.css",
        "/dist/",
        "/dist/..",
    ],
)
async def test_a_wrong_hash_is_not_found(client: Client, path: str) -> None:
    """Another release's file is not given under this one's name, which would be kept for good."""
    status, _, body = await raw(client, path)

    assert 404 == status
    assert b"not_found" in body


async def test_what_the_browser_has_is_not_sent_again(client: Client) -> None:
    """304 without a body, with the tag and the rules of caching."""
    _, headers, _ = await raw(client, "/yesmap.js")

    status, again, body = await raw(client, "/yesmap.js", **{"If-None-Match": headers["ETag"]})

    assert (304, b"", headers["ETag"], headers["Cache-Control"]) == (
        status,
        body,
        again["ETag"],
        again["Cache-Control"],
    )


@pytest.mark.parametrize("path", ["/yesmap.js", "/demo/", "/dist/none.js"])
async def test_files_carry_the_security_headers(client: Client, path: str) -> None:
    """Whether they are there or not."""
    _, headers, _ = await raw(client, path)

    assert ("nosniff", "no-referrer", "cross-origin") == (
        headers["X-Content-Type-Options"],
        headers["Referrer-Policy"],
        headers["Cross-Origin-Resource-Policy"],
    )


async def test_a_file_varies_by_encoding_only(client: Client) -> None:
    """One copy in a cache is good for every site."""
    _, headers, _ = await raw(client, "/yesmap.js")

    assert "Accept-Encoding" == headers["Vary"]


async def test_the_tag_names_a_script_that_is_what_it_says(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `yesmap tag` prints is served, and its bytes have the integrity value."""
    cli.main(["tag", "--url", "https://ask.example.org"])

    found = re.fullmatch(
        r'<script type="module" src="https://ask\.example\.org(/\S+)" integrity="sha384-(\S+)" '
        r'crossorigin="anonymous"></script>\n',
        capsys.readouterr().out,
    )
    assert found
    path, value = found.groups()
    status, headers, body = await raw(client, path)
    assert (200, "*") == (status, headers["Access-Control-Allow-Origin"])
    assert base64.b64decode(value) == hashlib.sha384(brotli.decompress(body)).digest()


def test_the_tag_names_the_sites_release(capsys: pytest.CaptureFixture[str]) -> None:
    """As it was given, and no more than an attribute, whatever is in it."""
    cli.main(["tag", "--url", "https://ask.example.org", "--release", '1.4"2'])

    assert capsys.readouterr().out.endswith(' crossorigin="anonymous" data-release="1.4&quot;2"></script>\n')


def test_the_tag_needs_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command says what is missing; a setting is as good."""
    monkeypatch.delenv("YESMAP_PUBLIC_URL", raising=False)
    with pytest.raises(SystemExit, match="Say where browsers reach the visitors' face"):
        cli.main(["tag"])
    monkeypatch.setenv("YESMAP_PUBLIC_URL", "https://ask.example.org/")
    cli.main(["tag"])

"""The certificate's page in Chromium: it checks its certificate and the key, and whatever file the reader has."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import Browser, Page

from heatmap import parts
from heatmap.end import certificate, end
from recorder import views
from recorder.recording import Recording
from tests.certificate import vectors
from tests.conftest import a_recording
from tests.heatmap.conftest import crowd
from tests.static import conftest as served

pytestmark = pytest.mark.asyncio(loop_scope="module")

Client = TestClient[web.Request, web.Application]


@served.module
async def ended(collector: Client) -> Recording:
    """A recording that has been certified."""
    async with parts.opened(collector.app[views.SETTINGS]) as opened:
        recording = await opened.registry.open(a_recording())
        await crowd(opened, recording, 20)
        return await end.finish(opened, recording.id)


@served.test
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page whose errors fail the test."""
    errors: list[str] = []
    context = await browser.new_context(locale="en-GB")
    opened = await context.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield opened
    await context.close()
    assert [] == errors


def address(collector: Client, recording: Recording) -> str:
    return str(collector.make_url(f"/certificates/{recording.id}"))


async def judged(page: Page, result: str) -> str:
    """What the page says once it has come to this result."""
    await page.wait_for_selector(f"[data-done={result}]")
    return await page.inner_text("[data-certificate]")


async def give(page: Page, document: bytes) -> None:
    await page.set_input_files(
        "input[type=file]", {"name": "certificate.json", "mimeType": "application/json", "buffer": document}
    )


async def test_a_genuine_certificate_is_said_to_be_with_its_key(
    collector: Client, ended: Recording, page: Page
) -> None:
    """By the key that the notice named before anybody said yes."""
    await page.goto(address(collector, ended))

    said = await judged(page, "genuine")

    assert "not one character was changed" in said
    assert "the one that the notice named" in said
    published = await (await collector.get("/keys/certificate.json")).json()
    assert published["keys"][0]["public_key"] in said


async def test_a_changed_certificate_is_found(collector: Client, ended: Recording, page: Page) -> None:
    """What the server shows, if somebody has changed it there."""
    store = collector.app[views.STORE]
    before = (await store.get(f"certificates/{ended.id}.json")).data
    await store.put(f"certificates/{ended.id}.json", before.replace(b'"sessions": 20', b'"sessions": 25'))
    try:
        await page.goto(address(collector, ended))
        said = await judged(page, "changed")
    finally:
        await store.put(f"certificates/{ended.id}.json", before)

    assert "this is not what was signed" in said
    assert "the one that the notice named" not in said


async def test_a_certificate_that_somebody_else_has_signed_is_told_apart(
    collector: Client, ended: Recording, page: Page
) -> None:
    """Whole and well signed, with a key that nobody here vouches for."""
    stored = await collector.app[views.STORE].get(f"certificates/{ended.id}.json")
    forged = certificate.sign(json.loads(stored.data)["content"], Ed25519PrivateKey.generate())
    await page.goto(address(collector, ended))
    await judged(page, "genuine")
    await page.evaluate("delete document.querySelector('[data-certificate]').dataset.done")

    await give(page, forged)

    assert "somebody else may have signed" in await judged(page, "genuine")


async def test_a_file_that_is_no_certificate_is_named_so(
    collector: Client, ended: Recording, page: Page
) -> None:
    """Whatever it is."""
    await page.goto(address(collector, ended))
    await judged(page, "genuine")

    await give(page, b"a letter")

    assert "not a certificate" in await judged(page, "unreadable")


async def test_the_browser_comes_to_the_same_as_python(
    collector: Client, ended: Recording, page: Page
) -> None:
    """On every vector: texts in many scripts, the largest number, keys in order."""
    await page.goto(address(collector, ended))
    await judged(page, "genuine")

    for name, vector in json.loads(vectors.FILE.read_text("ascii")).items():
        result = await page.evaluate(
            "async (text) => (await (await import('/certificate/judge.js')).judge(text)).result",
            vector["certificate"],
        )
        assert "genuine" == result, name


async def test_the_page_may_do_nothing_else(collector: Client, ended: Recording) -> None:
    """Its policy lets in our own scripts, our own style, our own answers."""
    response = await collector.get(f"/certificates/{ended.id}", headers={"Accept": "text/html"})

    policy = response.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert ["script-src 'self'", "connect-src 'self'"] == policy[-2:]
    assert "text/html" == response.content_type


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (390, "dark")])
async def test_the_page_fits(
    collector: Client, ended: Recording, browser: Browser, width: int, scheme: str, tmp_path: Path
) -> None:
    """On a desk and on a phone, nothing is wider than the screen."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    opened = await context.new_page()
    await opened.goto(address(collector, ended))
    await judged(opened, "genuine")
    await opened.screenshot(path=tmp_path / f"{width}.png", full_page=True)

    assert await opened.evaluate("document.documentElement.scrollWidth") <= width
    await context.close()

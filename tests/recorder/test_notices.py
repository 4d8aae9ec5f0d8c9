import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from recorder import views
from recorder.recording import Recording
from recorder.registry import Registry
from tests.conftest import a_recording
from tests.recorder.test_views import refusal

Client = TestClient[web.Request, web.Application]
#: What the browser needs, and may not find missing.
FIRST = {"lang", "dir", "title", "purpose", "rows", "age", "replay", "no", "yes", "failed", "more"}


async def test_the_prompt_gets_its_words_ready_filled(collector: Client, opened: Recording) -> None:
    """One language, as it was composed when the recording was opened."""
    response = await collector.get(f"/notices/{opened.nv}/nl.json")

    shown = await response.json()
    told = (await collector.app[views.REGISTRY].told(opened.nv)).languages["nl"]
    assert FIRST == shown.keys()
    assert ("nl", "ltr", "Om te zien of de nieuwe winkelmand werkt.") == (
        shown["lang"],
        shown["dir"],
        shown["purpose"],
    )
    assert [list(row) for row in told.first.rows] == shown["rows"]


async def test_the_panel_gets_its_words(collector: Client, opened: Recording) -> None:
    """A flat map from key to text."""
    shown = await (await collector.get(f"/notices/{opened.nv}/en/panel.json")).json()

    assert {"pause", "resume", "download", "audit", "receipt", "notice"} < shown.keys()
    assert {str} == set(map(type, shown.values()))


@pytest.mark.parametrize("path", ["nl.json", "nl/panel.json", "nl"])
async def test_a_notice_is_kept_for_good(collector: Client, opened: Recording, path: str) -> None:
    """Another word would be another notice; a browser that has it is not sent it again, whatever its site."""
    address = f"/notices/{opened.nv}/{path}"

    first = await collector.get(address, headers={"Origin": "https://shop.example", "Accept-Encoding": "br"})
    again = await collector.get(
        address, headers={"Accept-Encoding": "br", "If-None-Match": first.headers["ETag"]}
    )

    assert ("public, max-age=31536000, immutable", "br", "*", "Accept-Encoding") == tuple(
        first.headers[name]
        for name in ("Cache-Control", "Content-Encoding", "Access-Control-Allow-Origin", "Vary")
    )
    assert (304, b"") == (again.status, await again.read())


@pytest.mark.parametrize(
    "path",
    ["000000000000/nl", "000000000000/nl.json", "{nv}/fr", "{nv}/fr.json", "{nv}/fr/panel.json", "x/nl"],
)
async def test_an_unknown_notice_is_not_found(collector: Client, opened: Recording, path: str) -> None:
    """Also a language that is not offered."""
    address = "/notices/" + path.replace("{nv}", opened.nv)

    assert (404, "not_found") == await refusal(await collector.get(address))


async def test_the_full_notice_is_a_page_without_any_script(collector: Client, opened: Recording) -> None:
    """Its policy lets nothing run, nothing load, nobody frame it; only its own style sheet acts."""
    response = await collector.get(f"/notices/{opened.nv}/nl")

    page, policy = await response.text(), response.headers["Content-Security-Policy"]
    assert "text/html; charset=utf-8" == response.headers["Content-Type"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "<script" not in page
    assert '<html lang="nl" dir="ltr">' in page
    assert f'<a href="/notices/{opened.nv}/en" lang="en" hreflang="en">English</a>' in page


async def test_what_the_site_says_cannot_break_the_page(collector: Client, registry: Registry) -> None:
    """Angle brackets and quotes of a site's words come out as words, in links too."""
    hostile = '<script>alert(1)</script> "\'> https://example.org/"onload=alert(1)'
    about = a_recording().notice.model_dump() | {
        "contact": hostile,
        "controller": hostile,
        "authority": hostile,
    }
    opened = await registry.open(a_recording(site=hostile, notice=about))

    page = await (await collector.get(f"/notices/{opened.nv}/en")).text()

    assert "<script" not in page
    assert [] == re.findall(r"<[^>]*\sonload=", page)

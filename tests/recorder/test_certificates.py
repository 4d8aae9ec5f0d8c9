import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from heatmap import parts
from heatmap.end import checks, end
from recorder import certificates, nodes, views
from recorder.recording import Recording
from recorder.settings import Settings
from tests.recorder.test_views import refusal

Client = TestClient[web.Request, web.Application]
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
async def ended(opened: Recording, team_settings: Settings) -> Recording:
    async with parts.opened(team_settings) as team:
        return await end.finish(team, opened.id)


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("", "*/*", "application/json"),
        ("", "application/json", "application/json"),
        ("", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        (".json", "text/html", "application/json"),
    ],
)
async def test_a_browser_reads_words_and_a_program_json(
    collector: Client, ended: Recording, path: str, accept: str, kind: str
) -> None:
    """By Accept; the document has an address of its own."""
    response = await collector.get(f"/certificates/{ended.id}{path}", headers={"Accept": accept})

    assert (200, kind) == (response.status, response.content_type)


@pytest.mark.parametrize(
    "path", ["/certificates/none", "/certificates/none.json", "/certificates/0123456789ab"]
)
async def test_before_the_end_there_is_none(collector: Client, path: str) -> None:
    """404, in one form."""
    assert (404, "not_found") == await refusal(await collector.get(path))


@pytest.mark.parametrize("language", sorted(certificates.texts()))
async def test_the_page_speaks_the_readers_language(
    collector: Client, ended: Recording, language: str
) -> None:
    """All of it, the notice that it leads to as well where there is one."""
    headers = {"Accept": "text/html", "Accept-Language": language}

    page = await (await collector.get(f"/certificates/{ended.id}", headers=headers)).text()

    said = certificates.texts()[language]
    for text in ("title", "genuine", "closing", "deadline", "not_checked"):
        assert said[text] in page
    for text in (said["previews_left"], *said["unseen"]):
        assert text in page
    assert f'href="/notices/{ended.nv}/{language if language in ended.languages else "en"}"' in page


async def signed_otherwise(collector: Client, ended: Recording, language: str, change: Change) -> str:
    """The page of a certificate whose content is another one."""
    store, name = collector.app[views.STORE], f"certificates/{ended.id}.json"
    signed = json.loads((await store.get(name)).data)
    change(signed["content"])
    await store.put(name, json.dumps(signed).encode())
    headers = {"Accept": "text/html", "Accept-Language": language}
    return await (await collector.get(f"/certificates/{ended.id}", headers=headers)).text()


async def test_the_page_shows_what_an_earlier_release_has_signed(collector: Client, ended: Recording) -> None:
    """It looked for less, and said other things; of those that are known each is in the reader's language."""

    def earlier(content: dict[str, Any]) -> None:
        del content["checks"]["previews_left"], content["counts"]["missing"]
        content["checks"]["not_checked"] = [checks.NOT_CHECKED[0], "what only they knew of"]

    page, said = await signed_otherwise(collector, ended, "nl", earlier), certificates.texts()["nl"]

    assert said["unseen"][0] in page
    assert "what only they knew of" in page
    for text in (said["unseen"][1], said["previews_left"], said["missing"]):
        assert text not in page


async def test_what_a_later_release_has_signed_is_refused_and_there(
    collector: Client, ended: Recording
) -> None:
    """The page does not guess what it says; whoever asks for the document itself gets it."""

    def later(content: dict[str, Any]) -> None:
        content["version"], content["reached"] = 2, ["in other words"]

    page = json.loads(await signed_otherwise(collector, ended, "nl", later))
    document = await (await collector.get(f"/certificates/{ended.id}.json")).json()

    assert "this release reads version 1: use a newer one." in page["error"]["message"]
    assert f"/certificates/{ended.id}.json" in page["error"]["message"]
    assert 2 == document["content"]["version"]


@pytest.mark.parametrize("language", sorted(certificates.texts()))
async def test_the_page_says_whose_events_were_lost(
    collector: Client, ended: Recording, language: str
) -> None:
    """The number, and what is not known; nothing of that where nobody was lost."""
    said = certificates.texts()[language]

    def lost(content: dict[str, Any]) -> None:
        content["counts"]["missing"], content["missing"] = 15, "a sentence"

    before = await signed_otherwise(collector, ended, language, lambda _: None)
    after = await signed_otherwise(collector, ended, language, lost)

    assert f"<dt>{said['missing']}</dt><dd>0</dd>" in before
    assert f"<dt>{said['missing']}</dt><dd>15</dd>" in after
    assert (False, True) == (said["missing_why"] in before, said["missing_why"] in after)


@pytest.mark.parametrize(("why", "word"), [(nodes.SILENT, "unreached"), (nodes.REFUSED, "refused")])
async def test_the_page_says_why_a_replica_was_not_checked(
    collector: Client, ended: Recording, why: str, word: str
) -> None:
    """It did not answer, or nobody was told where it is."""

    def unseen(content: dict[str, Any]) -> None:
        content["checks"]["event_store"].append({"role": "replica", "unreached": why})

    said = certificates.texts()["en"]

    assert f"{said['replica']} – {said[word]}" in await signed_otherwise(collector, ended, "en", unseen)


def test_every_language_says_the_same() -> None:
    """Each has every text, and a sentence for each thing that could not be checked."""
    english = certificates.texts()["en"]
    for said in certificates.texts().values():
        assert english.keys() == said.keys()
        assert len(english["unseen"]) == len(said["unseen"])
    assert list(checks.NOT_CHECKED) == english["unseen"]


async def test_the_notice_names_the_key_before_anybody_says_yes(collector: Client, opened: Recording) -> None:
    """Its name is the beginning of its hash, so that a key cannot be put in later."""
    told = await (await collector.get(f"/notices/{opened.nv}.json")).read()
    published = await (await collector.get("/keys/certificate.json")).json()

    assert hashlib.sha256(told).hexdigest().startswith(opened.nv)
    assert [json.loads(told)["certificate_key"]] == [each["public_key"] for each in published["keys"]]

import json
import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from heatmap.end import end
from heatmap.parts import Parts
from heatmap.site import app as team
from heatmap.site import consents
from heatmap.site.access import anybody
from heatmap.site.ending import STEPS
from heatmap.site.written import machine_time
from heatmap.snapshots.snapshot import read
from heatmap.snapshots.snapshots import keep
from recorder import limits
from recorder.recording import Recording, State
from recorder.settings import Settings
from recorder.views import now_ms
from tests.conftest import a_recording
from tests.heatmap.conftest import visit
from tests.heatmap.site.conftest import HTML, Client
from tests.heatmap.snapshots.test_snapshot import a_document, a_row

PNG = b"\x89PNG\r\n\x1a\n"


async def page(client: Client, path: str) -> str:
    response = await client.get(path, headers=HTML)
    assert 200 == response.status, await response.text()
    return await response.text()


async def test_without_a_recording_the_page_says_how_to_open_one(member: Client) -> None:
    """The empty state helps."""
    assert "yesmap recording open" in await page(member, "/")


async def test_a_recording_is_listed_with_its_counts(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Asked, yes, no and withdrawn over all device classes, in fives, and pages."""
    for what, number in (("asked:mobile", 7), ("asked:desktop", 4), ("yes:desktop", 6), ("no:mobile", 4)):
        for _ in range(number):
            await opened_parts.log.count(recording, what)

    text = await page(member, "/")

    assert "Example shop" in text
    said = [part.split("</dd>")[0].split("<small")[0].strip() for part in text.split("<dd>")[1:6]]
    assert ["10", "5", "&lt; 5", "&lt; 5", "2"] == said


async def test_who_did_not_answer_is_told_too(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Whoever was asked and said neither yes nor no."""
    for what, number in (("asked:mobile", 24), ("yes:mobile", 5), ("no:mobile", 6)):
        for _ in range(number):
            await opened_parts.log.count(recording, what)

    text = await page(member, f"/recordings/{recording.id}/consents")

    assert "<dt>Not answered</dt><dd>10</dd>" in text


async def test_a_recording_past_its_deadline_is_said_to_be_overdue_also_while_nobody_ends_it(
    member: Client, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all recordings stand side by side."""
    assert "overdue" not in await page(member, "/consents")

    monkeypatch.setattr(consents, "now_ms", lambda: recording.deadline + 1)

    assert "overdue" in await page(member, "/consents")


async def test_two_looks_at_the_answers_do_not_differ_by_one(
    member: Client, opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On no page where they are told, nor by API, nor of any day."""
    looked = now_ms()
    monkeypatch.setattr(
        consents, "now_ms", lambda: looked
    )  # the page tells to the second when it was looked at

    async def looks() -> list[str]:
        paths = ["/", *(f"/recordings/{recording.id}{tab}" for tab in ("/consents", "/setup"))]
        api = await (await member.get(f"/api/recordings/{recording.id}/consents")).text()
        return [api, *[await page(member, path) for path in paths]]

    for what in ("asked:mobile", "yes:mobile", "no:mobile", "signal:mobile"):
        for _ in range(6):
            await opened_parts.log.count(recording, what)
    before = await looks()
    for what in ("asked:mobile", "yes:mobile", "no:mobile", "signal:mobile"):
        await opened_parts.log.count(recording, what)

    assert before == await looks()


async def test_the_answers_stay_as_they_were_at_the_end(
    member: Client, opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No number is another one afterwards, and the page says as of when; who takes a yes back then changes none."""
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    numbers = {
        "asked:mobile": 24,
        "asked:desktop": 29,
        "yes:mobile": 8,
        "yes:desktop": 9,
        "uncovered:mobile": 7,
    }
    for what, number in numbers.items():
        for _ in range(number):
            await opened_parts.log.count(recording, what)
    for number in range(7):
        await opened_parts.store.put(f"consents/{recording.id}/{number}/withdrawn.json", b"{}")

    async def figures() -> list[str]:
        texts = [await page(member, f"/recordings/{recording.id}{tab}") for tab in ("/consents", "/setup")]
        said = re.findall(r"<dd>(.*?)</dd>", texts[0].split("</dl>")[0])
        return [*said, *re.findall(r"\d+ page views", texts[1])]

    running, text = await figures(), await page(member, f"/recordings/{recording.id}/consents")
    assert ["50", "15", "5", "7 page views"] == [running[0], running[1], running[-2], running[-1]]
    assert "do not change any more" not in text
    ended = await end.close(opened_parts, recording.id)
    closing = await figures()
    await end.finish(opened_parts, recording.id)
    for number in range(7, 12):
        await opened_parts.store.put(f"consents/{recording.id}/{number}/withdrawn.json", b"{}")

    assert running == closing == await figures()
    text = await page(member, f"/recordings/{recording.id}/consents")
    at = machine_time(ended.reached[State.CLOSING])
    assert f'As of the end, <time datetime="{at}" data-local>' in text
    assert "do not change any more" in await page(member, "/")


async def test_a_crowd_shows_as_a_picture(member: Client, opened_parts: Parts, recording: Recording) -> None:
    """Six sessions on one spot make a picture, its overlay and its facts."""
    for _ in range(6):
        await visit(opened_parts, recording)

    text = await page(member, f"/recordings/{recording.id}?layer=click")

    assert "<dt>Visitor sessions</dt><dd>6</dd>" in text
    assert "click.png" in text
    for name in ("click.png", "click-composed.png"):
        response = await member.get(f"/recordings/{recording.id}/0/desktop/{name}")
        assert ("image/png", PNG) == (response.content_type, (await response.read())[:8])


async def test_files_of_releases_and_of_all_device_classes_are_served(
    member: Client, opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names with a folder, while it runs and afterwards."""
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    await opened_parts.registry.change(
        recording.id, lambda r: r.model_copy(update={"seen_releases": ["1.4.0", "1.5.0"]})
    )
    for number in range(40):
        await visit(opened_parts, recording, release=1 + number % 2)
    names = [
        f"{recording.id}/0/{name}"
        for name in (
            "desktop/r1/scroll.png",
            "desktop/r1/facts.json",
            "desktop/r1-r2/changes.json",
            "all/facts.json",
        )
    ]

    running = [await (await member.get(f"/recordings/{name}")).read() for name in names]
    await end.finish(opened_parts, recording.id)
    kept = [await (await member.get(f"/recordings/{name}")).read() for name in names]

    assert (PNG, b"[]") == (running[0][:8], running[2])
    assert ["", "r1", "r2"] == [each["name"] for each in json.loads(running[1])["segments"]]
    assert {"sessions": 40, "devices": {"desktop": 40}} == json.loads(running[3])
    assert running == kept


async def test_a_state_is_shown_of_everybody_and_says_so(
    member: Client, opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Visitors cannot be chosen beside it, and the sentence is gone with it."""
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    for visible, state in ((False, ""), (True, "menu")):
        menu = a_row(hash=9, x=100, y=80, w=200, h=40, visible=visible, name="Tables")
        document = a_document(menu, device="desktop", width=1280, height=400, state=state)
        await keep(opened_parts.store, recording, read(document), document, None)
    for _ in range(20):
        await visit(opened_parts, recording, height=400, element=9)
    await end.finish(opened_parts, recording.id)

    plain, menu_open = [
        await page(member, f"/recordings/{recording.id}?segment=m1{more}") for more in ("", "&state=menu")
    ]

    said, disabled = "is shown of all visitors", '<select id="segment" name="segment" disabled'
    assert [False, False] == [text in plain for text in (said, disabled)]
    assert [True, True] == [text in menu_open for text in (said, disabled)]


async def test_too_few_people_show_as_nothing(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Four sessions on one spot are no picture, and the page says why."""
    for _ in range(4):
        await visit(opened_parts, recording)

    text = await page(member, f"/recordings/{recording.id}?layer=click")

    assert "Too few people" in text
    assert 404 == (await member.get(f"/recordings/{recording.id}/0/desktop/click.png")).status


async def test_what_is_live_changes_with_each_batch(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """The page sees that there is something new to show, and no number."""
    before = await (await member.get(f"/recordings/{recording.id}/live")).json()
    await visit(opened_parts, recording)
    after = await (await member.get(f"/recordings/{recording.id}/live")).json()

    assert before.keys() == after.keys() == {"stamp", "state"}
    assert before["stamp"] != after["stamp"]
    assert after == await (await member.get(f"/recordings/{recording.id}/live")).json()


async def test_a_finished_recording_shows_what_was_kept(
    member: Client, opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the purge the pictures are those of the certificate, and the page links it."""
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    for _ in range(25):
        await visit(opened_parts, recording)
    ended = await end.finish(opened_parts, recording.id)

    text = await page(member, f"/recordings/{recording.id}?layer=click")

    assert "raw events destroyed" in text
    assert "<dt>Visitor sessions</dt><dd>25</dd>" in text
    kept = await opened_parts.store.get(end.picture_key(ended, "0/desktop/click.png"))
    shown = await member.get(f"/recordings/{recording.id}/0/desktop/click.png")
    assert kept.data == await shown.read()
    assert 200 == (await member.get(f"/recordings/{recording.id}/certificate")).status
    assert "Too few people" in await page(member, f"/recordings/{recording.id}?page=1")
    facts = await page(member, f"/recordings/{recording.id}/setup")
    [told] = re.findall(r"<dt>The end</dt><dd>(.*?)</dd>", facts, re.DOTALL)
    assert list(STEPS.values()) == re.findall(r"([^<>]+?) <span", told)


@pytest.mark.parametrize(
    "path",
    [
        "/recordings/nothing",
        "/recordings/ID?page=7",
        "/recordings/ID?page=-1",
        "/recordings/ID?page=x",
        "/recordings/ID?device=watch",
        "/recordings/ID?layer=secret",
        "/recordings/ID/7/desktop/move.png",
        "/recordings/ID/0/watch/move.png",
        "/recordings/ID/0/desktop/secret.png",
        "/recordings/ID/0/desktop/r9/click.png",
        "/recordings/ID/0/desktop/r1-r2/changes.json",
        "/recordings/ID/0/all/elements.json",
        "/recordings/ID/0/desktop/..%2f..%2f..%2fkeys%2fID",
        "/recordings/ID/certificate",
        "/static/../site.css",
    ],
)
async def test_what_is_not_there_is_not_found(member: Client, recording: Recording, path: str) -> None:
    """Unknown pages, devices, layers and files, and names that walk out, are 404 in the one error shape."""
    response = await member.get(path.replace("ID", recording.id))

    assert 404 == response.status
    assert "not_found" == (await response.json())["error"]["code"]


async def test_names_from_the_site_are_text_and_nothing_else(member: Client, opened_parts: Parts) -> None:
    """A name that is a script is shown, not run; and the page's policy would not run it either."""
    hostile = "<script>alert(1)</script>"
    made = await opened_parts.registry.open(
        a_recording(site=hostile, origins=["https://evil.example"], pages=[{"name": hostile, "pattern": "/"}])
    )

    response = await member.get(f"/recordings/{made.id}", headers=HTML)

    text = await response.text()
    assert hostile not in text
    assert "&lt;script&gt;" in text
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("accept", "kind"), [("text/html", "text/html"), ("*/*", "application/json")])
async def test_what_goes_wrong_unforeseen_is_a_page_for_a_person(
    team_settings: Settings, accept: str, kind: str
) -> None:
    """With the name that it has in the log, and nothing of what it was."""

    async def broken(_: web.Request) -> web.Response:
        raise RuntimeError("hands")

    app = team.build(team_settings)
    app.router.add_get("/broken", anybody(broken))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/broken", headers={"Accept": accept})

        text = await answer.text()

    assert (500, kind) == (answer.status, answer.content_type)
    assert "Something went wrong on our side, noted as " in text
    assert "hands" not in text


async def test_only_the_device_classes_of_the_recording_are_offered(
    member: Client, opened_parts: Parts
) -> None:
    """To choose from and to compare with, on every page of the recording that asks for one."""
    recording = await opened_parts.registry.open(a_recording(devices=["tablet", "mobile"]))
    where = f"/recordings/{recording.id}"
    for _ in range(5):
        await visit(opened_parts, recording, viewport=(380, 720))

    for path in (where, f"{where}/findings", f"{where}/replays", f"{where}/backgrounds"):
        text = await page(member, path)
        assert re.search(r"\bmobile\b", text, re.IGNORECASE), path
        assert not re.search(r"\bdesktop\b", text, re.IGNORECASE), path
    assert "<dt>Devices</dt><dd>tablet, mobile</dd>" in await page(member, f"{where}/setup")

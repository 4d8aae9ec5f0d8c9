"""The team's page in a real Chromium while visitors come in."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.async_api import Browser, expect

from heatmap import worker
from heatmap.end import end
from heatmap.parts import Parts
from heatmap.site.ending import LONG_MS, REACHED, STEPS, ending
from recorder.recording import ENDING, Recording, State
from recorder.views import now_ms
from tests.conftest import a_recording
from tests.heatmap.conftest import visit
from tests.heatmap.site.conftest import HTML, Client, signed_in


async def test_a_picture_appears_while_one_looks(
    member: Client,
    opened_parts: Parts,
    recording: Recording,
    browser: Browser,
) -> None:
    """With the fifth session the picture comes by itself."""
    for _ in range(4):
        await visit(opened_parts, recording)
    page = await signed_in(browser, member)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    await page.goto(str(member.make_url(f"/recordings/{recording.id}")))
    await page.locator(".chooser").get_by_text("Click", exact=True).click()
    await page.get_by_text("Too few people").wait_for()
    async with page.expect_response(lambda answer: answer.url.endswith("/live")):
        pass

    await visit(opened_parts, recording)

    await page.get_by_role("img", name="Heatmap of Home, click, desktop").wait_for()
    assert [] == problems


async def test_the_setup_page_says_that_the_tag_was_heard_of_while_one_waits(
    member: Client, opened_parts: Parts, recording: Recording, browser: Browser
) -> None:
    """Whoever has put the tag on a page and opened that sees it here without loading this one anew."""
    page = await signed_in(browser, member)
    await page.goto(str(member.make_url(f"/recordings/{recording.id}/setup")))
    await expect(page.get_by_text("Nothing heard yet")).to_be_visible()

    await opened_parts.log.count(recording, "asked:mobile")

    await expect(page.get_by_text("Installed", exact=True)).to_be_visible(timeout=10_000)


async def test_the_end_of_a_recording_goes_on_while_one_looks(
    opened_parts: Parts,
    recording: Recording,
    browser: Browser,
    member: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Which step it is at, on its page and in the list; a clock that runs; at the end the page with its certificate."""

    async def no_round(*_: object) -> None:
        """Nothing is due."""

    monkeypatch.setattr(worker, "end_what_is_due", no_round)
    closed = await end.close(opened_parts, recording.id)
    page = await signed_in(browser, member)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    await page.goto(str(member.make_url("/")))
    await expect(page.get_by_text("It is ending: step 1 of 5")).to_be_visible()
    await page.goto(str(member.make_url(f"/recordings/{recording.id}/setup")))
    await expect(page.get_by_role("status")).to_contain_text("Final pictures are being made")
    clock = page.locator("[data-clock]")
    before = await clock.text_content()
    await expect(clock).not_to_have_text(str(before))

    findings = await page.context.new_page()
    await findings.goto(str(member.make_url(f"/recordings/{recording.id}/findings")))
    await expect(findings.get_by_text("this page shows them by itself")).to_be_visible()

    await opened_parts.registry.change(recording.id, reached(State.DRAWN, closed.reached[State.CLOSING]))
    await expect(findings.get_by_text("No findings")).to_be_visible()
    await findings.close()
    await expect(page.get_by_text("It is ending: step 2 of 5")).to_be_visible()
    await expect(page.get_by_role("status")).to_contain_text("key is being destroyed")
    assert ["done", "done", "doing", "to-come", "to-come", "to-come"] == [
        await each.get_attribute("class") for each in await page.locator(".steps li").all()
    ]
    await opened_parts.registry.change(recording.id, reached(State.CERTIFIED, closed.reached[State.CLOSING]))

    await expect(page.get_by_text("It is ending")).to_have_count(0)
    await expect(page.locator(".badge.certified")).to_be_visible()
    assert [] == problems


def reached(state: State, at: int) -> Callable[[Recording], Recording]:
    def change(current: Recording) -> Recording:
        passed = dict.fromkeys(ENDING[: ENDING.index(state) + 1], at)
        return current.model_copy(update={"state": state, "reached": passed})

    return change


def test_what_an_end_is_at() -> None:
    """Each state says what is going on; that it is long, after ten minutes; before the end and after it, nothing."""
    told = {}
    for state in ENDING[:-1]:
        now = ending(reached(state, 1000)(a_recording()), 66_000)
        assert now is not None
        told[state] = now.number, now.clock, now.late, [step.how for step in now.steps].count("doing")

    assert {state: (n, "1:05", False, 1) for n, state in enumerate(ENDING[:-1], 1)} == told
    closing = reached(State.CLOSING, 0)(a_recording())
    assert [False, True] == [at.late for passed in (0, 1) if (at := ending(closing, LONG_MS + passed))]
    lost = closing.model_copy(update={"state": State.KEYS_LOST})
    assert [2] == [at.number for at in [ending(lost, 0)] if at]
    assert [None, None] == [ending(each, 0) for each in (a_recording(), reached(State.CERTIFIED, 0)(closing))]
    assert list(ENDING) == list(STEPS)


async def test_the_setup_page_tells_of_the_end_in_sentences(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """What each state that was reached means, with its time; of a lost key too."""
    assert set(State) - {State.OPEN} == set(REACHED)
    for last in (State.CERTIFIED, State.KEYS_LOST):
        update = {"state": last, "reached": dict.fromkeys((State.CLOSING, last), now_ms())}
        await opened_parts.registry.change(recording.id, partial(Recording.model_copy, update=update))
        text = await (await member.get(f"/recordings/{recording.id}/setup", headers=HTML)).text()
        [end] = re.findall(r"<dt>The end</dt><dd>(.*?)</dd>", text, re.DOTALL)

        assert REACHED[State.CLOSING] in end
        assert REACHED[last] in end
        assert last not in re.sub(r"<[^>]*>", "", end).replace(REACHED[last], "")

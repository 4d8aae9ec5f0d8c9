"""The team's page in a real Chromium while visitors come in."""

from playwright.async_api import Browser

from heatmap.parts import Parts
from recorder.recording import Recording
from tests.heatmap.conftest import visit
from tests.heatmap.site.conftest import Client, signed_in


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

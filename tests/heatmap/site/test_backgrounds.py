"""What pages look like: the list, and a picture by hand that is looked at before it is kept."""

import io
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.async_api import Browser

from heatmap.parts import Parts
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.snapshots import snapshots
from heatmap.snapshots.snapshot import checked
from heatmap.snapshots.snapshots import Name
from recorder.recording import Recording, State
from tests.heatmap.site.conftest import HTML, Client, become, send, signed_in
from tests.heatmap.snapshots.test_screenshot import a_picture
from tests.heatmap.snapshots.test_snapshot import a_document, a_row


async def kept(parts: Parts, recording: Recording, image: bytes | None = None, **changes: object) -> Name:
    data = a_document(a_row(), **changes)
    snapshot, picture = checked(data, image)
    return await snapshots.keep(parts.store, recording, snapshot, data, picture)


async def test_the_list_says_what_there_is(member: Client, opened_parts: Parts, recording: Recording) -> None:
    """Each page on each device class, with states and releases; pictures are for analysts only."""
    menu = await kept(opened_parts, recording, a_picture(380, 900), state="menu", release="1.5.0")
    await kept(opened_parts, recording)

    text = await (await member.get(f"/recordings/{recording.id}/backgrounds", headers=HTML)).text()

    assert all(word in text for word in ("Plain page", "menu · 1.5.0", "1 element, 900 px high"))
    assert (1, 0) == (text.count(f"{menu}.webp"), text.count("0-mobile.webp"))
    picture = await member.get(f"/recordings/{recording.id}/snapshots/{menu}.webp")
    assert (200, b"WEBP") == (picture.status, (await picture.read())[8:12])
    for name in (Name(0, "mobile"), "0-desktop", "..%2f..%2fkeys%2fx"):
        assert 404 == (await member.get(f"/recordings/{recording.id}/snapshots/{name}.webp")).status
    await become(member, "eve", {EVERYWHERE: Role.VIEWER})
    assert 403 == (await member.get(f"/recordings/{recording.id}/snapshots/{menu}.webp")).status


async def test_a_background_may_go_while_the_recording_runs(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Once; afterwards the pictures are what they are."""
    name = await kept(opened_parts, recording)
    path = f"/recordings/{recording.id}/snapshots/{name}/delete"
    assert 303 == (await send(member, path)).status
    assert 404 == (await send(member, path)).status

    name = await kept(opened_parts, recording)
    await opened_parts.registry.change(
        recording.id, lambda r: r.model_copy(update={"state": State.CLOSING, "reached": {State.CLOSING: 1}})
    )
    assert 409 == (await send(member, path)).status
    assert [name] == await snapshots.names(opened_parts.store, recording.id)


async def test_a_picture_by_hand_is_coarse_until_one_says_otherwise(
    member: Client, opened_parts: Parts, recording: Recording, browser: Browser, tmp_path: Path
) -> None:
    """Two parts below each other, looked at, then kept: nothing in it is finer than a square."""
    rng = np.random.default_rng(1)
    for number in range(2):
        noise = rng.integers(0, 2, (300, 760, 1), np.uint8).repeat(3, axis=2) * 255
        Image.fromarray(noise).save(tmp_path / f"{number}.png")
    page = await signed_in(browser, member)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(str(member.make_url(f"/recordings/{recording.id}/backgrounds")))
    await page.get_by_label("Page", exact=True).select_option("Basket")
    await page.get_by_label("Device").select_option("mobile")
    field = page.get_by_label("Screenshot of the whole page")
    for number in range(2):
        await field.set_input_files(tmp_path / f"{number}.png")
        await page.wait_for_function(
            "(n) => document.querySelector('#preview').height === n", arg=150 * (number + 1)
        )

    async with page.expect_navigation():
        await page.get_by_role("button", name="Keep it as background").click()

    await page.get_by_text("picture alone, 300 px high").wait_for()
    found = await snapshots.picture(opened_parts.store, recording.id, Name(1, "mobile"))
    picture = np.asarray(Image.open(io.BytesIO(found or b"")).convert("L"), np.int16)
    assert (300, 380) == picture.shape
    assert np.ptp(picture[14:28, 14:28]) < 24  # one square: the same, but for the loss of the format
    assert [] == problems


async def test_a_picture_that_is_none_is_said(
    member: Client, recording: Recording, browser: Browser, tmp_path: Path
) -> None:
    """And the form waits for another one."""
    (tmp_path / "no.png").write_bytes(b"no picture")
    page = await signed_in(browser, member)
    await page.goto(str(member.make_url(f"/recordings/{recording.id}/backgrounds")))
    await page.locator("#file").set_input_files(tmp_path / "no.png")
    await page.get_by_text("no picture that this browser can read").wait_for()
    assert await page.locator("#review").is_hidden()

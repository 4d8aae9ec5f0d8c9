"""python -m heatmap.demo.screens: take the README's pictures of the team's pages anew, in Chromium."""

import asyncio
import contextlib
import io
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from pydantic import SecretStr

from heatmap.demo import run
from heatmap.demo.visitors import CROWD, SEED
from heatmap.site import app as team
from heatmap.site.access import COOKIE, PARTS, SESSIONS, USERS
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.sessions import Stage
from heatmap.site.users import User
from recorder import app as visitors
from recorder import embedded, settings
from recorder.assets import STATIC
from recorder.errors import Unusable
from recorder.recording import DAY_MS, Recording
from recorder.serving import Face, listening
from recorder.views import now_ms

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

FOLDER = STATIC / "readme"
#: What a laptop shows, CSS px.
SIZE = {"width": 1280, "height": 800}
#: So that the forecast has something to go by.
DAYS_AGO = 4
QUALITY = 82


async def main() -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise Unusable("Pictures are taken in Chromium, and there is none on the path.")
    from playwright.async_api import async_playwright

    FOLDER.mkdir(exist_ok=True)
    async with _demo() as (origin, cookie, recording), async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = await _signed_in(chromium, origin, cookie)
        await _take(page, origin, recording)
        await chromium.close()


async def _take(page: "Page", origin: str, recording: Recording) -> None:
    """Every picture."""
    about = f"{origin}/recordings/{recording.id}"
    for name, address, ready in (
        ("recordings", f"{origin}/", ".outlook progress"),
        ("heatmaps", f"{about}?page=2&layer=click", "main"),
        ("findings", f"{about}/findings", "main"),
        ("opening", f"{origin}/recordings/new?like={recording.id}", ".prompt"),
    ):
        await page.goto(address, wait_until="networkidle" if name == "heatmaps" else "load")
        await page.locator(ready).first.wait_for()
        await _keep(page, name)
    await page.goto(f"{about}/replays?trouble=dead")
    await page.locator("a[href*='/replays/']").first.click()
    await page.locator("#story li").first.wait_for()
    await page.locator("#worse").click()  # The moment that is told beside it.
    await page.wait_for_load_state("networkidle")
    await _keep(page, "replay")


async def _keep(page: "Page", name: str) -> None:
    picture = Image.open(io.BytesIO(await page.screenshot(animations="disabled"))).convert("RGB")
    file = FOLDER / f"{name}.webp"
    picture.save(file, "WEBP", quality=QUALITY, method=6)
    sys.stdout.write(f"{file.name}: {file.stat().st_size} bytes\n")


async def _signed_in(chromium: "Browser", origin: str, cookie: str) -> "Page":
    context = await chromium.new_context(viewport=SIZE, color_scheme="light", reduced_motion="reduce")  # type: ignore[arg-type]
    await context.add_cookies([{"name": COOKIE, "value": cookie, "url": origin}])
    return await context.new_page()


@contextlib.asynccontextmanager
async def _demo() -> AsyncIterator[tuple[str, str, Recording]]:
    """Both faces with a crowd in the shop; gives the team's address, the cookie of a user, the recording."""
    with tempfile.TemporaryDirectory(prefix="yesmap-screens-") as folder:
        data = Path(folder)
        with embedded.event_store(data / "events") as url:
            chosen = settings.read(data=data, redis_url=SecretStr(url), demo=True, port=0, team_port=0)
            faces = [
                Face(visitors.build(chosen), chosen.host, 0, "YESMAP_PORT"),
                Face(team.build(chosen), chosen.team_host, 0, "YESMAP_TEAM_PORT"),
            ]
            async with listening(faces) as ports:
                app, shop_origin = faces[1].app, f"http://{chosen.host}:{ports[0]}"
                recording = await run.new_shop(app[PARTS], [shop_origin], now_ms() - DAYS_AGO * DAY_MS)
                await run.crowd(shop_origin, recording, CROWD, SEED, lambda: None)
                user = User(name="you@example.org", grants={EVERYWHERE: Role.MANAGER}, created=now_ms())
                await app[USERS].add(user)
                cookie = await app[SESSIONS].begin(user.name, Stage.IN, now_ms())
                yield f"http://{chosen.team_host}:{ports[1]}", cookie, recording


if __name__ == "__main__":
    asyncio.run(main())

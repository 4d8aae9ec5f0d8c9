"""python -m heatmap.demo.snapshots: take the demonstration shop's snapshots anew, after its pages have changed."""

import asyncio
import shutil
import sys

from aiohttp import web

from heatmap.demo.shop import PAGES, SNAPSHOTS
from heatmap.snapshots.snapshot import take
from recorder.assets import STATIC
from recorder.errors import Unusable
from recorder.recording import DEVICES


async def main() -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise Unusable("Snapshots are taken in Chromium, and there is none on the path.")
    SNAPSHOTS.mkdir(exist_ok=True)
    runner = web.AppRunner(shop_app(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await _all(f"http://127.0.0.1:{runner.addresses[0][1]}", browser)
    finally:
        await runner.cleanup()


async def _all(origin: str, browser: str) -> None:
    for index, (name, path) in enumerate(PAGES):
        for device in DEVICES:
            data, picture = await take(origin + path, device, page=name, browser=browser)
            (SNAPSHOTS / f"{index}-{device}.json").write_bytes(data)
            (SNAPSHOTS / f"{index}-{device}.webp").write_bytes(picture)
            sys.stdout.write(f"{name}, {device}: {len(data)} and {len(picture)} bytes\n")


def shop_app() -> web.Application:
    """The shop alone: nobody is asked, nothing is recorded."""
    app = web.Application()

    async def home(_: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "demo" / "index.html")

    app.router.add_get("/demo/", home)
    app.router.add_static("/demo/", STATIC / "demo")
    return app


if __name__ == "__main__":
    asyncio.run(main())

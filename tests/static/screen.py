"""What a visitor sees of us on a site's page, and what their browser keeps and loads for it."""

import json
from typing import Any

from playwright.async_api import Locator, Page, Request

from recorder.assets import STATIC
from tests.static.visitor import Site

#: The languages that we have texts for.
LANGUAGES = ("en", "nl", "de", "fr", "es")
PURPOSES = {
    "en": "To see whether the new basket works.",
    "nl": "Om te zien of de nieuwe winkelmand werkt.",
    "de": "Um zu sehen, ob der neue Warenkorb funktioniert.",
    "fr": "Pour voir si le nouveau panier fonctionne.",
    "es": "Para ver si la nueva cesta funciona.",
}
NOTICE = {
    "purpose": PURPOSES,
    "controller": "Example Ltd, 1 High Street",
    "recipients": "None",
    "region": "European Union",
    "authority": "Your data protection authority",
    "contact": "privacy@shop.example",
}


def texts(language: str) -> dict[str, Any]:
    """Our own texts in a language, as they stand in the file."""
    found: dict[str, Any] = json.loads((STATIC / f"lang/{language}.json").read_text("utf-8"))
    return found


def in_language(site: Site, path: str, language: str) -> None:
    """A page that says that it is in this language."""
    site.show(path, "<h1>Site</h1>")
    site.pages[path] = site.pages[path].replace('lang="en"', f'lang="{language}"')


def prompt(page: Page) -> Locator:
    return page.locator("yesmap-prompt section")


def sign(page: Page) -> Locator:
    return page.locator("yesmap-sign aside")


def panel(page: Page) -> Locator:
    return page.locator("yesmap-panel section")


async def details(page: Page) -> Locator:
    """The panel, opened by the sign's button."""
    await sign(page).get_by_role("button", name="Details").click()
    await panel(page).wait_for()
    return panel(page)


async def kept(page: Page) -> dict[str, Any]:
    """Our one entry in the browser's storage."""
    found: dict[str, Any] = await page.evaluate("JSON.parse(localStorage.yesmap ?? '{}')")
    return found


async def everything_kept(page: Page) -> list[str]:
    """The names of all that this browser keeps for the site, of whatever kind."""
    found: list[str] = await page.evaluate(
        """async () => [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...document.cookie.split(";"),
           ...await caches.keys(), ...(await indexedDB.databases()).map(({ name }) => name)].filter(Boolean)"""
    )
    return found


def requests(page: Page, site: Site) -> list[str]:
    """The requests to the collector from now on, as method and path, hashes left out of file names."""
    found: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith(site.address):
            path = request.url.removeprefix(site.address).replace(site.recording.nv, "nv")
            parts = path.split(".")
            found.append(
                f"{request.method} {parts[0]}.{parts[-1]}" if len(parts) > 2 else f"{request.method} {path}"
            )

    page.on("request", note)
    return found


async def settled(page: Page) -> None:
    """The loader has found out what is recorded here, and nothing more is being loaded."""
    await page.wait_for_function("window.yesmap")
    await page.evaluate("yesmap.ready")
    await page.wait_for_load_state("networkidle")


async def focus(page: Page) -> dict[str, str]:
    """What has the focus, also in a shadow: its text, and how the browser shows that it has it."""
    found: dict[str, str] = await page.evaluate(
        """() => {
          let e = document.activeElement;
          while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
          const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(e);
          return { text: e.innerText || e.labels?.[0].innerText || "", tag: e.localName,
                   outlineStyle, outlineWidth, outlineColor };
        }"""
    )
    return found

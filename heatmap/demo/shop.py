"""The demo shop: its pages, their snapshots, and the recording of it."""

from recorder import recording
from recorder.assets import STATIC
from recorder.recording import DAY_MS, Recording

PAGES = (
    ("Home", "/demo/"),
    ("Catalogue", "/demo/catalogue.html"),
    ("Product", "/demo/product.html"),
    ("Basket", "/demo/basket.html"),
    ("Help", "/demo/help.html"),
)
#: `<page index>-<device>.json` and `.webp`.
SNAPSHOTS = STATIC / "demo" / "snapshots"

_PURPOSE = {
    "en": "To see whether our new shop pages are easy to use.",
    "nl": "Om te zien of onze nieuwe winkelpagina's makkelijk te gebruiken zijn.",
    "de": "Um zu sehen, ob unsere neuen Shopseiten leicht zu bedienen sind.",
    "fr": "Pour voir si les nouvelles pages de notre boutique sont faciles à utiliser.",
    "es": "Para ver si las nuevas páginas de nuestra tienda son fáciles de usar.",
}
_NOTICE = {
    "controller": {
        "en": "You, on this machine",
        "nl": "U, op deze computer",
        "de": "Sie, auf diesem Rechner",
        "fr": "Vous, sur cette machine",
        "es": "Usted, en esta máquina",
    },
    "recipients": {"en": "Nobody", "nl": "Niemand", "de": "Niemand", "fr": "Personne", "es": "Nadie"},
    "region": {
        "en": "This machine",
        "nl": "Deze computer",
        "de": "Dieser Rechner",
        "fr": "Cette machine",
        "es": "Esta máquina",
    },
    "authority": {
        "en": "None: this is a demo",
        "nl": "Geen: dit is een demo",
        "de": "Keine: dies ist eine Demo",
        "fr": "Aucune : ceci est une démo",
        "es": "Ninguna: esto es una demostración",
    },
}


def new(origins: list[str], now_ms: int) -> Recording:
    """A recording of the demo shop for 14 days, not yet opened."""
    return recording.new(
        site="Demo shop",
        origins=origins,
        notice={
            "purpose": _PURPOSE,
            **_NOTICE,
            "contact": "demo@shop.example",
        },
        purposes=["heatmap", "replay"],
        pages=[{"name": name, "pattern": pattern} for name, pattern in PAGES],
        releases=r"1\.[0-9]{1,2}\.[0-9]{1,2}",
        start=now_ms,
        end=now_ms + 14 * DAY_MS,
    )

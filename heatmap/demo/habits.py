"""What visitors of the demo shop do on each page, and where they go from there: tables of chances."""

from typing import NamedTuple

HOME, CATALOGUE, PRODUCT, BASKET, HELP = range(5)
LEAVE = -1
#: The release that changed what people do: more is put in the basket from the home page, a size has to be chosen.
NEW = "1.5.0"


class Habit(NamedTuple):
    """Something that one may click: the element's path and the share of visitors who do, once they see it."""

    path: str
    share: float
    opens: str = ""  #: the dialog that comes up
    jumps: str = ""  #: the section that the page scrolls to
    since: float | None = None  #: the share in the new release, where it is another

    def of(self, release: str) -> float:
        """The share of the visitors of a release."""
        return self.share if self.since is None or release < NEW else self.since


ENTRY = {HOME: 0.68, CATALOGUE: 0.12, PRODUCT: 0.14, HELP: 0.06}

#: Where visitors go next, and on what they click to get there.
EXITS: dict[int, dict[int, tuple[float, dict[str, float]]]] = {
    HOME: {
        CATALOGUE: (0.52, {"@cta-shop": 6, "@nav-catalogue": 3, "@see-all": 2, "@menu-green": 1.5, "@menu-black": 1}),
        PRODUCT: (0.24, {"@tea-sencha": 4, "@cta-month": 2.5, "@tea-breakfast": 2, "@tea-oolong": 1.5}),
        HELP: (0.13, {"@brew-guide": 2, "@nav-help": 2, "@story-more": 1, "@menu-brewing": 1}),
        LEAVE: (0.11, {}),
    },
    CATALOGUE: {
        PRODUCT: (0.6, {
            "@tea-sencha": 5, "@tea-breakfast": 3, "@tea-oolong": 2.4, "@tea-chamomile": 2, "@tea-jasmine": 1.6,
            "@tea-earl": 1.6, "@tea-mint": 1, "@tea-roast": 0.9, "@tea-smoke": 0.8, "@tea-rose": 1, "@tea-white": 0.7,
        }),
        BASKET: (0.1, {"@nav-basket": 1}),
        HELP: (0.08, {"@nav-help": 1, "@menu-brewing": 1}),
        LEAVE: (0.22, {}),
    },
    PRODUCT: {
        BASKET: (0.46, {"@nav-basket": 1}),
        CATALOGUE: (0.16, {"@crumb-catalogue": 2, "@nav-catalogue": 2, "@see-all": 1}),
        HELP: (0.12, {"@nav-help": 1, "@menu-brewing": 1, "@foot-delivery": 0.4}),
        LEAVE: (0.26, {}),
    },
    BASKET: {
        CATALOGUE: (0.14, {"@keep-looking": 3, "@nav-catalogue": 1}),
        PRODUCT: (0.1, {"@line-sencha-name": 2, "@tea-mint": 1, "@tea-roast": 1}),
        HELP: (0.16, {"@nav-help": 1, "@menu-delivery": 1.5, "@foot-delivery": 0.5}),
        LEAVE: (0.6, {}),
    },
    HELP: {
        CATALOGUE: (0.3, {"@nav-catalogue": 2, "@menu-green": 1, "@foot-catalogue": 1}),
        PRODUCT: (0.1, {"@foot-product": 1, "@menu-morning": 1}),
        LEAVE: (0.6, {}),
    },
}  # fmt: skip

CLICKS: dict[int, list[Habit]] = {
    HOME: [
        Habit("@cta-story", 0.08, jumps="#story"),
        Habit("@hero-picture/svg:0", 0.07),
        Habit("@add-sencha", 0.12, since=0.5),
        Habit("@add-breakfast", 0.09),
        Habit("@add-oolong", 0.05),
        Habit("@add-chamomile", 0.04),
        Habit("@step-water", 0.05),
        Habit("@shelf/svg:1", 0.08),
        Habit("#newsletter-mail", 0.07),
        Habit("@newsletter-send", 0.06),
    ],
    CATALOGUE: [
        Habit("#search-field", 0.12),
        Habit("@search-go", 0.08),
        Habit("#kinds", 0.34),
        Habit("#sort", 0.16),
        *(
            Habit(f"@add-{tea}", 0.05)
            for tea in ("sencha", "breakfast", "oolong", "chamomile", "jasmine", "earl")
        ),
        Habit("@add-box", 0.14),
    ],
    PRODUCT: [
        Habit("#view/svg:0", 0.14),
        Habit("@thumb-near", 0.2),
        Habit("@thumb-cup", 0.13),
        Habit("#size", 0.42, since=0.85),
        Habit("@size-guide", 0.13, opens="#guide"),
        Habit("#form-of-tea", 0.16),
        Habit("@more", 0.14),
        Habit("@add-to-basket", 0.5),
        Habit("@wish-list", 0.26),
        Habit("@fold-brewing/summary:0", 0.09),
        Habit("@fold-origin/summary:0", 0.16),
        Habit("@fold-keep/summary:0", 0.1),
        Habit("@fold-inside/summary:0", 0.13),
        Habit("@add-jasmine", 0.05),
    ],
    BASKET: [
        Habit("@more-sencha", 0.18),
        Habit("@remove-breakfast", 0.1),
        Habit("#voucher-code", 0.32),
        Habit("#apply-voucher", 0.3),
        Habit("@gift-note/summary:0", 0.12),
        Habit("@checkout", 0.5, opens="#done"),
        Habit("@add-mint", 0.07),
    ],
    HELP: [
        Habit("@go-delivery", 0.22, jumps="#delivery"),
        Habit("@go-returns", 0.12, jumps="#returns"),
        Habit("@go-brewing", 0.15, jumps="#brewing"),
        *(Habit(f"@brewing-{q}/summary:0", 0.2) for q in ("bitter", "weak", "cold")),
        Habit("@water-filter/summary:0", 0.12),
        Habit("@keeping-fridge/summary:0", 0.12),
        *(Habit(f"@delivery-{q}/summary:0", 0.18) for q in ("address", "pickup", "gift")),
        Habit("@returns-money/summary:0", 0.15),
        Habit("#contact-text", 0.15),
    ],
}

#: What is wrong with the shop: a click without any effect since this release, and one that ends in an error.
DEAD, DEAD_SINCE = "@wish-list", NEW
THROWS = "#apply-voucher"
#: Script, line and column of that error.
ERROR_AT = ("/demo/shop.js", 93, 18)

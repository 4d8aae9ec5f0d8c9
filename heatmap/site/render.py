"""Templates to pages. Everything that is put in is escaped; the pages run no script but our own."""

from datetime import UTC, datetime
from typing import Any

import jinja2
from aiohttp import web

ENVIRONMENT = web.AppKey("environment", jinja2.Environment)

#: No inline script or style, nothing from elsewhere, no framing.
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("heatmap.site"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    made.filters |= {"day": _day, "number": _number, "percent": _percent}
    return made


def render(request: web.Request, template: str, **values: Any) -> web.Response:
    text = request.app[ENVIRONMENT].get_template(template).render(**values)
    return web.Response(text=text, content_type="text/html", headers=HEADERS)


def _day(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%-d %b %Y, %H:%M} UTC"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

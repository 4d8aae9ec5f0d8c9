"""Templates to pages. Everything that is put in is escaped; the pages run no script but our own."""

from typing import Any

import jinja2
from aiohttp import web

from heatmap.site.access import HELD, USER
from heatmap.site.nav import MAIN
from heatmap.site.sessions import form_token
from heatmap.site.written import FILTERS
from recorder.errors import YesmapError

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
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("heatmap.site"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= FILTERS
    return made


def render(request: web.Request, template: str, **values: Any) -> web.Response:
    """A page; it knows who is signed in (`user`, None when nobody is) and what its forms must carry (`form_token`)."""
    user = request.get(USER)
    shown = {
        "user": user,
        "nav": [item for item in MAIN if user and user.may(item.role)],
        "path": request.path,
        "form_token": form_token(request.get(HELD) or ""),
    }
    text = request.app[ENVIRONMENT].get_template(template).render(**shown, **values)
    return web.Response(text=text, content_type="text/html", headers=HEADERS)


def problem(request: web.Request, error: YesmapError) -> web.Response:
    """A refusal as a page."""
    page = render(request, "problem.html", error=error)
    page.set_status(error.status)
    if error.retry_after:
        page.headers["Retry-After"] = str(error.retry_after)
    return page

"""Templates to pages. Everything that is put in is escaped; the pages run no script but our own."""

from typing import Any

import jinja2
from aiohttp import web

from heatmap.site.access import HELD, RECORDING, USER
from heatmap.site.ending import ending
from heatmap.site.nav import MAIN
from heatmap.site.nav import RECORDING as TABS
from heatmap.site.sessions import form_token
from heatmap.site.users import User
from heatmap.site.written import FILTERS
from recorder.errors import YesmapError
from recorder.recording import Recording
from recorder.views import now_ms

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
    "Server": "Yesmap",
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
    user: User | None = request.get(USER)
    shown = {
        "user": user,
        "nav": [place for place in MAIN if user and user.may(place.role)],
        "tabs": _tabs(user, request.get(RECORDING)),
        "ending": lambda recording: ending(recording, now_ms()),
        "path": request.path,
        "form_token": form_token(request.get(HELD) or ""),
    }
    text = request.app[ENVIRONMENT].get_template(template).render(**shown, **values)
    return web.Response(text=text, content_type="text/html", headers=HEADERS)


def _tabs(user: User | None, recording: Recording | None) -> list[tuple[str, str]]:
    """Title and address of the recording's places that the user may see."""
    if user is None or recording is None:
        return []
    return [
        (place.title, f"/recordings/{recording.id}{place.path}")
        for place in TABS
        if user.may(place.role_for(recording), recording.site)
    ]


def problem(request: web.Request, error: YesmapError) -> web.Response:
    """A refusal as a page."""
    page = render(request, "problem.html", error=error)
    page.set_status(error.status)
    if error.retry_after:
        page.headers["Retry-After"] = str(error.retry_after)
    return page

"""The collector's own pages for visitors: no file besides the page itself, where it can be no script, and no frame."""

import base64
import hashlib
from functools import cache
from typing import Any

import jinja2

_CSS = "page.css"


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("recorder"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    loader: Any = made.loader
    made.globals["css"] = loader.get_source(made, _CSS)[0]
    return made


def render(template: str, **values: Any) -> str:
    """A page as HTML; everything that is put in is escaped."""
    return _environment().get_template(template).render(**values)


@cache
def headers(*, scripts: bool = False) -> dict[str, str]:
    """The one style sheet that is in the page may act, by its hash; with `scripts` our own ones, and nothing else."""
    css = str(_environment().globals["css"]).encode()
    digest = base64.b64encode(hashlib.sha256(css).digest()).decode()
    policy = [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    if scripts:
        policy += ["script-src 'self'", "connect-src 'self'"]
    return {"Content-Security-Policy": "; ".join(policy)}

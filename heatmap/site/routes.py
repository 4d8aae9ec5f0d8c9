"""The team's face at a glance."""

from aiohttp import web

from heatmap.site import signin, views
from recorder.assets import STATIC


def add(app: web.Application) -> None:
    app.router.add_get("/", views.recordings)
    app.router.add_get("/signin", signin.enter_by_link)
    app.router.add_post("/signin", signin.enter)
    app.router.add_get("/recordings/{recording}", views.page)
    app.router.add_get("/recordings/{recording}/live", views.live)
    app.router.add_get("/recordings/{recording}/certificate", views.certificate)
    app.router.add_get("/recordings/{recording}/{page:\\d+}/{device}/{file:.+}", views.picture)
    app.router.add_static("/static/", STATIC / "site")

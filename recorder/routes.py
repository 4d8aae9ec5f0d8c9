"""The visitors' face at a glance, and which allowance a request takes from; what only reads takes from none."""

from aiohttp import web

from recorder import certificates, files, metrics, notices, openapi, pagecodes, receipts, rights, views
from recorder.middlewares import rated


def add(app: web.Application, *, demo: bool) -> None:
    app.router.add_get("/v1/recording", views.recording)
    app.router.add_post("/v1/count", rated("counts", views.count))
    app.router.add_post("/v1/consent", metrics.consents(rated("consents", views.yes)))
    app.router.add_post("/v1/events", metrics.batches(rated("events", views.take)))
    app.router.add_post("/v1/renew", rated("rights", views.renew))
    app.router.add_post("/v1/rights", rated("rights", rights.rights))
    app.router.add_post("/v1/mine", rated("rights", rights.own))
    app.router.add_post("/v1/purposes", rated("rights", rights.purposes))
    app.router.add_post("/v1/pause", rated("rights", rights.pause))
    app.router.add_post("/v1/withdraw", rated("rights", rights.withdraw))
    app.router.add_post("/v1/background", rated("codes", pagecodes.team))
    app.router.add_get("/notices/{nv:[0-9a-f]{12}}/{language:[A-Za-z0-9-]+}.json", notices.first)
    app.router.add_get("/notices/{nv:[0-9a-f]{12}}/{language:[A-Za-z0-9-]+}/panel.json", notices.panel)
    app.router.add_get("/notices/{nv:[0-9a-f]{12}}/{language:[A-Za-z0-9-]+}", notices.full)
    receipt = "/receipts/{recording:[A-Za-z0-9]{1,40}}/{audit:[A-Za-z0-9]{1,40}}"
    app.router.add_get(receipt, rated("receipts", receipts.receipt))
    app.router.add_get("/notices/{nv:[0-9a-f]{12}}.json", notices.document)
    app.router.add_get("/certificates/{recording:[A-Za-z0-9-]{1,40}}.json", certificates.document)
    app.router.add_get("/certificates/{recording:[A-Za-z0-9-]{1,40}}", certificates.certificate)
    app.router.add_get("/keys/certificate.json", certificates.keys)
    app.router.add_get("/certificate/{name:.+}", certificates.script)
    app.router.add_get("/openapi.json", openapi.served)
    app.router.add_get("/yesmap.js", files.script)
    app.router.add_get("/dist/{name:.+}", files.script)
    if demo:
        app.router.add_get("/demo/{name:.*}", files.demo)

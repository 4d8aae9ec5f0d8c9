"""The visitors' face at a glance, and which allowance a request takes from."""

from aiohttp import web
from aiohttp.typedefs import Handler

from recorder import certificates, files, metrics, notices, openapi, pagecodes, receipts, rights, views
from recorder.middlewares import Rule

#: Where batches go.
EVENTS = "/v1/events"

#: What has no rule is in memory, or remembered for two seconds.
RULES: dict[Handler, Rule] = {
    views.count: Rule("counts"),
    views.yes: Rule("consents", metrics.consent),
    views.take: Rule("events", metrics.batch),
    views.renew: Rule("rights"),
    rights.rights: Rule("rights"),
    rights.own: Rule("rights"),
    rights.purposes: Rule("rights"),
    rights.pause: Rule("rights"),
    rights.withdraw: Rule("rights"),
    pagecodes.team: Rule("codes"),
    receipts.receipt: Rule("receipts"),
    notices.first: Rule("documents"),
    notices.panel: Rule("documents"),
    notices.full: Rule("documents"),
    notices.document: Rule("documents"),
    certificates.document: Rule("documents"),
    certificates.certificate: Rule("documents"),
}


def add(app: web.Application, *, demo: bool) -> None:
    app.router.add_get("/v1/recording", views.recording)
    app.router.add_post("/v1/count", views.count)
    app.router.add_post("/v1/consent", views.yes)
    app.router.add_post(EVENTS, views.take)
    app.router.add_post("/v1/renew", views.renew)
    app.router.add_post("/v1/rights", rights.rights)
    app.router.add_post("/v1/mine", rights.own)
    app.router.add_post("/v1/purposes", rights.purposes)
    app.router.add_post("/v1/pause", rights.pause)
    app.router.add_post("/v1/withdraw", rights.withdraw)
    app.router.add_post("/v1/background", pagecodes.team)
    app.router.add_get("/notices/{nv:[0-9a-f]{12}}/{language:[A-Za-z0-9-]+}.json", notices.first)
    app.router.add_get("/notices/{nv:[0-9a-f]{12}}/{language:[A-Za-z0-9-]+}/panel.json", notices.panel)
    app.router.add_get("/notices/{nv:[0-9a-f]{12}}/{language:[A-Za-z0-9-]+}", notices.full)
    receipt = "/receipts/{recording:[A-Za-z0-9]{1,40}}/{audit:[A-Za-z0-9]{1,40}}"
    app.router.add_get(receipt, receipts.receipt)
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

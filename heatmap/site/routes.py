"""The team's face at a glance."""

from aiohttp import web

from heatmap.site import (
    accesslog,
    account,
    assets,
    backgrounds,
    certificates,
    consents,
    findings,
    flow,
    frompage,
    heatmap,
    notes,
    opening,
    recordings,
    replays,
    report,
    setup,
    signin,
    team,
    welcome,
)
from heatmap.site.api import openapi
from heatmap.site.api.catalogue import OPERATIONS


def add(app: web.Application) -> None:
    get, post = app.router.add_get, app.router.add_post
    get(assets.ROUTE, assets.file)
    get("/rules.js", assets.rules)
    # signing in
    get("/signin", signin.show)
    post("/signin", signin.password)
    post("/signin/code", signin.code)
    post("/signin/factor", signin.set_factor)
    post("/signin/password", signin.renew_password)
    post("/signout", signin.leave)
    get("/welcome/{token}", welcome.show)
    post("/welcome/{token}", welcome.take)
    # oneself
    get("/me", account.show)
    post("/me/sessions", account.end_session)
    post("/me/password", account.set_password)
    post("/me/factor", account.renew_factor)
    post("/me/keys", account.make_key)
    post("/me/keys/end", account.end_key)
    # who may do what, and who did
    get("/users", team.show)
    post("/users", team.add)
    post("/users/grant", team.grant)
    post("/users/reset", team.reset)
    post("/users/remove", team.remove)
    get("/access", accesslog.show)
    # consent and purge
    get("/consents", consents.everywhere)
    post("/consents/find", consents.find)
    post("/consents/erase", consents.erase)
    get("/recordings/{recording}/consents", consents.of_recording)
    get("/recordings/{recording}/ending", consents.ending)
    # recordings
    get("/", recordings.listed)
    get("/recordings/new", opening.form)
    post("/recordings/new", opening.describe)
    post("/recordings/new/preview", opening.preview)
    post("/recordings/new/rules", opening.rules)
    get("/drafts/{draft}", opening.last_look)
    get("/drafts/{draft}/documents/{document}", opening.document)
    post("/drafts/{draft}/open", opening.open_)
    post("/drafts/{draft}/drop", opening.drop)
    get("/recordings/{recording}/setup", setup.show)
    get("/recordings/{recording}/heard", setup.heard)
    get("/recordings/{recording}/outlook", recordings.outlook)
    get("/recordings/{recording}/documents/{document}", setup.document)
    post("/recordings/{recording}/pages", setup.add_page)
    post("/recordings/{recording}/pages/{page:\\d{1,9}}", setup.change_page)
    post("/recordings/{recording}/close", setup.close)
    get("/recordings/{recording}/certificate", certificates.certificate)
    # what it shows
    get("/recordings/{recording}", heatmap.page)
    get("/recordings/{recording}/live", heatmap.live)
    get("/recordings/{recording}/findings", findings.page)
    get("/recordings/{recording}/findings.json", findings.as_json)
    get("/recordings/{recording}/flow", flow.page)
    get("/recordings/{recording}/flow.json", flow.as_json)
    get("/recordings/{recording}/report.html", report.report)
    get("/recordings/{recording}/{page:\\d{1,9}}/{device}/view.json", heatmap.numbers)
    get("/recordings/{recording}/{page:\\d{1,9}}/{device}/{file:.+}", heatmap.file)
    # replays
    get("/recordings/{recording}/replays", replays.listing)
    get("/recordings/{recording}/replays/{handle}", replays.player)
    get("/recordings/{recording}/replays/{handle}/data", replays.data)
    get("/recordings/{recording}/replays/{handle}/there", replays.there)
    # backgrounds
    get("/recordings/{recording}/backgrounds", backgrounds.listing)
    get("/recordings/{recording}/snapshots/{snapshot}.webp", backgrounds.picture)
    post("/recordings/{recording}/snapshots/{snapshot}/delete", backgrounds.delete)
    post("/recordings/{recording}/backgrounds/code", frompage.make)
    app.router.add_options("/background", frompage.before)
    post("/background", frompage.take)
    post("/recordings/{recording}/notes", notes.add)
    post("/recordings/{recording}/notes/{note}/delete", notes.delete)
    # for programs
    get("/api", openapi.shown)
    get("/api/openapi.json", openapi.served)
    for each in OPERATIONS:
        app.router.add_route(each.method, each.path, each.view)

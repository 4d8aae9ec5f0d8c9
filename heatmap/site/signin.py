"""The pages of signing in: one address, which shows the step that comes next."""

import secrets
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import web

from heatmap.site import entry, factor
from heatmap.site.access import (
    HELD,
    SESSION,
    SESSIONS,
    USERS,
    anybody,
    cookie_name,
    is_secure,
)
from heatmap.site.render import render
from heatmap.site.safe import SAFE
from heatmap.site.sessions import LIFE_MS, Session, Stage, digest
from heatmap.site.users import User
from recorder.errors import BadToken, Malformed, TooOften
from recorder.views import now_ms

#: Where somebody goes who did not say where to.
HOME = "/"


@anybody
async def show(request: web.Request) -> web.Response:
    """The step that comes next, or on to where one wanted to go."""
    session = request.get(SESSION)
    if session is not None and session.stage == Stage.IN:
        raise web.HTTPSeeOther(goal(request))
    return await step(request, session)


async def step(request: web.Request, session: Session | None, problem: str = "") -> web.Response:
    """The page of a step; `problem` is what was wrong with the last try."""
    about: dict[str, Any] = {"problem": problem, "goal": goal(request)}
    if session is None:
        return greeted(request, "signin.html", **about)
    if session.stage == Stage.FACTOR:
        safe = request.app[SAFE]
        secret = (session.secret and safe.open(session.secret, session.user)) or factor.new_secret()
        if session.secret is None:
            await request.app[SESSIONS].change(request[HELD], secret=safe.seal(secret, session.user))
        about |= {"qr": factor.picture(secret, session.user), "secret": secret}
        about |= {"may_wait": entry.policy(request).may_wait}
    return render(request, f"signin-{session.stage}.html", name=session.user, **about)


@anybody
async def password(request: web.Request) -> web.StreamResponse:
    """The first step."""
    form = await request.post()
    name = str(form.get("name", "")).strip().casefold()
    try:
        user = await entry.by_password(request, name, str(form.get("password", "")))
    except (BadToken, TooOften) as error:
        return refused(await step(request, None, error.message), error)
    return await go_on(request, user, entry.policy(request).first_stage(user, now_ms()))


@anybody
async def code(request: web.Request) -> web.StreamResponse:
    """The second step."""
    session, form = _at(request, Stage.CODE), await request.post()
    try:
        user = await entry.by_code(
            request.app[USERS], request.app[SAFE], session.user, str(form.get("code", "")), now_ms()
        )
    except (BadToken, TooOften) as error:
        return refused(await step(request, session, error.message), error)
    return await go_on(request, user, entry.policy(request).last_stage(user, now_ms()))


@anybody
async def set_factor(request: web.Request) -> web.StreamResponse:
    """The second step when there is no second factor yet: it is set up, and the recovery codes are shown."""
    session, form = _at(request, Stage.FACTOR), await request.post()
    users, safe, policy = request.app[USERS], request.app[SAFE], entry.policy(request)
    if "later" in form and policy.may_wait:
        user = await users.read(session.user)
        return await go_on(request, user, policy.last_stage(user, now_ms()))
    try:
        secret = safe.open(session.secret or "", session.user) or ""
        given = str(form.get("code", ""))
        codes = await entry.set_factor(users, safe, session.user, secret, given, now_ms(), session.began)
    except (BadToken, TooOften) as error:
        return refused(await step(request, session, error.message), error)
    user = await users.read(session.user)
    held = await renewed(request, user, policy.last_stage(user, now_ms()))
    request[HELD] = held
    return with_cookie(request, render(request, "recovery.html", codes=codes, goal=goal(request)), held)


@anybody
async def renew_password(request: web.Request) -> web.StreamResponse:
    """The last step when the password is too old."""
    session, form = _at(request, Stage.PASSWORD), await request.post()
    users, new = request.app[USERS], str(form.get("password", ""))
    try:
        user = await users.read(session.user)
        await entry.refuse_same(user, new)
        await entry.set_password(users, session.user, new, now_ms())
    except Malformed as error:
        return refused(await step(request, session, error.message), error)
    return await go_on(request, user, Stage.IN)


@anybody
async def leave(request: web.Request) -> web.StreamResponse:
    """Sign out."""
    await request.app[SESSIONS].end(digest(request[HELD]))
    response = web.HTTPSeeOther("/signin")
    response.del_cookie(cookie_name(request), path="/", secure=is_secure(request))
    raise response


async def go_on(request: web.Request, user: User, stage: Stage) -> web.StreamResponse:
    """To the next step or, after the last, to where one wanted to go; each step has an id of its own."""
    held = await renewed(request, user, stage)
    where = goal(request)
    return with_cookie(
        request, _redirect(where if stage == Stage.IN else f"/signin?next={quote(where, safe='/')}"), held
    )


async def renewed(request: web.Request, user: User, stage: Stage) -> str:
    """The id of a new session at this stage, in place of the one that the browser came with."""
    held = await entry.begin(request, user, stage)
    await request.app[SESSIONS].end(digest(request[HELD]))
    return held


def goal(request: web.Request) -> str:
    """Where one wanted to go: a page of ours, never another site."""
    return our_page(request.query.get("next", HOME))


def our_page(where: str) -> str:
    """The address if it is one of our own pages, else the first page."""
    try:
        parts = urlsplit(where)
    except ValueError:
        return HOME
    plain = where.isascii() and where.isprintable() and "\\" not in where
    ours = not parts.scheme and not parts.netloc and where.startswith("/") and not where.startswith("//")
    return where if plain and ours else HOME


def refused(page: web.Response, error: BadToken | TooOften | Malformed) -> web.Response:
    """The page again, with the status of what was wrong."""
    page.set_status(error.status)
    if error.retry_after:
        page.headers["Retry-After"] = str(error.retry_after)
    return page


def with_cookie(request: web.Request, response: web.StreamResponse, held: str) -> web.StreamResponse:
    response.set_cookie(
        cookie_name(request),
        held,
        max_age=LIFE_MS // 1000,
        httponly=True,
        samesite="Lax",
        secure=is_secure(request),
        path="/",
    )
    return response


def greeted(request: web.Request, template: str, **values: Any) -> web.Response:
    """A page for somebody whom we do not know; its form needs an id to go with."""
    if request[HELD]:
        return render(request, template, **values)
    request[HELD] = secrets.token_urlsafe(32)
    page = render(request, template, **values)
    with_cookie(request, page, request[HELD])
    return page


def _at(request: web.Request, stage: Stage) -> Session:
    session: Session | None = request.get(SESSION)
    if session is None or session.stage != stage:
        raise web.HTTPSeeOther("/signin")
    return session


def _redirect(where: str) -> web.Response:
    return web.Response(status=303, headers={"Location": where})

"""API keys by API: one's own, and those of the users whom one manages."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from heatmap.site.access import API_KEY, API_KEYS, USER, USERS, note
from heatmap.site.account import KEY_DAYS, KEY_NAME_CHARS
from heatmap.site.api.operation import answer, asked, operation
from heatmap.site.api.shapes import Page, Paged, Shape, page
from heatmap.site.apikeys import ApiKey, Scope
from heatmap.site.roles import Role, may_grant
from recorder import forms
from recorder.errors import Forbidden, NotFound
from recorder.recording import DAY_MS
from recorder.views import now_ms


class Key(Shape):
    """A key without its secret; times in ms."""

    id: str
    name: str
    user: str
    scopes: list[Scope]
    site: Annotated[str | None, Field(description="Null: every site of its user.")]
    made: int
    until: int
    used: Annotated[int | None, Field(description="To the hour; null: never.")]

    @classmethod
    def of(cls, key: ApiKey) -> "Key":
        return cls(**{name: getattr(key, name) for name in cls.model_fields})


class Keys(Page[Key]):
    """A part of the keys, the newest first."""


class NewKey(Shape):
    """A key of one's own; made with a key, it may do no more, nowhere else, and for no longer than that one."""

    name: Annotated[str, Field(min_length=1, max_length=KEY_NAME_CHARS)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]
    days: Literal[KEY_DAYS] = KEY_DAYS[0]  # type: ignore[valid-type]
    site: Annotated[str | None, Field(max_length=80)] = None


class Made(Shape):
    """The key and its token, which is shown this once."""

    key: Key
    token: str


@operation(
    "GET", "/api/keys", "List API keys", role=Role.VIEWER, scope="manage", asks=Paged, answers={200: Keys}
)
async def listed(request: web.Request) -> web.Response:
    found = await _mine(request)
    part, following = page(found, [key.id for key in found], asked(request, Paged))
    return answer(Keys(items=[Key.of(key) for key in part], next=following))


@operation(
    "POST",
    "/api/keys",
    "Make an API key of your own",
    role=Role.VIEWER,
    scope="manage",
    takes=NewKey,
    answers={201: Made},
)
async def make(request: web.Request) -> web.Response:
    form, me, now = await forms.read(request, NewKey), request[USER], now_ms()
    site, until = form.site, now + form.days * DAY_MS
    if asking := request.get(API_KEY):
        if not set(form.scopes) <= set(asking.scopes):
            raise Forbidden("A key gives no scopes that it does not have itself.", code="scope")
        site, until = site or asking.site, min(until, asking.until)
    if site is not None and me.role_on(site) is None:
        raise NotFound("There is no such site.")
    key, token = await request.app[API_KEYS].make(me.name, form.name, form.scopes, site, now, until)
    await note(request, "API key made", of=key.id)
    return answer(Made(key=Key.of(key), token=token), 201)


@operation(
    "DELETE", "/api/keys/{key}", "End an API key", role=Role.VIEWER, scope="manage", answers={204: None}
)
async def end(request: web.Request) -> web.Response:
    id_ = request.match_info["key"]
    if id_ not in {key.id for key in await _mine(request)}:
        raise NotFound("There is no such key of yours, or of anybody whom you manage.")
    await request.app[API_KEYS].end(id_)
    await note(request, "API key ended", of=id_)
    return web.Response(status=204)


async def _mine(request: web.Request) -> list[ApiKey]:
    """One's own keys, and those of users all of whose sites one manages; by a key of one site those of that site."""
    me, asking = request[USER], request.get(API_KEY)
    managed = {
        user.name
        for user in await request.app[USERS].all()
        if user.name != me.name and may_grant(me.grants, user.grants)
    }
    return [
        key
        for key in await request.app[API_KEYS].all()
        if key.user in managed or (key.user == me.name and (not asking or asking.site in (None, key.site)))
    ]

"""Users and the access log by API."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from heatmap.site import looks, people
from heatmap.site.access import API_KEYS, LOOKS, SESSIONS, USER, USERS, note
from heatmap.site.accesslog import shown
from heatmap.site.api.operation import answer, asked, operation
from heatmap.site.api.shapes import Page, Paged, Shape, page
from heatmap.site.people import refuse_beyond
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.team import concerns, link
from heatmap.site.users import User, plain_name
from heatmap.site.welcome import INVITES
from recorder import forms
from recorder.views import now_ms

Word = Literal["viewer", "analyst", "manager"]


class Person(Shape):
    """A user; a role for each site, `*` for every site."""

    name: str
    roles: dict[str, Word]
    second_factor: bool
    invited: Annotated[bool, Field(description="Has not set a password yet.")]

    @classmethod
    def of(cls, user: User) -> "Person":
        roles = {site: role.word for site, role in user.grants.items()}
        return cls.model_validate(
            {
                "name": user.name,
                "roles": roles,
                "second_factor": user.secret is not None,
                "invited": user.password is None,
            }
        )


class People(Page[Person]):
    """A part of the users, by name."""


class New(Shape):
    """A user to add."""

    name: Annotated[str, Field(max_length=64)]
    role: Word
    site: Annotated[str, Field(min_length=1, max_length=80)] = EVERYWHERE


class Invited(Shape):
    """The user, and the link that sets a password: good once, for three days."""

    user: Person
    link: str


class Granted(Shape):
    """Another role on a site; null takes it away."""

    role: Word | None
    site: Annotated[str, Field(min_length=1, max_length=80)] = EVERYWHERE


class Look(Shape):
    """A line of the access log; `at` in ms."""

    at: int
    user: str
    what: str
    recording: str
    site: str
    of: str


class Looks(Page[Look]):
    """A part of a day's lines, the latest first."""


class OfDay(Paged):
    """Which lines."""

    day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="Such as 2026-11-25, UTC.")]
    user: Annotated[str | None, Field(max_length=64, description="Of this user only.")] = None
    recording: Annotated[str | None, Field(max_length=40, description="Of this recording only.")] = None

    def fits(self, look: looks.Look) -> bool:
        return self.user in (None, look.user) and self.recording in (None, look.recording)


@operation(
    "GET", "/api/users", "List users", role=Role.MANAGER, scope="manage", asks=Paged, answers={200: People}
)
async def listed(request: web.Request) -> web.Response:
    everybody = [user for user in await request.app[USERS].all() if concerns(request[USER], user)]
    part, following = page(everybody, [user.name for user in everybody], asked(request, Paged))
    return answer(People(items=[Person.of(user) for user in part], next=following))


@operation(
    "POST", "/api/users", "Add a user", role=Role.MANAGER, scope="manage", takes=New, answers={201: Invited}
)
async def add(request: web.Request) -> web.Response:
    form = await forms.read(request, New)
    name, grants = plain_name(form.name), {form.site: Role.named(form.role)}
    refuse_beyond(request[USER], grants)
    user = User(name=name, grants=grants, created=now_ms())
    await request.app[USERS].add(user)
    await note(request, "user added", of=name, site=form.site)
    return answer(Invited(user=Person.of(user), link=await link(request, name)), 201)


@operation(
    "DELETE", "/api/users/{name}", "Remove a user", role=Role.MANAGER, scope="manage", answers={204: None}
)
async def remove(request: web.Request) -> web.Response:
    app, user = request.app, await _theirs(request)
    await people.removed(app[USERS], app[SESSIONS], app[API_KEYS], app[INVITES], user.name, now_ms())
    await note(request, "user removed", of=user.name)
    return web.Response(status=204)


@operation(
    "POST",
    "/api/users/{name}/roles",
    "Give a user another role on a site, or none",
    role=Role.MANAGER,
    scope="manage",
    takes=Granted,
    answers={200: Person},
)
async def grant(request: web.Request) -> web.Response:
    form, name = await forms.read(request, Granted), request.match_info["name"]
    role = None if form.role is None else Role.named(form.role)
    user = await people.granted(request.app[USERS], request[USER], name, form.site, role)
    said = f"{user.name}: {form.role or 'none'} of {form.site}"
    await note(request, "role changed", of=said, site=form.site)
    return answer(Person.of(user))


@operation(
    "POST",
    "/api/users/{name}/reset",
    "Let a user set themselves up again: password, second factor and API keys end at once",
    role=Role.MANAGER,
    scope="manage",
    answers={200: Invited},
)
async def reset(request: web.Request) -> web.Response:
    app, user = request.app, await _theirs(request)
    user = await people.started_anew(app[USERS], app[SESSIONS], app[API_KEYS], user.name, now_ms())
    await note(request, "user reset", of=user.name)
    return answer(Invited(user=Person.of(user), link=await link(request, user.name)))


async def _theirs(request: web.Request) -> User:
    return await people.theirs(request.app[USERS], request[USER], request.match_info["name"])


@operation(
    "GET",
    "/api/access",
    "Who looked at what on a day",
    role=Role.MANAGER,
    scope="manage",
    look="access log",
    asks=OfDay,
    answers={200: Looks},
)
async def access(request: web.Request) -> web.Response:
    wanted = asked(request, OfDay)
    kept = request.app[LOOKS]
    await kept.write()
    day = await kept.on(wanted.day)
    found = [look for look in day if shown(look, request[USER]) and wanted.fits(look)]
    names = [f"{look.at}-{number}" for number, look in enumerate(reversed(found))][::-1]
    part, following = page(found, names, wanted)
    return answer(Looks(items=[Look(**vars(look)) for look in part], next=following))

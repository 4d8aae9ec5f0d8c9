"""`yesmap user`: who works with Yesmap. It needs the object store only or, with `--url`, just the team's face."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from heatmap import remote
from heatmap.remote import TeamFace
from heatmap.site import passwords
from heatmap.site.apikeys import ApiKeys
from heatmap.site.invites import Invites
from heatmap.site.people import removed, started_anew, with_role
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.sessions import Sessions
from heatmap.site.users import User, Users, plain_name
from heatmap.site.welcome import address
from recorder import settings
from recorder.errors import NotFound
from recorder.objects import Objects, open_store
from recorder.settings import Settings
from recorder.views import now_ms

console = Console(soft_wrap=True)

Ask = Callable[[TeamFace], Awaitable[None]]
Go = Callable[[Objects, Settings], Awaitable[None]]
#: In place of a role.
NONE = "none"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words of the command line."""
    actions = commands.add_parser("user", help="who works with Yesmap").add_subparsers(
        required=True, metavar="ACTION"
    )
    afar = remote.words()
    adding = actions.add_parser(
        "add", help="add a user, or give one another role; prints a link that is good once", parents=[afar]
    )
    adding.add_argument("name")
    adding.add_argument("--role", choices=[role.word for role in Role], default=Role.MANAGER.word)
    adding.add_argument("--site", default=EVERYWHERE, help="a recording's site (default: every site)")
    adding.add_argument(
        "--password", action="store_true", help="ask for the password here instead of a link; not with --url"
    )
    adding.set_defaults(run=_add)
    granting = actions.add_parser("grant", help="give a user another role on a site, or none", parents=[afar])
    granting.add_argument("name")
    granting.add_argument("--role", choices=[*(role.word for role in Role), NONE], required=True)
    granting.add_argument("--site", default=EVERYWHERE, help="a recording's site (default: every site)")
    granting.set_defaults(run=_grant)
    actions.add_parser("list", help="all users and their roles", parents=[afar]).set_defaults(run=_list)
    for name, run, what, says in (
        ("remove", _remove, "name", "remove a user: their sessions and API keys end at once"),
        (
            *("reset", _reset, "name"),
            "a new password and second factor for a user; prints a link that is good once",
        ),
        ("keys", _keys, "name", "a user's API keys"),
        ("end-key", _end_key, "key", "end an API key, by its id"),
    ):
        action = actions.add_parser(name, help=says, parents=[afar])
        action.add_argument(what)
        action.set_defaults(run=run)


def _add(words: argparse.Namespace) -> None:
    name, role = plain_name(words.name), Role.named(words.role)
    if words.password and words.url:
        sys.exit("yesmap: a password is not sent by --url: leave --password out, and hand over the link.")
    password = _asked(name) if words.password else None

    async def ask(face: TeamFace) -> None:
        new = {"name": name, "role": words.role, "site": words.site}
        made = await face.ask("POST", "/api/users", json=new)
        console.print(f"{name} is {role.word} of {_where(words.site)}.")
        console.print(_link(name, made["link"]))

    async def go(store: Objects, chosen: Settings) -> None:
        users, now = Users(store), now_ms()
        if name in {user.name for user in await users.all()}:
            await users.change(name, lambda user: with_role(user, words.site, role))
            console.print(f"{name} is now {role.word} of {_where(words.site)}.")
            return
        kept = await passwords.hashed(password) if password else None
        await users.add(
            User(
                name=name,
                grants={words.site: role},
                created=now,
                password=kept,
                password_set=now if kept else 0,
            )
        )
        console.print(f"{name} is {role.word} of {_where(words.site)}.")
        if kept is None:
            await _say_link(store, chosen, name)

    _either(words, ask, go)


def _grant(words: argparse.Namespace) -> None:
    name = plain_name(words.name)
    word = None if words.role == NONE else words.role

    async def ask(face: TeamFace) -> None:
        await face.ask("POST", f"/api/users/{quote(name)}/roles", json={"role": word, "site": words.site})

    async def go(store: Objects, _: Settings) -> None:
        role = Role.named(word) if word else None
        await Users(store).change(name, lambda user: with_role(user, words.site, role))

    _either(words, ask, go)
    console.print(f"{name} is now {word or 'nothing'} of {_where(words.site)}.")


def _list(words: argparse.Namespace) -> None:
    table = Table("name", "roles", "second factor")

    async def ask(face: TeamFace) -> None:
        for user in await _items(face, "/api/users"):
            table.add_row(user["name"], _roles(user["roles"]), "yes" if user["second_factor"] else "no")

    async def go(store: Objects, _: Settings) -> None:
        for user in await Users(store).all():
            roles = _roles({site: role.word for site, role in user.grants.items()})
            table.add_row(user.name, roles, "yes" if user.secret else "no")

    _either(words, ask, go)
    console.print(table)


def _roles(roles: Mapping[str, str]) -> str:
    return ", ".join(f"{word} of {_where(site)}" for site, word in roles.items())


def _remove(words: argparse.Namespace) -> None:
    name = plain_name(words.name)

    async def ask(face: TeamFace) -> None:
        await face.ask("DELETE", f"/api/users/{quote(name)}")

    async def go(store: Objects, _: Settings) -> None:
        await Users(store).read(name)
        await removed(Users(store), Sessions(store), ApiKeys(store), Invites(store), name, now_ms())

    _either(words, ask, go)
    console.print(f"{name} is removed.")


def _reset(words: argparse.Namespace) -> None:
    name = plain_name(words.name)

    async def ask(face: TeamFace) -> None:
        made = await face.ask("POST", f"/api/users/{quote(name)}/reset")
        console.print(_link(name, made["link"]))

    async def go(store: Objects, chosen: Settings) -> None:
        await started_anew(Users(store), Sessions(store), ApiKeys(store), name, now_ms())
        await _say_link(store, chosen, name)

    _either(words, ask, go)


def _keys(words: argparse.Namespace) -> None:
    name, table = plain_name(words.name), Table("id", "name", "scopes", "site", "until")

    def add(key: Mapping[str, Any]) -> None:
        until = f"{datetime.fromtimestamp(key['until'] / 1000, UTC):%Y-%m-%d}"
        table.add_row(
            key["id"], key["name"], ", ".join(key["scopes"]), key["site"] or _where(EVERYWHERE), until
        )

    async def ask(face: TeamFace) -> None:
        for key in await _items(face, "/api/keys"):
            if key["user"] == name:
                add(key)

    async def go(store: Objects, _: Settings) -> None:
        await Users(store).read(name)
        for key in await ApiKeys(store).of(name):
            add(key.model_dump())

    _either(words, ask, go)
    console.print(table)


def _end_key(words: argparse.Namespace) -> None:
    async def ask(face: TeamFace) -> None:
        await face.ask("DELETE", f"/api/keys/{quote(words.key, safe='')}")

    async def go(store: Objects, _: Settings) -> None:
        keys = ApiKeys(store)
        if words.key not in {key.id for key in await keys.all()}:
            raise NotFound("There is no such API key.")
        await keys.end(words.key)

    _either(words, ask, go)
    console.print(f"The API key {words.key} is ended.")


async def _items(face: TeamFace, path: str) -> list[dict[str, Any]]:
    """All entries of a list that comes in parts."""
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        part = await face.ask("GET", path, params={"after": after} if after else {})
        found += part["items"]
        after = part["next"]
    return found


async def _say_link(store: Objects, chosen: Settings, name: str) -> None:
    token = await Invites(store).make(name, now_ms())
    url = chosen.team_url or f"http://{chosen.team_host}:{chosen.team_port}"
    console.print(_link(name, address(url, token)))


def _link(name: str, where: str) -> str:
    return f"A link for {name}, good once and for three days: {where}"


def _asked(name: str) -> str:
    """The password, typed twice; from a pipe, its first line."""
    if not sys.stdin.isatty():
        given = sys.stdin.readline().rstrip("\n")
    else:
        given = getpass.getpass("Password: ")
        if given != getpass.getpass("Again: "):
            sys.exit("yesmap: the two are not the same.")
    passwords.check(given, name)
    return given


def _where(site: str) -> str:
    return "every site" if site == EVERYWHERE else site


def _either(words: argparse.Namespace, ask: Ask, go: Go) -> None:
    if words.url:
        remote.run(words.url, "the scope manage", ask)
    else:
        _with_store(go)


def _with_store(go: Go) -> None:
    async def opened() -> None:
        chosen = settings.read()
        async with open_store(chosen.objects_url, chosen) as store:
            await go(store, chosen)

    asyncio.run(opened())

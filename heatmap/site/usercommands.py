"""`yesmap user`: who works with Yesmap, from the command line. It needs the object store only."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.table import Table

from heatmap.site import passwords
from heatmap.site.apikeys import ApiKeys
from heatmap.site.invites import Invites
from heatmap.site.people import removed, started_anew
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.sessions import Sessions
from heatmap.site.users import User, Users, plain_name
from heatmap.site.welcome import address
from recorder import settings
from recorder.objects import Objects, open_store
from recorder.settings import Settings
from recorder.views import now_ms

console = Console(soft_wrap=True)

Go = Callable[[Objects, Settings], Awaitable[None]]


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words of the command line."""
    actions = commands.add_parser("user", help="who works with Yesmap").add_subparsers(
        required=True, metavar="ACTION"
    )
    adding = actions.add_parser(
        "add", help="add a user, or give one another role; prints a link that is good once"
    )
    adding.add_argument("name")
    adding.add_argument("--role", choices=[role.word for role in Role], default=Role.MANAGER.word)
    adding.add_argument("--site", default=EVERYWHERE, help="a recording's site (default: every site)")
    adding.add_argument("--password", action="store_true", help="ask for the password here instead of a link")
    adding.set_defaults(run=_add)
    actions.add_parser("list", help="all users and their roles").set_defaults(run=_list)
    for name, run, says in (
        ("remove", _remove, "remove a user: their sessions and API keys end at once"),
        ("reset", _reset, "a new password and second factor for a user; prints a link that is good once"),
    ):
        action = actions.add_parser(name, help=says)
        action.add_argument("name")
        action.set_defaults(run=run)


def _add(words: argparse.Namespace) -> None:
    name, role = plain_name(words.name), Role.named(words.role)
    password = _asked(name) if words.password else None

    async def go(store: Objects, chosen: Settings) -> None:
        users, now = Users(store), now_ms()
        if name in {user.name for user in await users.all()}:
            await users.change(
                name, lambda user: user.model_copy(update={"grants": {**user.grants, words.site: role}})
            )
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

    _with_store(go)


def _list(_: argparse.Namespace) -> None:
    async def go(store: Objects, _: Settings) -> None:
        table = Table("name", "roles", "second factor")
        for user in await Users(store).all():
            roles = ", ".join(f"{role.word} of {_where(site)}" for site, role in user.grants.items())
            table.add_row(user.name, roles, "yes" if user.secret else "no")
        console.print(table)

    _with_store(go)


def _remove(words: argparse.Namespace) -> None:
    async def go(store: Objects, _: Settings) -> None:
        name = (await Users(store).read(plain_name(words.name))).name
        await removed(Users(store), Sessions(store), ApiKeys(store), Invites(store), name, now_ms())
        console.print(f"{name} is removed.")

    _with_store(go)


def _reset(words: argparse.Namespace) -> None:
    async def go(store: Objects, chosen: Settings) -> None:
        name = plain_name(words.name)
        await started_anew(Users(store), Sessions(store), ApiKeys(store), name, now_ms())
        await _say_link(store, chosen, name)

    _with_store(go)


async def _say_link(store: Objects, chosen: Settings, name: str) -> None:
    token = await Invites(store).make(name, now_ms())
    url = chosen.team_url or f"http://{chosen.team_host}:{chosen.team_port}"
    console.print(f"A link for {name}, good once and for three days: {address(url, token)}")


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


def _with_store(go: Go) -> None:
    async def opened() -> None:
        chosen = settings.read()
        async with open_store(chosen.objects_url, chosen) as store:
            await go(store, chosen)

    asyncio.run(opened())

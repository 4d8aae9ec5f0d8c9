"""What happens to a user as a whole. Used by the pages and by the command line."""

from heatmap.site.apikeys import ApiKeys
from heatmap.site.invites import Invites
from heatmap.site.lockout import Tries
from heatmap.site.roles import Grants, Role, may_grant
from heatmap.site.sessions import Sessions
from heatmap.site.users import User, Users, plain_name
from recorder.errors import Conflict, Forbidden

#: Of a user who has to set themselves up again.
_ANEW: dict[str, object] = {
    "password": None,
    "password_set": 0,
    "secret": None,
    "step": -1,
    "recovery": [],
    "tries": Tries(),
}


def refuse_beyond(manager: User, grants: Grants) -> None:
    """`Forbidden` unless the manager manages every site that is granted."""
    if not may_grant(manager.grants, grants):
        raise Forbidden("You may give and take roles on the sites that you manage, not on others.")


async def theirs(users: Users, manager: User, name: str) -> User:
    """A user, whose every site the manager must manage; never oneself."""
    user = await users.read(plain_name(name))
    if user.name == manager.name:
        raise Conflict("That is you: ask another manager, or use `yesmap user`.")
    refuse_beyond(manager, user.grants)
    return user


async def granted(users: Users, manager: User, name: str, site: str, role: Role | None) -> User:
    """A user with another role on a site of the manager's; none takes it away."""
    refuse_beyond(manager, {site: Role.MANAGER})
    if plain_name(name) == manager.name:
        raise Conflict("Nobody changes their own roles: ask another manager.")
    return await users.change(plain_name(name), lambda user: with_role(user, site, role))


def with_role(user: User, site: str, role: Role | None) -> User:
    others = {each: held for each, held in user.grants.items() if each != site}
    return user.model_copy(update={"grants": others | ({site: role} if role else {})})


async def removed(
    users: Users, sessions: Sessions, keys: ApiKeys, invites: Invites, name: str, now_ms: int
) -> None:
    """The user first, so that nothing of what is still there lets anybody in."""
    await users.remove(name)
    await sessions.end_all(name, now_ms)
    await invites.drop(name)
    await _end_keys(keys, name)


async def started_anew(users: Users, sessions: Sessions, keys: ApiKeys, name: str, now_ms: int) -> User:
    """No password, second factor or API key any more; whoever is signed in as the user no longer is."""
    user = await users.change(name, lambda user: user.model_copy(update=_ANEW))
    await sessions.end_all(name, now_ms)
    await _end_keys(keys, name)
    return user


async def _end_keys(keys: ApiKeys, name: str) -> None:
    for key in await keys.of(name):
        await keys.end(key.id)

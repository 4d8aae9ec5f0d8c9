"""What happens to a user as a whole. Used by the pages and by the command line."""

from heatmap.site.apikeys import ApiKeys
from heatmap.site.invites import Invites
from heatmap.site.lockout import Tries
from heatmap.site.roles import Grants, may_grant
from heatmap.site.sessions import Sessions
from heatmap.site.users import User, Users
from recorder.errors import Forbidden

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

"""What happens to a user as a whole."""

from pathlib import Path

import pytest

from heatmap.site.apikeys import ApiKeys
from heatmap.site.people import started_anew
from heatmap.site.sessions import Sessions, Stage
from heatmap.site.users import User, Users
from recorder.errors import BadToken
from recorder.objects import open_store
from recorder.settings import Settings

NOW = 1_800_000_000_000


async def test_a_reset_ends_the_users_sessions_and_keys_and_nobody_elses(tmp_path: Path) -> None:
    """Whoever had the password may have made a key, which must not outlive it."""
    async with open_store(str(tmp_path), Settings()) as store:
        users, sessions, keys = Users(store), Sessions(store), ApiKeys(store)
        for name in ("ada", "bob"):
            await users.add(User(name=name, created=NOW, password="hash", secret="secret"))
            await sessions.begin(name, Stage.IN, NOW)
        _, adas = await keys.make("ada", "build", ["read"], None, NOW, NOW + 1000)
        _, bobs = await keys.make("bob", "build", ["read"], None, NOW, NOW + 1000)

        user = await started_anew(users, sessions, keys, "ada", NOW)

        assert (None, None) == (user.password, user.secret)
        assert [0, 1] == [len(await sessions.of(name, NOW)) for name in ("ada", "bob")]
        with pytest.raises(BadToken):
            await keys.find(adas, NOW)
        assert "bob" == (await keys.find(bobs, NOW)).user

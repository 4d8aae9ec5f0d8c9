"""What somebody may do, on which sites. Pure."""

from collections.abc import Mapping
from enum import IntEnum

#: In place of a site's name: every site, also those to come.
EVERYWHERE = "*"


class Role(IntEnum):
    """Each may do what the ones before it may."""

    VIEWER = 1  #: final pictures
    ANALYST = 2  #: previews and replays too
    MANAGER = 3  #: opens and closes recordings, and says who may do what

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def named(cls, word: str) -> "Role":
        """The role of that name; `ValueError` for another word."""
        for role in cls:
            if role.word == word:
                return role
        raise ValueError(f"must be {', '.join(role.word for role in cls)}")


Grants = Mapping[str, Role]


def role_on(grants: Grants, site: str) -> Role | None:
    """The role on one site, None when there is none."""
    return max((grants[name] for name in (site, EVERYWHERE) if name in grants), default=None)


def may(grants: Grants, role: Role, site: str | None = None) -> bool:
    """Whether the grants reach that role on the site; without one, on any site at all."""
    held = max(grants.values(), default=None) if site is None else role_on(grants, site)
    return held is not None and held >= role


def may_grant(grants: Grants, given: Grants) -> bool:
    """Whether a manager with `grants` may give or take `given`: on sites that they manage, each of them.

    Who has none yet may be given any, so that only a manager of every site may.
    """
    return all(may(grants, Role.MANAGER, site) for site in given or [EVERYWHERE])

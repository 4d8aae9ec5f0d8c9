"""Roles by site."""

import pytest

from heatmap.site.roles import Grants, Role, may, may_grant, role_on

SHOP: Grants = {"Shop": Role.ANALYST, "Blog": Role.VIEWER}


@pytest.mark.parametrize(
    ("grants", "site", "role"),
    [
        (SHOP, "Shop", Role.ANALYST),
        (SHOP, "Bank", None),
        ({"*": Role.VIEWER}, "Bank", Role.VIEWER),
        ({"*": Role.VIEWER, "Shop": Role.MANAGER}, "Shop", Role.MANAGER),
        ({"*": Role.MANAGER, "Shop": Role.VIEWER}, "Shop", Role.MANAGER),
        ({}, "Shop", None),
    ],
)
def test_the_higher_role_counts(grants: Grants, site: str, role: Role | None) -> None:
    """That on the site, or that on every site."""
    assert role == role_on(grants, site)


def test_each_role_may_do_what_the_ones_before_it_may() -> None:
    """On the site that it is for, and no other."""
    assert [True, True, False] == [may(SHOP, role, "Shop") for role in Role]
    assert [False, False, False] == [may(SHOP, role, "Bank") for role in Role]
    assert [True, True, False] == [may(SHOP, role) for role in Role]
    assert not may({}, Role.VIEWER)


def test_roles_are_given_on_sites_that_one_manages() -> None:
    """Each of them; every site takes a manager of every site."""
    manager: Grants = {"Shop": Role.MANAGER, "Blog": Role.ANALYST}

    assert may_grant(manager, {"Shop": Role.MANAGER})
    assert not may_grant(manager, {"Shop": Role.VIEWER, "Blog": Role.VIEWER})
    assert not may_grant(manager, {"*": Role.VIEWER})
    assert may_grant({"*": Role.MANAGER}, {"*": Role.MANAGER, "Bank": Role.VIEWER})


def test_a_role_has_a_word() -> None:
    """And no other word is one."""
    assert list(Role) == [Role.named(role.word) for role in Role]
    with pytest.raises(ValueError, match="viewer, analyst, manager"):
        Role.named("owner")

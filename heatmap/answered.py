"""How many visitors were asked and how they answered, as it is told now and as it is kept at the end. Pure."""

from collections.abc import Mapping

from heatmap.told import fives

#: What is counted by person …
PEOPLE = ("asked", "yes", "no", "signal")
#: … and what by page view.
VIEWS = ("uncovered", "fault")


def totals(counts: Mapping[str, int]) -> dict[str, int]:
    """Over all device classes, of counts such as `asked:mobile`: people in fives, page views as they are."""
    found = {
        what: sum(int(n) for name, n in counts.items() if name.startswith(f"{what}:"))
        for what in (*PEOPLE, *VIEWS)
    }
    return found | {what: fives(found[what]) for what in PEOPLE}

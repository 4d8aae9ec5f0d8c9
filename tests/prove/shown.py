"""What was found, as tables."""

from rich.table import Table

from tests.prove.trial import Outcome

HOUSES = {"redis": "Debian's Redis and an S3 server", "valkey": "embedded Valkey and a folder"}


def findings_table(kind: str, outcome: Outcome) -> Table:
    """Needles that were found, place by place; what may be left is in the other table."""
    table = Table("place", "while it ran", "after the end", "after a restart", title=HOUSES[kind])
    for place in outcome.places:
        counts = (outcome.before.wrong, outcome.after.wrong, outcome.restarted.wrong)
        table.add_row(place, *(str(sum(n for (_, where), n in c.items() if where == place)) for c in counts))
    of = f"of {outcome.stolen} batches"
    table.add_row(
        "opened of a copy of both stores from before, with the key", f"{outcome.with_key} {of}", "", ""
    )
    table.add_row("the same without the place of keys, with all that is left", "", "", f"{outcome.back} {of}")
    return table


def allowed_table(outcome: Outcome) -> Table:
    """What was found and may be there, with the reason."""
    table = Table("place", "until", "needles", "why", title="What is left, and why it may be")
    lasting, passing = outcome.restarted.allowed, outcome.after.allowed - outcome.restarted.allowed
    for until, found in (("its own end", lasting), ("a restart", passing)):
        reasons = sorted({(place, why) for (_, place), why in found})
        for place, why in reasons:
            kinds = [f"{n} {k}" for ((k, p), w), n in sorted(found.items()) if (p, w) == (place, why)]
            table.add_row(place, until, ", ".join(kinds), why)
    return table

"""Handles: what a replay is called in one browser, and nowhere else."""

import pytest

from heatmap.replays.handles import Handles
from recorder.errors import NotFound

SESSION = "x" * 22


def test_a_handle_leads_back_to_its_session() -> None:
    """For the same recording and sign-in, each time the same."""
    handles = Handles()
    handle = handles.give("r1", "ada", SESSION)
    assert SESSION == handles.session("r1", "ada", handle)
    assert handle == handles.give("r1", "ada", SESSION)
    assert SESSION not in handle


def test_a_handle_is_for_one_sign_in_and_recording() -> None:
    """Sent to a colleague, kept until tomorrow, or tried elsewhere, it is nothing; nor are two of a visitor alike."""
    handles = Handles()
    handle = handles.give("r1", "ada", SESSION)
    others = [
        handles.give("r1", "bob", SESSION),
        handles.give("r2", "ada", SESSION),
        Handles().give("r1", "ada", SESSION),
    ]
    assert 4 == len({handle, *others})
    for recording, sign_in in (("r1", "bob"), ("r2", "ada")):
        with pytest.raises(NotFound, match="took back"):
            handles.session(recording, sign_in, handle)
    with pytest.raises(NotFound):
        Handles().session("r1", "ada", handle)


@pytest.mark.parametrize("made_up", ["", "x", SESSION, "é", "A" * 60, "!" * 40, "AA=="])
def test_what_is_made_up_is_no_handle(made_up: str) -> None:
    """It is refused like one whose visitor is gone."""
    with pytest.raises(NotFound):
        Handles().session("r1", "ada", made_up)

import pytest

from recorder import limits
from recorder.errors import Malformed
from recorder.recording import DAY_MS, Recording, State, device_class
from tests.conftest import a_recording


@pytest.mark.parametrize(
    ("width", "device"),
    [
        (320, "mobile"),
        (599, "mobile"),
        (600, "tablet"),
        (1024, "tablet"),
        (1025, "desktop"),
        (2560, "desktop"),
    ],
)
def test_the_viewport_decides_the_device_class(width: int, device: str) -> None:
    """Edges belong where the table says."""
    assert device == device_class(width)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"end": 0}, "within 30 days"),
        ({"start": 0, "end": limits.RECORDING_DAYS * DAY_MS + 1}, "within 30 days"),
        ({"origins": []}, "origins"),
        ({"origins": ["https://shop.example/"]}, "not an origin"),
        ({"origins": ["shop.example"]}, "not an origin"),
        ({"pages": []}, "pages"),
        ({"pages": [{"name": "Home", "pattern": "index.html"}]}, "paths begin with /"),
        ({"purposes": ["replay"]}, "heatmaps at least"),
        ({"purposes": ["ads"]}, "purposes"),
        ({"min_sessions": 9}, "min_sessions"),
        ({"releases": "("}, "no regular expression"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_recording_that_breaks_a_promise_cannot_be_made(changes: dict[str, object], said: str) -> None:
    """Too long, nowhere, for nothing or for something else: refused with the reason."""
    with pytest.raises(Malformed, match="cannot be opened") as caught:
        a_recording(**changes)
    assert said in caught.value.message


def test_the_notice_is_new_when_what_visitors_are_told_is_new() -> None:
    """The notice's name changes with its words and ends, not with the state of the recording."""
    one = a_recording(start=1, end=2)

    assert one.nv == one.model_copy(update={"state": State.CLOSING}).nv
    assert one.nv != one.model_copy(update={"end": 3}).nv


def test_a_recording_takes_visitors_only_between_its_start_and_its_end() -> None:
    """Before, after and once closing, nobody is asked."""
    one = a_recording(start=10, end=20)

    assert [False, True, True, False] == [one.takes(now) for now in (9, 10, 19, 20)]
    assert not one.model_copy(update={"state": State.CLOSING}).takes(15)


def test_a_stored_recording_is_read_back_whole() -> None:
    """Writing and reading changes nothing."""
    one = a_recording()

    assert one == Recording.from_json(one.to_json())


def test_the_raw_events_end_a_day_after_the_recording() -> None:
    """The deadline is the end and 24 hours for drawing."""
    one = a_recording()

    assert one.end + DAY_MS == one.deadline

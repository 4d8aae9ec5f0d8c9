import json
import re
import signal

import pytest

from recorder import limits
from recorder.errors import Malformed, Unreadable
from recorder.recording import DAY_MS, DEVICES, Page, Recording, State, device_class
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


def a_page(**changes: object) -> dict[str, object]:
    return {"name": "Search", "pattern": "/search", **changes}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"end": 0}, "within 30 days"),
        ({"start": 0, "end": limits.RECORDING_DAYS * DAY_MS + 1}, "within 30 days"),
        ({"origins": []}, "origins"),
        ({"origins": ["https://shop.example/"]}, "not an origin"),
        ({"origins": ["shop.example"]}, "not an origin"),
        ({"origins": ["https://Shop.example"]}, "write 'https://shop.example'"),
        ({"origins": ["https://shop.example:443"]}, "write 'https://shop.example'"),
        ({"origins": ["https://münchen.example"]}, "write 'https://xn--mnchen-3ya.example'"),
        ({"origins": ["https://shop.example:x"]}, "not an origin"),
        ({"origins": ["https://ada@shop.example"]}, "write 'https://shop.example'"),
        ({"pages": []}, "pages"),
        ({"pages": [{"name": "Home", "pattern": "index.html"}]}, "paths begin with /"),
        ({"pages": [a_page(pattern="/product/*")]}, "pages.0: a star stands for nothing"),
        ({"purposes": ["replay"]}, "heatmaps at least"),
        ({"purposes": ["ads"]}, "purposes"),
        ({"devices": []}, "devices"),
        ({"devices": ["watch"]}, "devices"),
        ({"devices": ["mobile", "mobile"]}, "devices: a device class is named twice"),
        ({"min_sessions": 9}, "min_sessions"),
        ({"releases": "("}, "no regular expression"),
        ({"releases": r"(?=1)(\d+\.?)+"}, "take too long"),
        ({"releases": r"(\d+)\.\1"}, "take too long"),
        ({"surprise": 1}, "surprise"),
        ({"timezone": "Europe/Atlantis"}, "'Europe/Atlantis' is no time zone"),
        ({"timezone": "../localtime"}, "is no time zone"),
        ({"languages": ["en", "fr"]}, "fr is offered, but notice.purpose is not given in it"),
        ({"languages": ["en", "tlh"]}, "'tlh' is no language"),
        ({"languages": ["<b>"]}, "languages"),
        ({"languages": ["en"] * (limits.LANGUAGES + 1)}, "languages"),
        ({"languages": ["en-" + "-".join(["abcdefgh"] * 4)]}, f"at most {limits.LANGUAGE_CHARS} characters"),
        ({"texts": {"de": {"title": "Dürfen wir?"}}}, "texts has de, which is not among the offered"),
        ({"texts": {"en": {"title": "x" * (limits.TEXT_CHARS + 1)}}}, "texts.en.title"),
        ({"pages": [a_page(query=["a&b"])]}, "query"),
        ({"variants": [f"v{n}" for n in range(limits.VARIANTS + 1)]}, "variants"),
        ({"variants": ["x" * (limits.LABEL_CHARS + 1)]}, "variants"),
        ({"pages": [a_page(query=[str(n) for n in range(limits.QUERY_KEYS + 1)])]}, "query"),
    ],
)
def test_a_recording_that_breaks_a_promise_cannot_be_made(changes: dict[str, object], said: str) -> None:
    """Too long, nowhere, for nothing or for something else: refused with the reason."""
    with pytest.raises(Malformed, match="cannot be opened") as caught:
        a_recording(**changes)
    assert said in caught.value.message


def test_the_languages_are_those_of_the_purpose_unless_told_otherwise() -> None:
    """In the order of the file, so that the first is the one for whom none fits."""
    assert ["en", "nl"] == a_recording().languages
    assert ["nl"] == a_recording(languages=["nl"]).languages


def test_the_device_classes_are_all_unless_some_are_chosen() -> None:
    """Also of a recording that was stored before they could be; those that are chosen come in our order."""
    stored = json.loads(a_recording().to_json())
    del stored["devices"]

    assert [*DEVICES] == a_recording().devices == Recording.from_json(json.dumps(stored).encode()).devices
    assert ["desktop", "mobile"] == a_recording(devices=["mobile", "desktop"]).devices


def test_who_receives_it_may_be_said_in_each_language() -> None:
    """A table must have every offered language; a plain text is good for all."""
    notice = a_recording().notice.model_dump()

    both = a_recording(notice=notice | {"recipients": {"en": "Nobody", "nl": "Niemand"}})

    assert ("Niemand", "European Union") == tuple(both.notice.said("nl")[k] for k in ("recipients", "region"))
    with pytest.raises(Malformed, match=r"nl is offered, but notice\.recipients is not given in it"):
        a_recording(notice=notice | {"recipients": {"en": "Nobody"}})


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


@pytest.mark.parametrize(
    ("kind", "pattern", "fits", "fits_not"),
    [
        ("path", "/a.b", ["/a.b"], ["/axb", "/a.b/", "/A.b"]),
        ("path", "/café (1)", ["/caf%C3%A9%20(1)"], ["/caf"]),
        ("wildcard", "/product/*", ["/product/", "/product/chair"], ["/product/chair/1", "/product"]),
        ("wildcard", "/help/**", ["/help/", "/help/a/b"], ["/help"]),
        ("wildcard", "/a-b+c/*.html", ["/a-b+c/x.html"], ["/a-bbc/x.html", "/a-b+c/xhtml"]),
        ("regex", "/(en|nl)/basket", ["/en/basket", "/nl/basket"], ["/de/basket", "/en/basket/"]),
        ("path", "/shop?tab=new", ["/shop?tab=new"], ["/shotab=new", "/shop"]),
        ("path", "/café?tab=thé (1)", ["/caf%C3%A9?tab=thé (1)"], ["/caf%C3%A9?tab=th%C3%A9%20(1)"]),
        ("path", "/shop?tab=th%C3%A9+vert", ["/shop?tab=thé vert"], ["/shop?tab=th%C3%A9+vert"]),
        ("wildcard", "/shop/*?tab=50%25*", ["/shop/a?tab=50%", "/shop/?tab=50% off"], ["/shop/a?tab=5025"]),
    ],
)
def test_every_kind_of_rule_reaches_the_browser_as_one_pattern(
    kind: str, pattern: str, fits: list[str], fits_not: list[str]
) -> None:
    """Paths and wildcards fit what they say and nothing else."""
    rule = str(Page.model_validate({"name": "P", "kind": kind, "pattern": pattern}).rule["pattern"])

    assert fits == [path for path in fits + fits_not if re.fullmatch(rule, path)]


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        (r"\d+\.\d+", ["1.4"], ["1.4.0", "v1.4", "1.4\n", ""]),
        ("red|blue", ["red", "blue"], ["redblue", "reds", "ablue"]),
        (r"^v\d+$", ["v1"], ["v", "v1\n"]),
    ],
)
def test_a_release_fits_as_a_whole(pattern: str, fits: list[str], fits_not: list[str]) -> None:
    """No more and no less than the pattern says."""
    one = a_recording(releases=pattern)

    assert fits == [label for label in fits + fits_not if one.admits(label)]


def test_no_label_keeps_a_collector_busy() -> None:
    """Visitors send labels: the longest one, and a pattern that invites going back and forth, cost next to nothing."""
    one = a_recording(releases=r"(\d+\.?)+")

    def give_up(*_: object) -> None:
        raise AssertionError("five seconds of processor time")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, 5)
    try:
        assert not one.admits("1" * (limits.LABEL_CHARS - 1) + "x")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_a_pattern_that_an_earlier_release_took_is_still_good() -> None:
    """A stored recording is read, whatever its pattern."""
    one = a_recording().model_copy(update={"releases": r"(?!0)\d+"})

    assert [True, False] == [Recording.from_json(one.to_json()).admits(label) for label in ("14", "04")]


@pytest.mark.parametrize("change", [b"", b"{", b"[]", b"null", b'{"version": 1}', b"\xff"])
def test_a_damaged_recording_is_told_from_one_of_a_newer_release(change: bytes) -> None:
    """Neither is read; who asked may ask again, once it is back from a copy."""
    with pytest.raises(Unreadable, match=r"is damaged .* bring it back from a copy") as damaged:
        Recording.from_json(change)
    with pytest.raises(Unreadable, match="has version 2"):
        Recording.from_json(b'{"version": 2}')

    assert 503 == damaged.value.status

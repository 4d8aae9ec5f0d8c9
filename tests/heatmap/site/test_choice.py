"""The address is the state: what is read from it is what is written into it."""

from urllib.parse import parse_qsl

import pytest

from heatmap.site.choice import Choice, read
from recorder.errors import NotFound
from tests.conftest import a_recording

RECORDING = a_recording()


def test_what_is_as_usual_does_not_stand_in_the_address() -> None:
    """Nothing, or only what is not."""
    assert "" == Choice().query
    assert "?page=1&layer=rage&against=mobile" == Choice(page=1, layer="rage", against="mobile").query


def test_an_address_leads_back_to_the_choice() -> None:
    """Every part of it."""
    chosen = Choice(1, "mobile", "move", "", "r2", "r1", "slider", "embers", "strong", 70, "0000abcd")

    assert chosen == read(dict(parse_qsl(chosen.query[1:])), RECORDING)


def test_a_state_is_of_everybody() -> None:
    """So it is not of a release as well."""
    assert "state-menu" == read({"state": "menu", "segment": "r1"}, RECORDING).part
    assert "r1" == read({"segment": "r1"}, RECORDING).part


def test_what_makes_no_sense_is_as_usual() -> None:
    """Of what only says how to show it."""
    assert Choice() == read({"mode": "x", "palette": "<x>", "strength": "9", "opacity": "9"}, RECORDING)
    assert Choice() == read({"opacity": "101"}, RECORDING) == read({"opacity": "-50"}, RECORDING)


def test_a_recording_is_looked_at_on_the_device_classes_that_it_has() -> None:
    """First on the first of them; the others are not there."""
    narrow = a_recording(devices=["tablet", "mobile"])

    assert ["tablet", "mobile"] == [read(query, narrow).device for query in ({}, {"device": "mobile"})]
    with pytest.raises(NotFound):
        read({"device": "desktop"}, narrow)


@pytest.mark.parametrize(
    "query", [{"page": "2"}, {"page": "-1"}, {"page": "9" * 5000}, {"layer": "x"}, {"device": "watch"}]
)
def test_what_is_not_there_is_not_found(query: dict[str, str]) -> None:
    """Pages, layers and device classes that the recording does not have."""
    with pytest.raises(NotFound):
        read(query, RECORDING)

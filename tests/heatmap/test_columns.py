"""Columns: parallel arrays of the right types."""

from dataclasses import fields

import numpy as np
import pytest

from heatmap import columns
from heatmap.columns import DTYPES, Columns, starts
from recorder.events import Kind


def test_of_broadcasts_and_casts() -> None:
    """A number holds for all rows, what is left out is 0, and every array has its type."""
    made = Columns.of(session=7, x=[1, 2, 3])
    assert len(made) == 3
    assert made.session.tolist() == [7, 7, 7]
    assert made.fy.tolist() == [0, 0, 0]
    assert {name: getattr(made, name).dtype for name in DTYPES} == DTYPES


def test_of_one_row_and_none() -> None:
    """Numbers alone are one row; an empty array makes no rows."""
    assert len(Columns.of(x=4)) == 1
    assert len(Columns.of(x=[], session=3)) == 0


def test_of_refuses_unknown_names() -> None:
    """A misspelt column is not silently 0."""
    with pytest.raises(TypeError, match="no sesion"):
        Columns.of(sesion=3)


def test_types_stand_beside_the_fields() -> None:
    """Every column has a type, in the same order."""
    assert [field.name for field in fields(Columns)] == list(DTYPES)


def test_where_and_concat() -> None:
    """Rows are picked and joined in all columns alike."""
    made = Columns.of(session=[1, 2, 3], x=[10, 20, 30])
    picked = made.where(np.array([True, False, True]))
    joined = Columns.concat([picked, made])
    assert joined.session.tolist() == [1, 3, 1, 2, 3]
    assert joined.x.tolist() == [10, 30, 10, 20, 30]
    assert len(Columns.concat([])) == 0


def test_is_kind_ignores_the_pointer() -> None:
    """The high bits say with what, not what."""
    made = Columns.of(kind=[1, 1 | 2 << 5, 0, 3 << 5])
    assert made.is_kind(columns.CLICK).tolist() == [True, True, False, False]


def test_kinds_are_those_of_the_wire() -> None:
    """The core's numbers are the wire's."""
    for name in ("MOVE", "CLICK", "SCROLL", "RAGE", "DEAD", "ERROR", "PAGE", "VISIBLE", "HIDDEN"):
        assert getattr(columns, name) == Kind[name]


def test_starts() -> None:
    """The first row of each run, also of zeros and of none."""
    assert starts(np.array([0, 0, 5, 5, 0], np.uint32)).tolist() == [0, 2, 4]
    assert starts(np.array([], np.uint32)).tolist() == []

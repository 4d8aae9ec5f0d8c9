"""Columns: parallel arrays of the right types."""

from dataclasses import fields

import numpy as np
import pytest

from heatmap import columns
from heatmap.columns import BATCH, DTYPES, Columns, starts
from recorder.events import Kind


def test_of_broadcasts_and_casts() -> None:
    """A number holds for all rows, what is left out is 0, and every array has its type."""
    made = Columns.of(session=7, x=[1, 2, 3])
    assert len(made) == 3
    assert made.session.tolist() == [7, 7, 7]
    assert made.fy.tolist() == [0, 0, 0]
    assert {name: getattr(made, name).dtype for name in DTYPES} == DTYPES
    assert made.batches.dtype == BATCH


def test_of_one_row_and_none() -> None:
    """Numbers alone are one row; an empty array makes no rows."""
    assert len(Columns.of(x=4)) == 1
    assert len(Columns.of(x=[], session=3)) == 0


def test_of_refuses_unknown_names() -> None:
    """A misspelt column is not silently 0."""
    with pytest.raises(TypeError, match="no sesion"):
        Columns.of(sesion=3)


def test_types_stand_beside_the_fields() -> None:
    """Every column has a type, in the same order, behind those of the batches."""
    assert [field.name for field in fields(Columns)] == ["batches", "batch", *DTYPES]


def test_what_holds_for_a_batch_holds_for_its_events() -> None:
    """For all of them, or for some rows, also after rows were picked and joined."""
    one, other = Columns.of(session=[1, 2], doc_width=[10, 20]), Columns.of(session=3, doc_width=30)
    made = Columns.concat([one, other]).where(np.array([2, 0]))
    assert made.of_batch("doc_width").tolist() == [30, 10]
    assert made.of_batch("doc_width", np.array([1])).tolist() == [10]
    assert made.session.tolist() == [3, 1]


def test_the_events_of_some_batches() -> None:
    """Picked by what is known of the batches, without looking at events."""
    made = Columns(
        np.zeros(3, BATCH),
        np.array([0, 1, 1, 2]),
        **{name: np.arange(4).astype(dtype) for name, dtype in DTYPES.items()},
    )
    assert made.of_batches(np.array([False, True, False])).t.tolist() == [1, 2]
    assert made.of_batches(np.array([True, False, True])).t.tolist() == [0, 3]


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

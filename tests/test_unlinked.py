"""Nobody is followed from one recording to another: no function links them, and no id is used twice."""

import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import heatmap
import recorder
from heatmap import worker
from recorder import seal
from recorder.consent import new_audit
from recorder.errors import Conflict
from recorder.objects import Objects
from recorder.recording import Recording
from recorder.registry import Registry, key_key
from tests.conftest import a_recording

#: They take several recordings, and read nothing of any visitor session: when each was to have ended.
SEVERAL = {worker.overdue_seconds}


def functions() -> Iterator[Callable[..., Any]]:
    """Every function and method of both sides."""
    for package in (recorder, heatmap):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__"):
                continue
            found = vars(importlib.import_module(module.name)).values()
            classes = [each for each in found if inspect.isclass(each) and each.__module__ == module.name]
            for each in [*found, *(method for kind in classes for method in vars(kind).values())]:
                if inspect.isfunction(each) and each.__module__ == module.name:
                    yield each


def recordings(annotation: Any) -> int:
    """How many recordings a parameter of this type can hold: 2 for several."""
    if isinstance(annotation, str):
        return len(re.findall(r"\bRecording\b", annotation))
    inner = [recordings(each) for each in typing.get_args(annotation)]
    if annotation is Recording:
        return 1
    origin = typing.get_origin(annotation)
    if origin is None or not inner or origin is Callable or "Callable" in str(origin):
        return 0
    return 2 * max(inner) if isinstance(origin, type) and issubclass(origin, typing.Iterable) else max(inner)


def test_no_function_works_on_two_recordings() -> None:
    """Whatever is worked out of visitor sessions is worked out of those of one recording."""
    seen = 0
    for function in functions():
        taken = {name: kind for name, kind in function.__annotations__.items() if name != "return"}
        count = sum(map(recordings, taken.values()))
        seen += count > 0
        assert count < 2 or function in SEVERAL, function.__qualname__
    assert seen > 50


def test_one_person_is_two_sessions_in_two_recordings() -> None:
    """Even under the same audit id, without the keys nothing about the two is the same."""
    audit = new_audit()

    one, other = (seal.session_id(seal.new_key(), audit) for _ in range(2))

    assert one != other


async def test_an_id_is_never_used_again(objects: Objects) -> None:
    """Not even after everything of its recording is gone: no new key is made under it."""
    registry = Registry(objects, objects)
    recording = await registry.open(a_recording())
    await registry.release_origins(recording)
    await objects.delete(key_key(recording.id))

    with pytest.raises(Conflict, match="never used again"):
        await registry.open(a_recording(id=recording.id))
    assert [] == await objects.remains("keys/")

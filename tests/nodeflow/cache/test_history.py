"""What explains a run is what was there before it, read once a type."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nodeflow.cache import Cache, Entry, History
from nodeflow.cache.explanation import Earlier
from nodeflow.types import BUILT_IN

TYPES = {wire.name: wire for wire in BUILT_IN}


def step(node_id: str, value: int, type_name: str = "T", volatile: str = "") -> Any:
    parts = {"values": {"a": value}}
    spec = SimpleNamespace(name=type_name)
    return SimpleNamespace(id=node_id, key=f"{type_name}{node_id}{value}", spec=spec, parts=parts, volatile=volatile)


def entry(of: Any) -> Entry:
    return Entry({"text": "x"}, type=of.spec.name, parts=of.parts, types={"text": "str"}, node_id=of.id)


def keep(cache: Cache, *steps: Any) -> None:
    for each in steps:
        cache.put(each.key, entry(each))


def test_a_run_is_not_explained_by_itself() -> None:
    cache = Cache(1 << 20)
    keep(cache, step("a", 1))
    history = cache.history()
    assert "'a' changed from 1 to 2" in str(history.explain(step("a", 2)))
    keep(cache, step("a", 2))
    assert "'a' changed from 1 to 3" in str(history.explain(step("a", 3)))
    assert "'a' changed from 2 to 3" in str(cache.explain(step("a", 3))), "a new history knows more"


def test_the_types_apart() -> None:
    cache = Cache(1 << 20)
    keep(cache, step("a", 1, "Other"))
    assert str(cache.explain(step("a", 1))) == "no step of its type is in the cache"


def test_what_is_there_and_what_runs_every_time() -> None:
    cache = Cache(1 << 20)
    keep(cache, step("a", 1))
    assert cache.explain(step("a", 1)).state == "cached"
    assert cache.explain(step("a", 1, volatile="so it is")).volatile == "so it is"


def test_across_processes_and_in_a_crowd(tmp_path: Path) -> None:
    """The node's own earlier run is found among hundreds of siblings that ran after it."""
    keep(Cache(0, tmp_path, 1 << 30, TYPES), step("mine", 1), *(step(f"n{number}", 7) for number in range(300)))
    cache = Cache(0, tmp_path, 1 << 30, TYPES)
    assert "'a' changed from 1 to 2" in str(cache.explain(step("mine", 2)))
    assert "'a' changed from 7 to 2" in str(cache.explain(step("new", 2)))


def test_a_type_is_read_once() -> None:
    asked = []

    def earlier(type_name: str) -> Iterator[Earlier]:
        asked.append(type_name)
        yield Earlier({"values": {"a": 1}}, "a")

    history = History(earlier, has=lambda *_: False)
    for number in range(50):
        history.explain(step("a", number, "T"))
        history.explain(step("a", number, "U"))
    assert asked == ["T", "U"]

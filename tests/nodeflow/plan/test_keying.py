"""Keys: everything that a result depends on, and nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from nodeflow import keys
from nodeflow.folders import Folders, ModelFolder
from nodeflow.graph import parse
from nodeflow.node import Node, node
from nodeflow.plan import Plan
from nodeflow.plan import compile as compile_graph
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec
from nodeflow.types import WireType
from nodeflow.widgets import Choices, FileChoice, Lazy


class Mesh:
    """A type that another plugin brings."""


class Halves(NamedTuple):
    left: str
    right: str


@node
def data(value: JsonValue = None) -> JsonValue: ...


@node
def real(value: float = 1.0, note: str = "") -> float: ...


@node
def halves(text: str = "") -> Halves: ...


@node(needs=lambda *_: ("c",))
def mix(a: str = "", b: str = "", c: Annotated[str, Lazy()] = "") -> str: ...


@node(cacheable=False)
def draw() -> str: ...


@node
def load(file: Annotated[str, FileChoice("texts")] = "a.safetensors", more: str = "") -> str: ...


@node
def sample(sampler: Annotated[str, Choices("samplers")] = "euler", note: str = "") -> str: ...


@node
def chain(samplers: Annotated[list[str], Choices("samplers")]) -> str: ...


@node
def build(text: str = "") -> Mesh: ...


class Printed(Node):
    """Has a fingerprint that a test sets."""

    mark: str = ""

    @classmethod
    def fingerprint(cls, values: Mapping[str, object], folders: Folders) -> Any:  # noqa: ARG003
        if values["mark"] == "fail":
            raise OSError("no such file")
        return 7 if values["mark"] == "wrong" else prints[0]

    def run(self, ctx: Any) -> str: ...


prints: list[Any] = ["one"]


def registry(
    code: str = "code", others: Mapping[str, str] = {"other": "o1", "types": "t1"}, **settings: Any
) -> Registry:
    found = Registry()
    found.add_type(WireType("Mesh", Mesh, "#000000"), "types")
    types = (data, real, halves, mix, draw, load, sample, chain, build, Printed)
    found.add_nodes(NodeSpec.of(each, owner="mine", code_id=code) for each in types)
    found.add_choices("samplers", {"euler": 1}, "mine")
    found.add_choices("samplers", {"leap": 2}, "other")
    found.add_code("mine", code)
    for owner, code_id in others.items():
        found.add_code(owner, code_id)
    return found


def plan(
    nodes: Mapping[str, Any], found: Registry | None = None, folders: Folders | None = None, **options: Any
) -> Plan:
    document = {"nodeflow": 1, "nodes": {node_id: dict(node) for node_id, node in nodes.items()}}
    return compile_graph(parse(document), found or registry(), folders=folders, **options)


def of(type_name: str, **values: Any) -> dict[str, Any]:
    return {"type": type_name, "values": values}


def linked(type_name: str, *, values: Mapping[str, Any] = {}, **links: str) -> dict[str, Any]:
    return {"type": type_name, "values": dict(values), "links": links}


def key(node: dict[str, Any], found: Registry | None = None, **options: Any) -> str:
    return plan({"n": node}, found, **options)["n"].key


def test_literals_that_look_alike_differ() -> None:
    alike: list[Any] = [
        1,
        1.0,
        True,
        "1",
        [1],
        [1.0],
        [True],
        {"a": 1},
        {"a": 1.0},
        None,
        0,
        0.0,
        -0.0,
        False,
        "",
        [],
        {},
    ]
    found = [key(of("Data", value=value)) for value in alike]
    assert len(set(found)) == len(alike)


def test_the_same_number_for_a_number_is_the_same() -> None:
    assert key(of("Real", value=1)) == key(of("Real", value=1.0)) == key(of("Real")), (
        "after validation, defaults filled in"
    )
    assert key(of("Real", value=1)) != key(of("Real", value=2))
    assert key(of("Real", value=1, note="")) == key(of("Real", note="", value=1))


def test_what_a_node_is_called_and_where_it_stands_is_nothing() -> None:
    one = {"a": of("Halves", text="x"), "b": linked("Mix", a="a.left")}
    titled = {**one["b"], "title": "Other", "links": {"a": "z.left"}}
    assert plan(one)["b"].key == plan({"b": titled, "z": one["a"]})["b"].key
    document = {"nodeflow": 1, "nodes": one, "layout": {"a": [1, 2]}, "inputs": {"text": "a.text"}, "meta": {"x": 1}}
    assert compile_graph(parse(document), registry())["b"].key == plan(one)["b"].key
    more = {**one, "elsewhere": of("Halves", text="y")}
    assert plan(more)["b"].key == plan(one)["b"].key


def test_links_count_by_what_comes_over_them() -> None:
    def mixed(a: str, b: str, text: str = "x") -> str:
        nodes = {"p": of("Halves", text=text), "q": of("Halves", text=text), "n": linked("Mix", a=a, b=b)}
        return plan(nodes)["n"].key

    assert mixed("p.left", "p.right") == mixed("q.left", "p.right"), "twins give the same"
    ways = [
        mixed("p.left", "p.right"),
        mixed("p.right", "p.left"),
        mixed("p.left", "p.left"),
        mixed("p.left", "p.right", "y"),
    ]
    assert len(set(ways)) == 4
    assert key(of("Mix", a="x")) != plan({"p": of("Halves"), "n": linked("Mix", a="p.left")})["n"].key


def test_machine_version_code_and_epoch_count(monkeypatch: pytest.MonkeyPatch) -> None:
    node = of("Real")
    found = {key(node), key(node, environment={"torch": "1"}), key(node, environment={"torch": "2"})}
    found |= {key(node, registry(code="edited"))}

    class Real(Node):
        """The same in a later version."""

        version = 2
        value: float = 1.0
        note: str = ""

        def run(self, ctx: Any) -> float: ...

    later = Registry()
    later.add_node(NodeSpec.of(Real, owner="mine", code_id="code"))
    found.add(key(node, later))
    monkeypatch.setattr(keys, "EPOCH", keys.EPOCH + 1)
    assert len({*found, key(node)}) == 6


@pytest.mark.parametrize(
    ("node", "owners"),
    [
        (of("Sample", sampler="leap"), ["other"]),
        (of("Sample"), []),
        (of("Chain", samplers=["euler", "leap"]), ["other"]),
        (of("Chain", samplers=["euler"]), []),
        (of("Build"), ["types"]),
        (of("Mix"), []),
        (linked("Sample", sampler="p.left"), ["other"]),
    ],
)
def test_the_code_of_others_that_is_used_counts(node: dict[str, Any], owners: list[str]) -> None:
    nodes = {"p": of("Halves"), "n": node}
    before = plan(nodes)["n"]
    assert list(before.parts.get("uses", ())) == owners
    for owner in ("other", "types"):
        edited = registry(others={"other": "o1", "types": "t1", owner: "edited"})
        assert (plan(nodes, edited)["n"].key != before.key) == (owner in owners)


@pytest.mark.parametrize(
    ("node", "owners"),
    [
        (of("Sample", sampler="leap"), ["mine", "other", "base"]),
        (of("Sample"), ["mine", "base"]),
        (of("Build"), ["mine", "types", "base"]),
        (linked("Sample", sampler="p.left"), ["mine", "other", "base"]),
    ],
)
@pytest.mark.parametrize("owner", ["mine", "other", "types", "base", "other.far"])
def test_the_environment_of_plugins_that_have_no_part_in_it_does_not_count(
    node: dict[str, Any], owners: list[str], owner: str
) -> None:
    """`base` came with nodeflow itself: its packs know the device, so theirs counts for every step."""
    found = registry(others={"other": "o1", "types": "t1", "base": "b1", "other.far": "f1"})
    found.add_release("base", "nodeflow", "1")

    def keyed(**changed: str) -> str:
        environment = {"mine.lib": "1", "other.lib": "1", "types.lib": "1", "base.dtype": "1", "other.far.lib": "1"}
        return plan({"p": of("Halves"), "n": node}, found, environment=environment | changed)["n"].key

    name = "base.dtype" if owner == "base" else f"{owner}.lib"
    assert (keyed() != keyed(**{name: "2"})) == (owner in owners)


def test_a_plugin_of_the_same_distribution_is_no_other() -> None:
    same = registry(others={"other": "code", "types": "code"})
    assert "uses" not in plan({"n": of("Sample", sampler="leap"), "m": of("Build")}, same)["n"].parts


def test_a_file_counts_by_its_content(tmp_path: Path) -> None:
    folders = Folders((ModelFolder("texts", tmp_path),))
    for name, content in [("a", b"one"), ("b", b"one"), ("c", b"two")]:
        (tmp_path / f"{name}.safetensors").write_bytes(content)
    first = key(of("Load"), folders=folders)
    (tmp_path / "a.safetensors").write_bytes(b"two")
    second = key(of("Load"), folders=folders)
    (tmp_path / "a.safetensors").write_bytes(b"one")
    assert (first == key(of("Load"), folders=folders), first == second) == (True, False)
    names = [key(of("Load", file=f"{name}.safetensors"), folders=folders) for name in "abc"]
    assert len(set(names)) == 3, "a node may use the name"


def test_a_file_that_is_known_only_later_makes_it_volatile() -> None:
    step = plan({"p": of("Halves"), "n": linked("Load", file="p.left")})["n"]
    assert step.volatile == "the file of 'file' is known only when it runs"


def test_a_file_is_read_once_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"one")
    folders, digested = Folders((ModelFolder("texts", tmp_path),)), []
    digest = Folders.digest
    monkeypatch.setattr(Folders, "digest", lambda *of: digested.append(of) or digest(*of))  # type: ignore[func-returns-value]
    plan({f"n{number}": of("Load", more=str(number)) for number in range(50)}, folders=folders)
    assert len(digested) == 1


def test_a_fingerprint_counts() -> None:
    found = []
    for prints[0] in ("one", "two", "one", None):
        found.append(key(of("Printed")))
    assert (found[0], len(set(found))) == (found[2], 3)


@pytest.mark.parametrize(("mark", "why"), [("fail", "OSError: no such file"), ("wrong", "text or None, not 7")])
def test_a_fingerprint_that_fails_costs_the_cache_and_warns(mark: str, why: str) -> None:
    made = plan({"n": of("Printed", mark=mark), "m": linked("Mix", a="n.text")})
    assert why in made["n"].volatile
    assert made["m"].volatile == "it depends on 'n', which runs every time"
    (warning,) = made.warnings
    assert (warning.code, warning.pointer) == ("volatile", "/nodes/n")


def test_volatile_steps_are_a_plans_own_and_apart() -> None:
    nodes = {"a": of("Draw"), "b": of("Draw"), "c": of("Mix")}
    one, two = plan(nodes), plan(nodes)
    assert len({one["a"].key, one["b"].key, two["a"].key, two["b"].key}) == 4
    assert one["c"].key == two["c"].key


DAGS = st.integers(1, 8).flatmap(
    lambda size: st.tuples(
        st.lists(st.booleans(), min_size=size, max_size=size),
        st.lists(st.lists(st.integers(0, 7), max_size=3), min_size=size, max_size=size),
        st.integers(0, size - 1),
    )
)


def graph(volatile: list[bool], parents: list[list[int]], texts: Mapping[int, str]) -> dict[str, Any]:
    """A graph of Mix, some of which are linked to a Draw of their own, and to earlier ones."""
    nodes: dict[str, Any] = {}
    for place, (is_volatile, wanted) in enumerate(zip(volatile, parents, strict=True)):
        sources = [f"n{parent % place}.text" for parent in wanted[: 2 if is_volatile else 3]] if place else []
        if is_volatile:
            nodes[f"draw{place}"] = of("Draw")
            sources.append(f"draw{place}.text")
        links = dict(zip("abc", sources, strict=False))
        # The text of one without links says which one it is.
        values = {name: texts.get(place, str(place)) for name in "abc" if name not in links}
        nodes[f"n{place}"] = linked("Mix", values=values, **links)
    return nodes


def descendants(nodes: Mapping[str, Any], roots: set[str]) -> set[str]:
    """The roots and all that depends on them, by going round until nothing is added."""
    found = set(roots)
    for _ in nodes:
        found |= {
            node_id
            for node_id, each in nodes.items()
            if any(source.partition(".")[0] in found for source in each.get("links", {}).values())
        }
    return found


@given(DAGS)
def test_what_is_volatile_taints_its_descendants_and_nothing_else(dag: Any) -> None:
    volatile, parents, _ = dag
    nodes = graph(volatile, parents, {})
    made, again = plan(nodes, targets=list(nodes)), plan(nodes, targets=list(nodes))
    tainted = descendants(nodes, {node_id for node_id in nodes if node_id.startswith("draw")})
    assert {step.id for step in made.steps if step.volatile} == tainted
    assert {step.id for step in made.steps if step.key != again[step.id].key} == tainted


@given(DAGS)
def test_a_change_reaches_its_descendants_and_nothing_else(dag: Any) -> None:
    _, parents, place = dag
    still = [False] * len(parents)
    before, after = graph(still, parents, {}), graph(still, parents, {place: "changed"})
    if before == after:
        return  # all its inputs are linked
    old, new = plan(before, targets=list(before)), plan(after, targets=list(after))
    assert {step.id for step in new.steps if step.key != old[step.id].key} == descendants(before, {f"n{place}"})


@pytest.mark.parametrize("wide", [False, True])
def test_each_step_is_keyed_once(monkeypatch: pytest.MonkeyPatch, wide: bool) -> None:
    """And what is hashed for it does not grow with what lies before it."""
    hashed: list[int] = []
    canonical = keys.canonical

    def counted(value: Any) -> bytes:
        found = canonical(value)
        hashed.append(len(found))
        return found

    monkeypatch.setattr(keys, "canonical", counted)
    nodes: dict[str, Any] = {"n0": of("Mix")}
    for number in range(1, 500):
        nodes[f"n{number}"] = linked("Mix", a=f"n{0 if wide else number - 1}.text", b="n0.text", c="n0.text")
    plan(nodes)
    assert len(hashed) == 500
    assert max(hashed) - min(hashed[1:]) < 10

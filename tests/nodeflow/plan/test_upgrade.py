"""Old nodes in a graph: upgraded where migrations lead to the installed version, else marked and taken as they are."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from nodeflow import Context, Node, node
from nodeflow.graph import Graph, parse
from nodeflow.migration import Migration, OldNode
from nodeflow.plan import compile as compile_graph
from nodeflow.plan import examine, upgrade
from nodeflow.problems import GraphError
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec


class Blur(Node):
    """Version 1 had `amount` in percent and gave `picture`; version 2 had `radius`, a whole number."""

    version = 3
    text: str
    strength: float = 1.0

    def run(self, ctx: Context) -> str:
        return self.text * int(self.strength)


@node
def source(text: str = "x") -> str:
    return text


def to_two(old: OldNode) -> None:
    old.rename_input("amount", "radius")
    old.rename_output("picture", "text")


def to_three(old: OldNode) -> None:
    old.rename_input("radius", "strength")
    if "strength" in old.values:
        old.values["strength"] = old.values["strength"] / 100


def registry(*changes: tuple[int, Callable[[OldNode], None]]) -> Registry:
    made = Registry()
    made.add_nodes([NodeSpec.of(Blur, owner="acme"), NodeSpec.of(source, owner="acme")])
    for version, change in changes:
        made.add_migration(Migration("Blur", version, change), "acme")
    return made


WHOLE = ((1, to_two), (2, to_three))


def graph(version: int | None = 1, **more: Any) -> Graph:
    blur = {"type": "Blur", "version": version, "values": {"amount": 50}, "links": {"text": "s.text"}} | more
    if version is None:
        del blur["version"]
    nodes = {"s": {"type": "Source"}, "blur": blur, "again": {"type": "Blur", "links": {"text": "blur.picture"}}}
    return parse({"nodeflow": 1, "nodes": nodes, "inputs": {"how": "blur.amount", "what": "s.text"}, "layout": [1]})


def test_an_old_node_is_brought_up_to_date_and_everything_follows() -> None:
    old = graph()
    before = old.dump()
    found = upgrade(old, registry(*WHOLE))
    assert old.dump() == before
    assert found.graph.dump() == {
        **before,
        "nodes": {
            "s": {"type": "Source"},
            "blur": {"type": "Blur", "version": 3, "values": {"strength": 0.5}, "links": {"text": "s.text"}},
            "again": {"type": "Blur", "links": {"text": "blur.text"}},
        },
        "inputs": {"how": "blur.strength", "what": "s.text"},
    }
    (note,) = found.notes
    assert (note.code, note.pointer) == ("migrated", "/nodes/blur/version")
    assert note.message == (
        "'blur': the upgrade of Blur from version 1 to 3: input 'amount' is now 'strength'; "
        "output 'picture' is now 'text'; 'strength' was 50 and is 0.5"
    )


def test_a_later_version_needs_only_the_rest_of_the_way() -> None:
    found = upgrade(graph(2, values={"radius": 50}), registry(*WHOLE)).graph
    assert found.nodes["blur"].values == {"strength": 0.5}


def test_an_upgraded_graph_is_compiled_and_the_plan_says_so() -> None:
    plan = compile_graph(graph(), registry(*WHOLE))
    assert plan["blur"].values["strength"] == 0.5
    assert plan.graph == upgrade(graph(), registry(*WHOLE)).graph
    assert [warning.code for warning in plan.warnings] == ["migrated"]
    again = compile_graph(plan.graph, registry(*WHOLE))
    assert again.warnings == ()
    assert [step.key for step in again.steps] == [step.key for step in plan.steps]


@pytest.mark.parametrize("version", [None, 3])
def test_what_is_not_said_to_be_old_is_left_alone(version: int | None) -> None:
    new = graph(version, values={"strength": 2.0})
    assert upgrade(new, registry(*WHOLE)) == (new, ())


def test_a_migration_that_finds_nothing_to_change_says_so() -> None:
    (note,) = upgrade(graph(2, values={}), registry((2, keep))).notes
    assert note.message.endswith("from version 2 to 3: nothing in it had to change")


def sound(version: int) -> Graph:
    """A graph that is right as it stands, but for the version it says."""
    nodes = {"blur": {"type": "Blur", "version": version, "values": {"text": "a", "strength": 2.0}}}
    return parse({"nodeflow": 1, "nodes": nodes})


@pytest.mark.parametrize(
    ("version", "changes", "said"),
    [
        (2, (), "and nothing has brought it up to date"),
        (1, ((1, to_two),), "and nothing has brought it up to date"),
        (1, ((2, to_three),), "and nothing has brought it up to date"),
        (4, WHOLE, "which is older"),
    ],
)
def test_without_a_way_the_node_is_taken_as_it_stands_and_marked(version: int, changes: Any, said: str) -> None:
    plan = compile_graph(sound(version), registry(*changes))
    assert plan.graph == sound(version)
    assert plan["blur"].values == {"text": "a", "strength": 2.0}
    (mark,) = plan.warnings
    assert (mark.code, mark.pointer, mark.expected, mark.got) == ("version", "/nodes/blur/version", "3", str(version))
    assert f"'blur' was made with version {version} of Blur; installed is version 3, {said}." in mark.message


def spoil(old: OldNode) -> None:
    old.values["strength"] = float("nan")


def unlink(old: OldNode) -> None:
    old.links["text"] = 3  # type: ignore[assignment]


def fail(old: OldNode) -> None:
    raise LookupError("no such thing")


def leave(old: OldNode) -> None:
    raise SystemExit(3)


def keep(old: OldNode) -> None:
    """Nothing has to change."""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (fail, "LookupError: no such thing"),
        (leave, "SystemExit: 3"),
        (spoil, "nan is no number JSON has"),
        (unlink, "links.text"),
    ],
)
def test_a_migration_that_fails_leaves_the_node_as_it_was(change: Any, said: str) -> None:
    plan = compile_graph(sound(2), registry((2, change)))
    assert plan.graph == sound(2)
    failed, mark = plan.warnings
    assert failed.message.startswith("'blur': the upgrade of Blur from version 2 to 3 failed: ")
    assert said in failed.message
    assert mark.code == failed.code == "version"


def test_what_is_told_of_a_node_stands_beside_its_problems_and_nobody_elses() -> None:
    wrong = graph(1)
    with pytest.raises(GraphError) as raised:
        examine(wrong, registry())
    assert {(problem.code, problem.pointer) for problem in raised.value.problems} == {
        ("unknown_input", "/nodes/blur/values/amount"),
        ("version", "/nodes/blur/version"),
        ("unknown_output", "/nodes/again/links/text"),
        ("bad_input", "/inputs/how"),
    }
    nodes = {**sound(2).dump()["nodes"], "other": {"type": "Blur"}}
    with pytest.raises(GraphError) as raised:
        examine(parse({"nodeflow": 1, "nodes": nodes}), registry())
    assert [problem.pointer for problem in raised.value.problems] == ["/nodes/other/values/text"]


def test_nodes_that_are_not_asked_for_are_not_spoken_of() -> None:
    assert compile_graph(graph(), registry(), targets=["s"]).warnings == ()


def test_a_run_tells_of_it() -> None:
    from nodeflow.executor import Executor

    events: list[Any] = []
    plan = compile_graph(graph(), registry(*WHOLE))
    Executor(registry(*WHOLE)).run_sync(plan, listener=events.append).raise_error()
    (warning,) = [event for event in events if event.kind == "warning"]
    assert (warning.node_id, warning.data["message"]) == ("blur", plan.warnings[0].message)


def test_migrations_of_a_registry_are_its_plugins_own_and_lead_somewhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    made = registry((1, to_two))
    for migration, owner, said in (
        (Migration("Blur", 1, to_two), "acme", "there are two of them"),
        (Migration("Blur", 3, to_two), "acme", "it must be from 1 to 2, since the node type is at version 3"),
        (Migration("Blur", 0, to_two), "acme", "it must be from 1 to 2"),
        (Migration("Blur", 2, to_two), "other", "'other' has no such node type"),
        (Migration("Bluf", 1, to_two), "acme", "'acme' has no such node type"),
    ):
        with pytest.raises(Exception, match=said):
            made.add_migration(migration, owner)
    assert made.copy().migration("Blur", 1) is made.migration("Blur", 1) is not None
    assert made.copy().migration("Blur", 2) is None

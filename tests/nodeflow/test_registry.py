"""Names and their owners: what is taken, what is unknown, and what a name may be."""

from collections.abc import Callable
from typing import Any

import pytest

from nodeflow import Image, WireType, node
from nodeflow.errors import RegistrationError, UnknownName
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec
from nodeflow.types import BUILT_IN


class Mesh:
    pass


MESH = WireType("Mesh", Mesh, "#112233", "A surface.")


@node
def smooth(mesh: Mesh, others: list[Mesh] | None = None) -> Mesh:
    return mesh


@node
def anything(value: Any, values: list[Any] | None = None) -> Any:
    return value


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.add_type(MESH, "acme")
    registry.add_node(NodeSpec.of(smooth, name="acme/Smooth", owner="acme"))
    registry.add_choices("modes", {"soft": len}, "acme")
    return registry


def test_it_starts_with_the_types_that_everybody_shares() -> None:
    registry = Registry()
    assert list(registry.types.values()) == list(BUILT_IN)
    assert {registry.type_owner(name) for name in registry.types} == {"nodeflow"}
    assert (dict(registry.nodes), dict(registry.tables)) == ({}, {})


def test_everything_is_found_by_name_with_its_owner(registry: Registry) -> None:
    assert registry.node("acme/Smooth").owner == registry.type_owner("Mesh") == "acme"
    assert registry.type("Mesh") is MESH
    assert registry.table("modes")["soft"] is len
    assert registry.table("modes").owner("soft") == "acme"


def test_an_unknown_name_gets_the_nearest(registry: Registry) -> None:
    for ask, message in (
        (lambda: registry.node("acme/smoth"), "no node type 'acme/smoth'; did you mean 'acme/Smooth'?"),
        (lambda: registry.type("mesh"), "no wire type 'mesh'; did you mean 'Mesh'?"),
        (lambda: registry.type_owner("Mess"), "no wire type 'Mess'; did you mean 'Mesh'?"),
        (lambda: registry.table("moods"), "no table 'moods'; did you mean 'modes'?"),
    ):
        with pytest.raises(UnknownName) as caught:
            ask()
        assert str(caught.value) == message


def test_a_name_that_is_taken_names_both_owners(registry: Registry) -> None:
    spec = NodeSpec.of(smooth, name="acme/Smooth", owner="other")
    cases: list[tuple[Callable[[], None], str]] = [
        (lambda: registry.add_node(spec), "node type 'acme/Smooth' of 'other' exists already, from 'acme'"),
        (lambda: registry.add_type(MESH, "other"), "wire type 'Mesh' of 'other' exists already, from 'acme'"),
        (lambda: registry.add_choices("modes", {"soft": id}, "other"), "mode 'soft' of 'other' exists already, from"),
    ]
    for add, message in cases:
        with pytest.raises(RegistrationError, match=message):
            add()
    assert registry.table("modes")["soft"] is len


@pytest.mark.parametrize("name", ["Blur", "acme/Blur", "a.b-c_9/Blur2", "x/Ünder"])
def test_a_name_that_can_be(registry: Registry, name: str) -> None:
    registry.add_node(NodeSpec.of(anything, name=name))
    assert registry.node(name).name == name


@pytest.mark.parametrize("name", ["2Blur", "a/b/Blur", "/Blur", "acme/", "ac me/Blur", "acme/Blur.image", "-a/Blur"])
def test_a_name_that_cannot_be(registry: Registry, name: str) -> None:
    with pytest.raises(RegistrationError, match="a name is letters, digits and _"):
        registry.add_node(NodeSpec.of(anything, name=name, owner="acme"))
    assert name not in registry.nodes


def test_ports_are_of_known_types_also_in_lists() -> None:
    with pytest.raises(RegistrationError, match=r"^Smooth\.mesh: no wire type 'Mesh'; .* by its hook nodeflow_types$"):
        Registry().add_node(NodeSpec.of(smooth))

    @node
    def many(meshes: list[Mesh]) -> None: ...

    with pytest.raises(RegistrationError, match="no wire type 'Mesh'"):
        Registry().add_node(NodeSpec.of(many))


def test_a_class_of_the_same_name_is_another_type(registry: Registry) -> None:
    other = type("Mesh", (), {"__module__": "elsewhere"})

    @node
    def confused(mesh: other) -> None: ...  # type: ignore[valid-type]

    message = r"^Confused\.mesh: elsewhere\.Mesh is not the wire type 'Mesh' of 'acme', which is .*test_registry\.Mesh$"
    with pytest.raises(RegistrationError, match=message):
        registry.add_node(NodeSpec.of(confused))


def test_several_plugins_fill_one_table(registry: Registry) -> None:
    registry.add_choices("modes", {"hard": id}, "other")
    registry.add_choices("empty", {}, "other")
    assert {name: registry.table("modes").owner(name) for name in registry.table("modes")} == {
        "soft": "acme",
        "hard": "other",
    }
    assert list(registry.table("empty")) == []


def test_a_copy_is_added_to_alone(registry: Registry) -> None:
    copied = registry.copy()
    copied.add_node(NodeSpec.of(anything))
    copied.add_type(WireType("Cloud", type("Cloud", (), {}), "#000000"), "other")
    copied.add_choices("modes", {"hard": id}, "other")
    copied.add_choices("more", {}, "other")
    assert (list(registry.nodes), list(registry.tables)) == (["acme/Smooth"], ["modes"])
    assert "Cloud" not in registry.types
    assert list(registry.table("modes")) == ["soft"]
    assert copied.node("acme/Smooth") is registry.node("acme/Smooth")


def test_views_cannot_be_written_to(registry: Registry) -> None:
    views: list[Any] = [registry.nodes, registry.types, registry.tables]
    for view in views:
        with pytest.raises(TypeError):
            view["x"] = None


def test_adding_several_stops_at_the_first_that_does_not_fit(registry: Registry) -> None:
    with pytest.raises(RegistrationError):
        registry.add_nodes([NodeSpec.of(anything), NodeSpec.of(smooth, name="acme/Smooth"), NodeSpec.of(smooth)])
    assert list(registry.nodes) == ["acme/Smooth", "Anything"]


def test_any_is_no_wire_type_and_needs_none() -> None:
    registry = Registry()
    registry.add_node(NodeSpec.of(anything))
    assert "any" not in registry.types
    assert Image.__name__ in registry.types

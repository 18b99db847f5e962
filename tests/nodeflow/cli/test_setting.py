"""`--set`: which input is meant, and text read by the type that the input declares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.catalogue import Catalogue
from nodeflow.cli.failures import UsageError
from nodeflow.cli.setting import apply_settings, read_value
from nodeflow.config import Config
from nodeflow.digests import Digests
from nodeflow.graph import Graph, parse
from nodeflow.problems import GraphError

NODES: dict[str, Any] = {
    "n": {"type": "Integer", "values": {"value": 1}},
    "x": {"type": "Number"},
    "t": {"type": "Text"},
    "b": {"type": "Boolean"},
    "j": {"type": "Json"},
    "s": {"type": "Seed"},
    "sum": {"type": "IntegerMath", "values": {"b": 1}, "links": {"a": "n.integer"}},
    "maybe": {"type": "FormatText", "values": {"template": "{k}"}},
    "file": {"type": "LoadImage"},
}


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(Config(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache"))


@pytest.fixture
def document() -> Graph:
    return parse({"nodeflow": 1, "nodes": NODES, "inputs": {"count": "n.value"}})


def value(document: Graph, catalogue: Catalogue, port: str, text: str) -> Any:
    node, _, name = port.partition(".")
    return apply_settings(document, [f"{port}={text}"], catalogue).nodes[node].values[name]


@pytest.mark.parametrize(
    ("port", "text", "expected"),
    [
        ("n.value", "-12", -12),
        ("n.value", "+7", 7),
        ("n.value", "007", 7),
        ("x.value", "2", 2.0),
        ("x.value", "1e-3", 0.001),
        ("t.value", "12", "12"),
        ("t.value", "true", "true"),
        ("t.value", "null", "null"),
        ("t.value", "", ""),
        ("t.value", "a=b", "a=b"),
        ("b.value", "true", True),
        ("b.value", "false", False),
        ("j.value", '{"a": [1, 2.0, null]}', {"a": [1, 2.0, None]}),
        ("j.value", '"12"', "12"),
        ("s.value", "18446744073709551615", 2**64 - 1),
        ("s.value", "random", None),
        ("maybe.values", "null", None),
        ("maybe.values", '{"k": 1}', {"k": 1}),
    ],
)
def test_text_is_read_by_the_declared_type(
    document: Graph, catalogue: Catalogue, port: str, text: str, expected: Any
) -> None:
    got = value(document, catalogue, port, text)
    assert (got, type(got)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("port", "text", "said"),
    [
        ("n.value", "2.5", "'2.5' is no whole number"),
        ("n.value", "1_000", "'1_000' is no whole number"),
        ("n.value", "", "'' is no whole number"),
        ("n.value", "9" * 5000, "is no whole number"),
        ("n.value", "random", "'random' is no whole number"),
        ("x.value", "nan", "'nan' is no number"),
        ("x.value", "1e999", "'1e999' is no number"),
        ("x.value", "much", "'much' is no number"),
        ("b.value", "True", "'True' is neither true nor false"),
        ("b.value", "1", "'1' is neither true nor false"),
        ("j.value", "{", "'{' is not JSON"),
        ("j.value", '{"a": 1, "a": 2}', "the name 'a' stands twice"),
        ("j.value", "NaN", "nan is no number JSON has"),
    ],
)
def test_text_that_does_not_read_as_the_type_is_refused(
    document: Graph, catalogue: Catalogue, port: str, text: str, said: str
) -> None:
    with pytest.raises(UsageError) as error:
        value(document, catalogue, port, text)
    assert str(error.value).startswith(f"--set {port}: ")
    assert said in str(error.value)


@given(number=st.floats(allow_nan=False, allow_infinity=False), whole=st.integers(-(2**600), 2**600), text=st.text())
def test_what_is_written_is_read_back(number: float, whole: int, text: str) -> None:
    assert read_value("float", repr(number), "x") == number
    assert read_value("int", str(whole), "x") == whole
    assert read_value("str", text, "x") == text


def test_an_input_of_the_graph_is_set_by_its_name(document: Graph, catalogue: Catalogue) -> None:
    assert apply_settings(document, ["count=5"], catalogue).nodes["n"].values == {"value": 5}
    assert document.nodes["n"].values == {"value": 1}


def test_a_value_takes_the_place_of_a_link_and_of_no_other(document: Graph, catalogue: Catalogue) -> None:
    changed = apply_settings(document, ["sum.a=3"], catalogue).nodes["sum"]
    assert (changed.values, changed.links) == ({"a": 3, "b": 1}, {})
    assert apply_settings(document, ["sum.b=3"], catalogue).nodes["sum"].links == {"a": "n.integer"}


def test_a_name_the_graph_does_not_have_is_a_problem_of_the_graph(document: Graph, catalogue: Catalogue) -> None:
    with pytest.raises(GraphError) as error:
        apply_settings(document, ["cuont=5", "nn.value=3"], catalogue)
    problems = error.value.problems
    assert [(problem.code, problem.pointer) for problem in problems] == [
        ("bad_input", "/inputs/cuont"),
        ("bad_input", "/inputs/nn.value"),
    ]
    assert problems[0].nearest == "count"


@pytest.mark.parametrize("port", ["n.vlaue", "file.nothing"])
def test_an_input_the_node_does_not_have_is_left_to_the_compiler(
    document: Graph, catalogue: Catalogue, port: str
) -> None:
    changed = apply_settings(document, [f"{port}=3"], catalogue)
    with pytest.raises(GraphError) as error:
        catalogue.check(changed)
    node, _, name = port.partition(".")
    assert f"/nodes/{node}/values/{name}" in [problem.pointer for problem in error.value.problems]


@pytest.mark.parametrize("text", ["count", "=3", ""])
def test_what_is_no_name_and_value_is_refused(document: Graph, catalogue: Catalogue, text: str) -> None:
    with pytest.raises(UsageError, match=r"should look like --set NAME=VALUE"):
        apply_settings(document, [text], catalogue)


def test_one_input_takes_one_value_by_whatever_names(document: Graph, catalogue: Catalogue) -> None:
    with pytest.raises(UsageError, match=r"--set gives n\.value two values; it takes one"):
        apply_settings(document, ["count=5", "n.value=5"], catalogue)


def test_a_path_is_put_into_the_store_and_named_by_its_content(
    document: Graph, catalogue: Catalogue, home: Path
) -> None:
    (home / "photo.jpg").write_bytes(b"a photo")
    (home / "scene.png").write_bytes(b"not the sample")
    digest = Digests(None).of(home / "photo.jpg")
    for text in ("photo.jpg", "./photo.jpg", str(home / "photo.jpg")):
        assert value(document, catalogue, "file.image", text) == f"sha256:{digest}"
    assert catalogue.store.read(digest) == b"a photo"
    assert value(document, catalogue, "file.image", "scene.png") == "scene.png"
    assert value(document, catalogue, "file.image", "./scene.png") != "scene.png"
    assert value(document, catalogue, "file.image", f"sha256:{digest}") == f"sha256:{digest}"


def test_a_path_that_is_no_file_is_refused(document: Graph, catalogue: Catalogue, home: Path) -> None:
    with pytest.raises(UsageError, match=r"--set file\.image: '\./none\.png' is no file$"):
        value(document, catalogue, "file.image", "./none.png")
    with pytest.raises(UsageError, match=r"is no file; a folder of models is named in the settings"):
        value(document, catalogue, "file.image", str(home))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_file_that_cannot_be_read_is_refused(document: Graph, catalogue: Catalogue) -> None:
    with pytest.raises(UsageError, match=r"^--set file\.image: '/proc/self/mem' cannot be copied into the store: "):
        value(document, catalogue, "file.image", "/proc/self/mem")


def test_a_file_that_is_nowhere_is_told_of_at_once_with_all_else_that_does_not_read(
    document: Graph, catalogue: Catalogue
) -> None:
    with pytest.raises(UsageError) as error:
        apply_settings(document, ["file.image=holiday.jpg", "count=many"], catalogue)
    assert str(error.value).splitlines() == [
        "--set file.image: there is no file 'holiday.jpg' here, nor is one of images called so (see nodeflow models)",
        "--set count: 'many' is no whole number",
    ]


def test_a_misspelt_file_is_told_the_nearest(document: Graph, catalogue: Catalogue) -> None:
    with pytest.raises(GraphError) as error:
        catalogue.check(apply_settings(document, ["file.image=scnee.png"], catalogue))
    assert [problem.nearest for problem in error.value.problems if problem.code == "unknown_choice"] == ["scene.png"]

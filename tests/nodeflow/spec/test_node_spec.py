"""What a declaration says: ports, names, settings; the same from both forms; a schema that is true."""

import dataclasses
import enum
import importlib.util
import json
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from nodeflow import Context, Field, Image, JsonValue, Lazy, Mask, Node, Seed, node
from nodeflow.errors import DeclarationError, ValueProblem
from nodeflow.plugins import load_plugins
from nodeflow.spec import NodeSpec

BOTH_FORMS = '''
from collections.abc import Iterable, Mapping
from typing import Annotated, NamedTuple

from nodeflow import Choices, Context, Field, Image, Lazy, Mask, Node, Seed, node


class Parts(NamedTuple):
    image: Annotated[Image, Field(description="the larger part")]
    count: int


class Split(Node):
    """Split an image.

    In two:
        indented
    """

    category = "image/test"
    version = 2
    resources = {"device": 1}
    image: Image
    seed: Annotated[int, Field(ge=0, description="of the noise"), Seed()] = 0
    method: Annotated[str, Choices("methods")] = "plain"
    weights: tuple[float, ...] = (1, 2)
    mask: Mask | None = None
    other: Annotated[Mask | None, Lazy()] = None

    def needs(self, ready: Mapping[str, object]) -> Iterable[str]:
        return ()

    async def run(self, ctx: Context) -> Parts:
        return Parts(self.image, self.seed + (self.mask is not None))


@node(category="image/test", version=2, resources={"device": 1}, needs=lambda *_: ())
async def split(
    image: Image,
    seed: Annotated[int, Field(ge=0, description="of the noise"), Seed()] = 0,
    method: Annotated[str, Choices("methods")] = "plain",
    weights: tuple[float, ...] = (1, 2),
    mask: Mask | None = None,
    other: Annotated[Mask | None, Lazy()] = None,
) -> Parts:
    """Split an image.

    In two:
        indented
    """
    return Parts(image, seed + (mask is not None))
'''


def module(path: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of that source."""
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, path.stem, made)
    spec.loader.exec_module(made)
    return made


@pytest.fixture(params=["", "from __future__ import annotations\n"], ids=["evaluated", "kept as text"])
def forms(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return module(tmp_path / "both_forms.py", request.param + BOTH_FORMS, monkeypatch)


def test_class_and_function_say_the_same(forms: ModuleType) -> None:
    from_class, from_function = NodeSpec.of(forms.Split), NodeSpec.of(forms.split)
    assert from_class == from_function
    assert hash(from_class) == hash(from_function)
    assert from_class.json_schema() == from_function.json_schema()
    assert from_class != dataclasses.replace(from_function, version=3)


async def test_class_and_function_do_the_same(forms: ModuleType) -> None:
    image, mask = object(), object()
    for declared in (forms.Split, forms.split):
        assert await declared(image=image, seed=4).run(Context()) == (image, 4)
        assert await declared(image=image, seed=4, mask=mask).run(Context()) == (image, 5)


def test_everything_that_a_declaration_says(forms: ModuleType) -> None:
    spec = NodeSpec.of(forms.Split, name="acme/Split", owner="acme", code_id="c0de")
    assert (spec.name, spec.title, spec.category, spec.owner, spec.code_id) == (
        "acme/Split",
        "Split",
        "image/test",
        "acme",
        "c0de",
    )
    assert (spec.version, spec.cacheable, spec.output, spec.deprecated, spec.resources) == (
        2,
        True,
        False,
        False,
        {"device": 1},
    )
    assert spec.description == "Split an image.\n\nIn two:\n    indented"
    assert (spec.is_async, spec.returns) == (True, forms.Parts)
    assert {name: port.type for name, port in spec.inputs.items()} == {
        "image": "Image",
        "seed": "int",
        "method": "str",
        "weights": "list[float]",
        "mask": "Mask",
        "other": "Mask",
    }
    assert [name for name, port in spec.inputs.items() if port.required] == ["image"]
    assert [name for name, port in spec.inputs.items() if port.lazy] == ["other"]
    assert {name: (port.type, port.description) for name, port in spec.outputs.items()} == {
        "image": ("Image", "the larger part"),
        "count": ("int", ""),
    }


def test_an_optional_input() -> None:
    @node
    def cut(image: Image, mask: Mask | None = None) -> Image:
        return image

    port = NodeSpec.of(cut).inputs["mask"]
    assert (port.type, port.required, port.default, port.nullable) == ("Mask", False, None, True)
    assert port.validate(None) is None
    assert port.takes("Mask")


def test_an_input_that_may_be_null_but_must_be_given() -> None:
    @node
    def cut(image: Image | None) -> Image | None:
        return image

    spec = NodeSpec.of(cut)
    assert (spec.inputs["image"].required, spec.inputs["image"].nullable) == (True, True)
    assert (spec.outputs["image"].type, spec.outputs["image"].nullable) == ("Image", True)


class One(NamedTuple):
    """One output, by its own name."""

    picture: Image


def test_a_named_tuple_of_one_field_is_one_output_of_that_name() -> None:
    @node
    def only(image: Image) -> One:
        return One(image)

    spec = NodeSpec.of(only)
    assert list(spec.outputs) == ["picture"]
    assert spec.returns is One


class TextEncoder:
    pass


class VAE:
    pass


@pytest.mark.parametrize(
    ("annotation", "outputs"),
    [
        (int, {"integer": "int"}),
        (float, {"number": "float"}),
        (str, {"text": "str"}),
        (bool, {"boolean": "bool"}),
        (JsonValue, {"json": "json"}),
        (Any, {"value": "any"}),
        (Image, {"image": "Image"}),
        (TextEncoder, {"text_encoder": "TextEncoder"}),
        (VAE, {"vae": "VAE"}),
        (list[Image], {"images": "list[Image]"}),
        (list[str], {"texts": "list[str]"}),
        (Annotated[Image, Field(description="d")], {"image": "Image"}),
        (None, {}),
    ],
)
def test_the_one_output_is_called_after_its_type(annotation: Any, outputs: dict[str, str]) -> None:
    def make() -> None: ...

    make.__annotations__["return"] = annotation
    spec = NodeSpec.of(node(make))
    assert {name: port.type for name, port in spec.outputs.items()} == outputs
    assert spec.returns is None


def test_names_and_titles() -> None:
    @node(type_name="Not", title="Turn Round")
    def negation(value: bool) -> bool:
        return not value

    assert (NodeSpec.of(negation).name, NodeSpec.of(negation).title) == ("Not", "Turn Round")

    class Again(negation):  # type: ignore[misc, valid-type]
        pass

    assert (NodeSpec.of(Again).name, NodeSpec.of(Again).title) == ("Again", "Again")


def test_without_a_docstring_there_is_no_description() -> None:
    @node
    def silent(a: int = 0) -> int:
        return a

    class Silent(Node):
        a: int = 0

        def run(self, ctx: Context) -> int:
            return self.a

    assert NodeSpec.of(silent).description == NodeSpec.of(Silent).description == ""


def returning(annotation: Any) -> type[Node]:
    def bad(ctx: Context) -> None: ...

    bad.__annotations__["return"] = annotation
    return node(bad)


def with_run(run: Callable[..., Any]) -> type[Node]:
    return type("Bad", (Node,), {"run": run})


def silent_run(self: Any, ctx: Context): ...  # type: ignore[no-untyped-def]  # noqa: ANN201


def yielding(self: Any, ctx: Context) -> Any:
    yield 1


def greedy(self: Any, ctx: Context, image: Image) -> None: ...


def lazily(image: Image, mask: Annotated[Mask | None, Lazy()] = None) -> Image:
    return image


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (lambda: int, "<class 'int'> is no node; subclass nodeflow.Node or use @node on a function"),
        (lambda: Node, "is no node"),
        (lambda: object(), "is no node"),
        (lambda: type("Bad", (Node,), {}), "Bad has no run; write def run(self, ctx: Context) -> Image"),
        (lambda: with_run(silent_run), "Bad.run: annotate what it returns, such as -> Image (or -> None)"),
        (lambda: with_run(yielding), "Bad.run yields; it must return its outputs"),
        (lambda: with_run(greedy), "Bad.run must take (self, ctx)"),
        (lambda: returning(tuple[int, int]), "for several outputs write a NamedTuple"),
        (lambda: returning(set[int]), "Bad.run, what it returns: set[int] is no wire type; use int, float"),
        (lambda: node(lazily), "Lazily.mask is lazy, but no needs asks for it, so it would never be computed; write"),
        (lambda: returning("Missing"), "Bad: an annotation cannot be read: name 'Missing' is not defined"),
    ],
)
def test_a_declaration_that_cannot_be_read(declared: Callable[[], Any], said: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        NodeSpec.of(declared())
    assert said in str(caught.value)


def test_a_lazy_input_is_asked_for_by_the_function_s_needs_or_by_that_of_the_node_above() -> None:
    asking = node(needs=lambda *_: ("mask",))(lazily)
    below = type("Below", (asking,), {})
    assert NodeSpec.of(asking).inputs["mask"].lazy
    assert NodeSpec.of(below).inputs["mask"].lazy


def test_an_input_that_only_a_type_checker_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        from nodeflow import node
        if TYPE_CHECKING:
            from nodeflow import Image
        @node
        def cut(image: Image) -> int: ...
    """
    made = module(tmp_path / "half_imported.py", textwrap.dedent(source), monkeypatch)
    with pytest.raises(DeclarationError, match=r"Cut: .*'Image' is not defined; import its name when the module runs"):
        NodeSpec.of(made.cut)


class Mode(enum.StrEnum):
    FAST = "fast"
    GOOD = "good"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@node(needs=lambda *_: ("lazy",))
def everything(
    whole: Annotated[int, Field(ge=-3, lt=10)] = 1,
    number: Annotated[float, Field(gt=0, le=2.5)] = 1.0,
    step: Annotated[int, Field(multiple_of=8)] = 8,
    text: Annotated[str, Field(min_length=1, max_length=3, pattern="^a")] = "ab",
    flag: bool = False,
    method: Literal["a", "b"] = "a",
    size: Literal[1, 2] = 1,
    mode: Mode = Mode.FAST,
    level: Level = Level.HIGH,
    free: JsonValue = None,
    table: dict[str, int] | None = None,
    maybe: float | None = None,
    many: Annotated[tuple[int, ...], Field(max_length=2)] = (1,),
    pair: tuple[int, int] = (3, 4),
    modes: tuple[Mode, ...] = (),
    seed: Annotated[int, Field(ge=0, lt=2**64), Seed()] = 0,
    lazy: Annotated[Any, Lazy()] = None,
    image: Image | None = None,
) -> None:
    """Every kind of input."""


EVERYTHING = NodeSpec.of(everything)
VALUES: Any = EVERYTHING.json_schema()["values"]
LITERALS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 12)
    | st.sampled_from([2**64 - 1, 2**64, 16, "a", "b", "ab", "abcd", "fast", "good", "", "1"])
    | st.floats(-1, 3).filter(lambda number: not number.is_integer()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=4,
)


def accepted(name: str, value: object) -> bool:
    try:
        EVERYTHING.inputs[name].validate(value)
    except ValueProblem:
        return value is None and EVERYTHING.inputs[name].seed
    return True


def test_the_schema_is_one_and_says_what_takes_literals() -> None:
    Draft202012Validator.check_schema(VALUES)
    assert set(VALUES["properties"]) == EVERYTHING.inputs.keys() - {"lazy", "image"}
    wrongs: list[Any] = [{"misspelt": 1}, {"image": "a.png"}, [], None]
    for wrong in wrongs:
        assert not Draft202012Validator(VALUES).is_valid(wrong)


@settings(max_examples=400)
@given(st.sampled_from(sorted(VALUES["properties"])), LITERALS)
def test_the_schema_takes_what_the_node_takes_and_nothing_else(name: str, value: object) -> None:
    """But 1.0, which JSON Schema counts among the whole numbers, and we do not."""
    assert Draft202012Validator(VALUES).is_valid({name: value}) is accepted(name, value)


def test_a_description_is_plain_json() -> None:
    described = EVERYTHING.json_schema()
    assert json.loads(json.dumps(described, allow_nan=False)) == json.loads(json.dumps(described))
    inputs = {port["name"]: port for port in json.loads(json.dumps(described))["inputs"]}
    assert (inputs["mode"]["default"], inputs["level"]["default"], inputs["pair"]["default"]) == ("fast", 2, [3, 4])
    assert (inputs["lazy"]["lazy"], inputs["image"]["nullable"]) == (True, True)


def test_the_schemas_of_all_built_in_nodes_take_their_defaults() -> None:
    specs = load_plugins().registry.nodes.values()
    for spec in specs:
        schema: Any = spec.json_schema()["values"]
        Draft202012Validator.check_schema(schema)
        defaults = {name: port.default for name, port in spec.inputs.items() if port.value and not port.required}
        Draft202012Validator(schema).validate(json.loads(json.dumps(defaults)))
    assert len(specs) >= 80

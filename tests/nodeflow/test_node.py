"""Declaring nodes: what a class and a function become, and each mistake told when it is made."""

import asyncio
import copy
import dataclasses
import pickle
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar

import pytest
from pydantic import Field

from nodeflow import NOT_READY, Context, Image, Mask, Node, node
from nodeflow.errors import DeclarationError
from nodeflow.node import camel, spaced


@node(category="text")
def join_text(a: str, b: str, separator: str = " ") -> str:
    """Put one text behind another."""
    return f"{a}{separator}{b}"


def run(self: Any, ctx: Context | None = None) -> None: ...


def declare(annotations: Mapping[str, Any] | None = None, /, **namespace: Any) -> Any:
    """A node called Bad, as a class statement would make it."""
    return type("Bad", (Node,), {"__annotations__": dict(annotations or {}), "run": run, **namespace})


def good(a: int = 0) -> int:
    return a


def refused(declaration: Callable[[], object]) -> str:
    with pytest.raises(DeclarationError) as caught:
        declaration()
    return str(caught.value)


class Blur(Node):
    """Blur an image."""

    category = "image/filter"
    _limit: ClassVar[int] = 3
    image: Image
    radius: float = 2.0
    mask: Mask | None = None

    def run(self, ctx: Context) -> Image:
        return self.image


def test_a_node_is_a_frozen_keyword_only_dataclass() -> None:
    assert [field.name for field in dataclasses.fields(Blur)] == ["image", "radius", "mask"]
    image: Any = object()
    blur = Blur(image=image)
    assert repr(blur) == f"Blur(image={image!r}, radius=2.0, mask=None)"
    assert (blur.image, blur.radius, blur.mask) == (image, 2.0, None)
    for name in ("radius", "image", "category", "_limit", "other"):
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"assign to field '{name}'"):
            setattr(blur, name, 3.0)
    with pytest.raises(dataclasses.FrozenInstanceError, match="delete field 'radius'"):
        del blur.radius
    assert dataclasses.replace(blur, radius=3.0).radius == 3.0
    assert (blur.image, blur.radius, blur.mask) == (image, 2.0, None)
    with pytest.raises(TypeError, match="positional"):
        Blur(image)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="radios"):
        Blur(image=image, radios=1.0)  # type: ignore[call-arg]


def test_two_nodes_are_equal_only_when_they_are_the_same() -> None:
    first, second = (join_text(a="a", b="b") for _ in range(2))
    assert first != second
    assert len({first, second}) == 2


def test_settings_have_defaults_and_are_no_inputs() -> None:
    plain = declare({"a": int})
    assert (plain.category, plain.title, plain.version, plain.type_name) == ("", None, 1, None)
    assert (plain.cacheable, plain.output, plain.deprecated, plain.resources) == (True, False, False, {"cpu": 1})
    assert plain(a=3).version == 1


@pytest.mark.parametrize("annotation", [ClassVar[Mapping[str, int]], ClassVar, "ClassVar[dict]"])
def test_a_setting_may_be_a_class_variable(annotation: Any) -> None:
    heavy = declare({"resources": annotation, "a": int}, resources={"device": 1})
    assert heavy.resources == {"device": 1}
    assert [field.name for field in dataclasses.fields(heavy)] == ["a"]


@pytest.mark.parametrize(
    ("setting", "value", "right"),
    [
        ("category", 3, "text"),
        ("title", b"x", 'text, such as "Load Image", or None'),
        ("version", 0, "a whole number from 1"),
        ("version", True, "a whole number from 1"),
        ("version", "2", "a whole number from 1"),
        ("cacheable", 1, "True or False"),
        ("output", None, "True or False"),
        ("deprecated", "no", "True or False"),
        ("resources", {"device": 0}, "whole numbers from 1 by name"),
        ("resources", ["device"], "whole numbers from 1 by name"),
        ("type_name", "acme/Blur", "letters, digits and _"),
        ("type_name", "2Blur", "letters, digits and _"),
    ],
)
def test_a_setting_that_cannot_be(setting: str, value: Any, right: str) -> None:
    said = refused(lambda: declare(**{setting: value}))
    assert said.startswith(f"Bad.{setting} = {value!r} must be {right}")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("catgory", "did you mean 'category'?"), ("cache", "'cacheable'"), ("LIMIT", "annotate it to make it an input")],
)
def test_a_misspelt_setting_is_no_setting(name: str, hint: str) -> None:
    said = refused(lambda: declare(**{name: "x"}))
    assert said.startswith(f"Bad.{name} is no setting of a node; ")
    assert hint in said


def test_what_starts_with_an_underscore_and_what_can_be_called_is_the_authors_own() -> None:
    own = declare(_limit=3, half=property(len), twice=staticmethod(lambda: 2), once=run)
    assert (own._limit, own.twice(), own().once(None)) == (3, 2, None)


@pytest.mark.parametrize(
    ("annotations", "namespace", "said"),
    [
        ({"category": str}, {"category": "x"}, "Bad.category: 'category' is a setting of nodes; write category = ..."),
        ({"resources": dict}, {"resources": {"device": 1}}, "Bad.resources: 'resources' is a setting of nodes"),
        ({"run": int}, {}, "Bad.run: no input can be called 'run'"),
        ({"needs": int}, {}, "Bad.needs: no input can be called 'needs'"),
        ({"ctx": Context}, {}, "Bad.ctx: no input can be called 'ctx'"),
        ({"_a": int}, {}, "Bad._a: no input can be called '_a'"),
        ({"a": list[int]}, {"a": []}, "Bad.a: the default [] could be changed in place, for every node at once"),
        ({"a": dict}, {"a": {}}, "Bad.a: the default {} could be changed in place"),
        ({"a": int}, {"a": Field(ge=0)}, "Bad.a: write a: Annotated[type, Field(...)] = default"),
        ({"a": int}, {"a": dataclasses.field(default=1)}, "Bad.a: write a: type = default"),
        ({}, {"fingerprint": good}, "Bad.fingerprint must be a @classmethod"),
    ],
)
def test_an_input_that_cannot_be(annotations: dict[str, Any], namespace: dict[str, Any], said: str) -> None:
    assert refused(lambda: declare(annotations, **namespace)).startswith(said)


@pytest.mark.parametrize("name", ["json", "copy", "schema", "model_config", "validate", "dict", "fields", "type"])
def test_an_input_may_be_called_what_a_base_model_could_not(name: str) -> None:
    assert getattr(declare({name: int})(**{name: 3}), name) == 3


def test_a_subclass_has_the_inputs_of_its_node() -> None:
    class Stronger(Blur):
        strength: float = 1.0

    assert [field.name for field in dataclasses.fields(Stronger)] == ["image", "radius", "mask", "strength"]
    assert Stronger.category == "image/filter"


def test_a_node_without_run_says_so_when_it_is_run() -> None:
    class Nothing(Node):
        a: int = 0

    assert refused(lambda: Nothing().run(Context())) == "Nothing has no run(self, ctx)"
    assert list(Nothing().needs({})) == []


def test_a_function_becomes_a_node() -> None:
    assert issubclass(join_text, Node)
    assert (join_text.__name__, join_text.category, join_text.__doc__) == (
        "JoinText",
        "text",
        "Put one text behind another.",
    )
    assert join_text(a="x", b="y", separator="-").run(Context()) == "x-y"
    assert join_text(a="x", b="y").run(Context()) == "x y"


def test_a_function_may_ask_for_its_context() -> None:
    @node
    def whose(ctx: Context, greeting: str = "hello") -> str:
        return f"{greeting} {ctx.node_id}"

    assert [field.name for field in dataclasses.fields(whose)] == ["greeting"]
    assert whose().run(Context(node_id="n1")) == "hello n1"


def test_an_async_function_becomes_an_async_node() -> None:
    @node()
    async def later(a: int, *, b: int = 1) -> int:
        await asyncio.sleep(0)
        return a + b

    assert asyncio.run(later(a=2).run(Context())) == 3


def test_a_node_pickles_whichever_form_it_has() -> None:
    joined = pickle.loads(pickle.dumps(join_text(a="a", b="b")))  # noqa: S301
    assert joined.run(Context()) == "a b"
    assert pickle.loads(pickle.dumps(Blur)) is Blur  # noqa: S301


def print_of(cls: type, values: object, folders: object) -> str:
    return f"{cls.__name__} {values} {folders}"


def test_a_function_takes_every_setting_and_the_two_hooks() -> None:
    @node(version=3, output=True, type_name="Renamed", fingerprint=classmethod(print_of))
    def effect(a: int = 0) -> None: ...

    assert (effect.version, effect.output, effect.type_name) == (3, True, "Renamed")
    assert effect.fingerprint({}, None) == "Effect {} None"  # type: ignore[attr-defined]


def no_annotation(a, b: int) -> int: ...  # type: ignore[no-untyped-def, empty-body]  # noqa: ANN001


def starred(*a: int) -> int: ...  # type: ignore[empty-body]


def named(**a: int) -> int: ...  # type: ignore[empty-body]


def by_place(a: int, /) -> int: ...  # type: ignore[empty-body]


@pytest.mark.parametrize(
    ("declaration", "said"),
    [
        (lambda: node(no_annotation), "no_annotation: annotate 'a', such as a: Image"),
        (lambda: node(starred), "starred: parameter '*a: int' must be one that can be named"),
        (lambda: node(named), "named: parameter '**a: int' must be one that can be named"),
        (lambda: node(by_place), "by_place: parameter 'a: int' must be one that can be named"),
        (
            lambda: node("text"),  # type: ignore[call-overload]
            "@node is for a function, not 'text'; settings are named",
        ),
        (lambda: node(Blur), "@node is for a function, not <class"),
        (
            lambda: node(catgory="text"),
            "@node(catgory=...): 'catgory' is no setting of a node; did you mean",
        ),
        (lambda: node(a=5)(good), "@node(a=...): 'a' is no setting of a node; there are category, title"),
        (lambda: node(run=print)(good), "@node(run=...): 'run' is no setting of a node"),
        (lambda: node(version=0)(good), "Good.version = 0 must be a whole number from 1"),
    ],
)
def test_a_function_that_can_be_no_node(declaration: Callable[[], object], said: str) -> None:
    assert refused(declaration).startswith(said)


def test_what_is_not_ready_stays_itself_wherever_it_goes() -> None:
    assert repr(NOT_READY) == "NOT_READY"
    assert pickle.loads(pickle.dumps(NOT_READY)) is NOT_READY  # noqa: S301
    assert copy.deepcopy([NOT_READY])[0] is NOT_READY


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("KSampler", "KSampler"),
        ("LoadImage", "Load Image"),
        ("VAEDecode", "VAE Decode"),
        ("VAE", "VAE"),
        ("CLIPSetLastLayer", "CLIP Set Last Layer"),
        ("Resize2D", "Resize2 D"),
        ("Blur", "Blur"),
    ],
)
def test_a_title_is_the_name_in_words(name: str, title: str) -> None:
    assert spaced(name) == title


@pytest.mark.parametrize(
    ("function", "name"), [("join", "Join"), ("join_text", "JoinText"), ("loadVAE", "LoadVAE"), ("_own", "Own")]
)
def test_a_function_name_in_camel_case(function: str, name: str) -> None:
    assert camel(function) == name


def test_hints_and_ranges_stay_in_the_annotation() -> None:
    ranged = declare({"a": Annotated[int, Field(ge=0)]}, a=3)
    assert ranged.__annotations__["a"].__metadata__[0].metadata[0].ge == 0
    assert ranged().a == 3

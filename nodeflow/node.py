"""Declaring a node: a class of annotated inputs with a `run`, or a function under `@node`."""

# Annotations are no text here: those of Node are read with every node type, and text would be compiled each time.
import dataclasses
import difflib
import inspect
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform, get_origin, overload

from nodeflow.errors import DeclarationError

if TYPE_CHECKING:
    from nodeflow.context import Context


class NotReady:
    """What a lazy input holds until it is computed."""

    def __repr__(self) -> str:
        return "NOT_READY"

    def __reduce__(self) -> str:
        return "NOT_READY"


NOT_READY: Any = NotReady()

SETTINGS: Mapping[str, str] = {
    "category": 'text, such as "image/filter"',
    "title": 'text, such as "Load Image", or None',
    "version": "a whole number from 1",
    "cacheable": "True or False",
    "output": "True or False",
    "resources": 'whole numbers from 1 by name, such as {"device": 1}',
    "deprecated": "True or False",
    "type_name": 'letters, digits and _, such as "KSampler", or None',
}
"""The class attributes that say something about a node, and what each must be; they are no inputs."""

RESERVED = frozenset({*SETTINGS, "run", "needs", "fingerprint", "ctx"})
"""Names that no input can have."""


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
class Node:
    """A node type: annotated fields are its inputs, the return annotation of `run` is its outputs.

    Subclasses become frozen, keyword-only dataclasses. Unannotated attributes are settings: `category` ("a/b"),
    `title`, `version` (raise it when results change), `cacheable` (False for effects), `output` (people run a graph
    for it), `resources` ({"device": 1} for work on the torch device), `deprecated`, `type_name`. A subclass of a node
    has its inputs and settings, but for `title` and `type_name`, which are each node's own. A class method
    `fingerprint(cls, values, folders) -> str | None` adds to the step's key what neither values nor code show.
    Raises DeclarationError, when the class is made, for a setting or an input that cannot be.
    """

    category = ""
    title: ClassVar[str | None] = None
    version = 1
    cacheable = True
    output = False
    resources: ClassVar[Mapping[str, int]] = {"cpu": 1}
    deprecated = False
    type_name: ClassVar[str | None] = None
    __inputs: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, annotation in inspect.get_annotations(cls).items():
            if not _is_class_variable(annotation):
                _check_input(cls, name)
                _check_default(cls, name, vars(cls).get(name))
        try:
            dataclasses.dataclass(kw_only=True, eq=False, repr=False)(cls)
        except (TypeError, ValueError) as error:
            raise DeclarationError(f"{cls.__name__}: {error}") from error
        cls.__inputs = tuple(field.name for field in dataclasses.fields(cls))  # type: ignore[arg-type]
        for name, value in vars(cls).items():
            if name not in cls.__inputs:
                _check_attribute(cls, name, value)

    # Written once: `frozen=True` and `repr=True` would have three functions compiled for each of some hundred classes.
    def __setattr__(self, name: str, value: object) -> None:
        """Inputs are set when the node is made, and nothing is set after it."""
        if name in vars(self) or name not in self.__inputs:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __repr__(self) -> str:
        inputs = (f"{name}={getattr(self, name)!r}" for name in self.__inputs)
        return f"{type(self).__qualname__}({', '.join(inputs)})"

    def run(self, ctx: "Context") -> Any:  # noqa: ARG002
        """Computes the outputs; may be `async`. Never changes an input: others hold the same object."""
        raise DeclarationError(f"{type(self).__name__} has no run(self, ctx)")

    def needs(self, ready: Mapping[str, object]) -> Iterable[str]:
        """Which lazy inputs to compute next, given those that are ready; called until it names none that is missing."""
        del ready
        return ()


def _is_class_variable(annotation: object) -> bool:
    """Whether it is a ClassVar, also where annotations are kept as text."""
    if isinstance(annotation, str):
        return re.match(r"(\w+\.)*ClassVar\b", annotation) is not None
    return annotation is ClassVar or get_origin(annotation) is ClassVar


def _check_default(cls: type, name: str, default: object) -> None:
    where = f"{cls.__name__}.{name}"
    if type(default).__name__ == "FieldInfo":
        raise DeclarationError(f"{where}: write {name}: Annotated[type, Field(...)] = default; a Field is no default")
    if isinstance(default, dataclasses.Field):
        raise DeclarationError(f"{where}: write {name}: type = default; a dataclass field is no default")
    if type(default).__hash__ is None:
        raise DeclarationError(
            f"{where}: the default {default!r} could be changed in place, for every node at once; use None, or a tuple "
            f"such as {name}: tuple[int, ...] = (1, 2)"
        )


def _check_input(cls: type, name: str) -> None:
    if name in SETTINGS:
        raise DeclarationError(
            f"{cls.__name__}.{name}: {name!r} is a setting of nodes; write {name} = ... without annotation (or as a "
            "ClassVar) to set it, or give the input another name"
        )
    if name in RESERVED or name.startswith("_"):
        raise DeclarationError(f"{cls.__name__}.{name}: no input can be called {name!r}; give it another name")


def _check_attribute(cls: type, name: str, value: object) -> None:
    if name in SETTINGS:
        if not _fits(name, value):
            raise DeclarationError(f"{cls.__name__}.{name} = {value!r} must be {SETTINGS[name]}")
        return
    if name == "fingerprint" and not isinstance(value, classmethod):
        raise DeclarationError(
            f"{cls.__name__}.fingerprint must be a @classmethod (cls, values, folders) -> str | None"
        )
    if name.startswith("_") or callable(value) or hasattr(type(value), "__get__"):
        return
    hint = _near_setting(name) or "annotate it to make it an input, or start it with '_'"
    raise DeclarationError(f"{cls.__name__}.{name} is no setting of a node; {hint}")


def _near_setting(name: str) -> str:
    near = difflib.get_close_matches(name, SETTINGS, n=1)
    return f"did you mean {near[0]!r}?" if near else ""


def _fits(name: str, value: Any) -> bool:
    if name in ("title", "type_name") and value is None:
        return True
    if name == "type_name":
        return isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value) is not None
    if name in ("category", "title"):
        return isinstance(value, str)
    if name == "resources":
        return isinstance(value, Mapping) and all(isinstance(k, str) and _counts(v) for k, v in value.items())
    return _counts(value) if name == "version" else isinstance(value, bool)


def _counts(value: object) -> bool:
    return type(value) is int and value >= 1


class FunctionNode(Node):
    """A node type made of a function, which takes the inputs that the function has."""

    if TYPE_CHECKING:

        def __init__(self, **inputs: Any) -> None: ...


@overload
def node(function: Callable[..., Any], /) -> type[FunctionNode]: ...
@overload
def node(**settings: Any) -> Callable[[Callable[..., Any]], type[FunctionNode]]: ...
def node(function: Callable[..., Any] | None = None, /, **settings: Any) -> Any:
    """Makes a node of an annotated function: `@node(category="text") def join(a: str, b: str) -> str`.

    The type's name is the function's in CamelCase. A parameter named `ctx` is given the Context and is no input.
    The settings are those of `Node`, and a `fingerprint` or a `needs`. Raises DeclarationError for another setting, a
    parameter without annotation, `*args` or `**kwargs`, and as `Node` does.
    """
    for name in settings.keys() - {*SETTINGS, "fingerprint", "needs"}:
        hint = _near_setting(name) or f"there are {', '.join(SETTINGS)}"
        raise DeclarationError(f"@node({name}=...): {name!r} is no setting of a node; {hint}")
    if function is None:
        return lambda f: node(f, **settings)
    if isinstance(function, type) or not callable(function) or not hasattr(function, "__name__"):
        raise DeclarationError(f"@node is for a function, not {function!r}; settings are named: category='text'")
    annotations = dict(inspect.get_annotations(function))
    returned = {"return": annotations.pop("return")} if "return" in annotations else {}
    annotations.pop("ctx", None)
    parameters = inspect.signature(function).parameters
    run: Any = _runner(function, tuple(annotations), wants_context="ctx" in parameters)
    run.__name__, run.__annotations__, run.__wrapped__ = "run", returned, function
    namespace = {
        "__annotations__": annotations,
        "__doc__": function.__doc__,
        "__module__": function.__module__,
        "__qualname__": function.__qualname__,
        "run": run,
        **_defaults(function.__name__, parameters.values()),
        **settings,
    }
    return type(camel(function.__name__), (FunctionNode,), namespace)


def _defaults(function: str, parameters: Collection[inspect.Parameter]) -> dict[str, Any]:
    """The defaults of the inputs. Raises DeclarationError for a parameter that can be no input."""
    for parameter in parameters:
        name = parameter.name
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise DeclarationError(f"{function}: parameter {str(parameter)!r} must be one that can be named")
        if parameter.annotation is parameter.empty and name != "ctx":
            raise DeclarationError(f"{function}: annotate {name!r}, such as {name}: Image")
    return {p.name: p.default for p in parameters if p.default is not p.empty and p.name != "ctx"}


def _runner(function: Callable[..., Any], inputs: Iterable[str], *, wants_context: bool) -> Callable[..., Any]:
    def given(self: Node, ctx: "Context") -> dict[str, Any]:
        values = {name: getattr(self, name) for name in inputs}
        return {**values, "ctx": ctx} if wants_context else values

    def run(self: Node, ctx: "Context") -> Any:
        return function(**given(self, ctx))

    async def run_async(self: Node, ctx: "Context") -> Any:
        return await function(**given(self, ctx))

    return run_async if inspect.iscoroutinefunction(function) else run


def camel(name: str) -> str:
    """`join_text` as `JoinText`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def spaced(name: str) -> str:
    """`VAEDecode` as `VAE Decode`; a single leading capital stays: `KSampler`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z]{2})(?=[A-Z][a-z])", " ", name)


def snake(name: str) -> str:
    """`VAEDecode` as `vae_decode`."""
    return spaced(name).replace(" ", "_").lower()

"""A named input or output: its wire type, the values it takes, and what an editor draws."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from pydantic import PydanticUserError, TypeAdapter, ValidationError

from nodeflow.errors import DeclarationError, ValueProblem, show
from nodeflow.spec import literal
from nodeflow.spec.annotation import ANY, JSON, LITERALS, read
from nodeflow.spec.default import plainly_fits
from nodeflow.widgets import Choices, FileChoice, Lazy, Multiline, Painted, Seed, Slider

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Port:
    """A named input or output. `type` is a wire type's name, `list[...]` of one, or `any`.

    `required` inputs have no `default`; `nullable` tells whether the value may be None; `hints` holds the widgets of
    its annotation, `python` the class of its wire type where that is not one of the scalars'.
    """

    name: str
    type: str
    required: bool = True
    default: Any = None
    nullable: bool = False
    description: str = ""
    title: str = ""
    annotation: Any = None
    hints: tuple[Any, ...] = ()
    python: builtins.type | None = None

    def __eq__(self, other: object) -> bool:
        """Whether both say the same. A Field of pydantic equals only itself, so annotations are compared in writing."""
        return isinstance(other, Port) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash((self.name, self.type))

    def _said(self) -> tuple[Any, ...]:
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return tuple({**values, "annotation": repr(self.annotation)}.values())

    @classmethod
    def of(cls, name: str, annotation: Any, where: str, *, default: Any = ...) -> Port:
        """Reads a declaration; `...` is no default. Raises DeclarationError, which says `where`."""
        meaning = read(annotation, where)
        port = cls(
            name=name,
            type=meaning.type,
            required=default is ...,
            default=None if default is ... else default,
            nullable=meaning.nullable,
            description=meaning.description,
            title=meaning.title,
            annotation=annotation,
            hints=meaning.hints,
            python=meaning.python,
        )
        return port if port.required else port._with_checked_default(where)

    @property
    def element(self) -> str:
        """The wire type itself, of a list its items'."""
        return self.type.removeprefix("list[").removesuffix("]")

    @property
    def value(self) -> bool:
        """Whether a literal may be given."""
        return self.element in LITERALS

    @property
    def link(self) -> bool:
        """Whether an output may be linked to it."""
        return True

    @property
    def lazy(self) -> bool:
        return self.hint(Lazy) is not None

    @property
    def choices(self) -> Choices | None:
        return self.hint(Choices)

    @property
    def file_choice(self) -> FileChoice | None:
        return self.hint(FileChoice)

    @property
    def seed(self) -> bool:
        return self.hint(Seed) is not None

    def hint(self, kind: builtins.type[T]) -> T | None:
        """The hint of that class in the annotation."""
        return next((hint for hint in self.hints if isinstance(hint, kind)), None)

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """Checks literals; made when first asked for."""
        return literal.adapter(self.annotation)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of its literals; empty where it takes none."""
        return _inlined(self.adapter.json_schema()) if self.value else {}

    @property
    def widget(self) -> dict[str, Any]:
        """What an editor draws it as, beyond what the schema says."""
        found: dict[str, Any] = {}
        if self.choices:
            found["files" if self.file_choice else "choices"] = self.choices.table
        if (multiline := self.hint(Multiline)) is not None:
            found |= {"multiline": True, "prompt": multiline.prompt}
        if (slider := self.hint(Slider)) is not None:
            found |= {"slider": True, "step": slider.step}
        marks = {"painted": self.hint(Painted) is not None, "seed": self.seed}
        return found | {name: True for name, holds in marks.items() if holds}

    def validate(self, value: object) -> Any:
        """The literal, checked and never coerced (but an int becomes a float where a float is wanted).

        Raises ValueProblem with the code, what was expected and what was got.
        """
        if value is None and self.nullable:
            return None
        if not self.value:
            raise ValueProblem("wrong_type", f"a link that carries {self.type}", show(value))
        try:
            return self.adapter.validate_python(value)
        except ValidationError as error:
            raise literal.problem(error, nullable=self.nullable) from None

    def takes(self, other: str) -> bool:
        """Whether an output of wire type `other` may be linked to this input, null aside."""
        return other == self.type or ANY in (other, self.type) or (other, self.type) == ("int", "float")

    def described(self) -> dict[str, Any]:
        """The port as the editor and other programs get it, as JSON."""
        found: dict[str, Any] = {"name": self.name, "type": self.type, "title": self.title or self.name}
        if self.description:
            found["description"] = self.description
        if self.nullable:
            found["nullable"] = True
        if self.value:
            found["schema"] = self.schema
        if not self.required and (self.value or self.default is None):
            found["default"] = list(self.default) if isinstance(self.default, tuple) else self.default
        return found | ({"widget": self.widget} if self.widget else {})

    def _with_checked_default(self, where: str) -> Port:
        if self.default is None and not self.nullable and self.type not in (ANY, JSON):
            raise DeclarationError(
                f"{where}: the default None does not fit {self.type}; annotate it {self.type} | None"
            )
        if not self.value or plainly_fits(self.annotation, self.default):
            return self
        try:
            checked = self.validate(self.default)
        except ValueProblem as problem:
            raise DeclarationError(f"{where}: the default {self.default!r} does not fit: {problem}") from None
        except (PydanticUserError, TypeError) as error:
            raise DeclarationError(f"{where}: {self.annotation!r} cannot be checked: {error}") from error
        found = replace(self, default=checked)
        # The checked one is made by then: a tenth of a millisecond for each of hundreds of ports.
        found.__dict__["adapter"] = self.adapter
        return found


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without references, so that it can stand in another; enums are all that pydantic refers to."""
    definitions = schema.pop("$defs", {})

    def replaced(part: Any) -> Any:
        if isinstance(part, dict):
            if "$ref" in part:
                rest = {name: value for name, value in part.items() if name != "$ref"}
                return {**definitions[part["$ref"].rpartition("/")[2]], **rest}
            return {name: replaced(value) for name, value in part.items()}
        return [replaced(each) for each in part] if isinstance(part, list) else part

    found: dict[str, Any] = replaced(schema)
    return found

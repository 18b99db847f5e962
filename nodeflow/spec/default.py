"""Whether a default fits its annotation, where that is plain to see: asking pydantic takes long to prepare."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from nodeflow.spec.annotation import WIDGETS

LIMITS: Mapping[type, Callable[[Any], tuple[Callable[[Any, Any], bool], Any]]] = {
    Ge: lambda limit: (operator.ge, limit.ge),
    Gt: lambda limit: (operator.gt, limit.gt),
    Le: lambda limit: (operator.le, limit.le),
    Lt: lambda limit: (operator.lt, limit.lt),
}
"""How a number is held to a limit, and which one."""


def plainly_fits(annotation: Any, default: object) -> bool:
    """Whether there is no doubt that the annotation can be checked, and takes the default as it is.

    So it is with a plain value of a scalar type, a number within limits, a choice of a Literal. False says nothing.
    """
    bare, *extras = get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
    number = default if bare in (int, float) else None
    return _is_plain(bare, default) and all(_allows(extra, number) for extra in extras)


def _is_plain(bare: Any, default: object) -> bool:
    if get_origin(bare) is Literal:
        return any(type(choice) is type(default) and choice == default for choice in get_args(bare))
    if isinstance(default, float) and not math.isfinite(default):
        return False
    return bare in (int, float, str, bool) and type(default) is bare


def _allows(extra: object, number: object) -> bool:
    """Whether what stands behind the type in an annotation has nothing against a number, or a value that is none."""
    if isinstance(extra, FieldInfo):
        return extra.discriminator is None and all(_holds(limit, number) for limit in extra.metadata)
    return isinstance(extra, WIDGETS)


def _holds(limit: object, number: object) -> bool:
    if type(limit) not in LIMITS or number is None:
        return False
    holds, bound = LIMITS[type(limit)](limit)
    return type(bound) in (int, type(number)) and holds(number, bound)

"""How pipelines are called: read off their signatures, so that a pipeline needs no entry in a list of ours."""

from __future__ import annotations

import ast
import difflib
import inspect
import textwrap
from collections.abc import Collection, Mapping
from typing import Any

from torch import Tensor

from nodeflow_diffusers.folder import PipelineError

NEEDED = ("prompt_embeds", "generator", "output_type", "callback_on_step_end")
"""What the call of a pipeline must take for its prompt to be encoded apart, and its steps to be seen and cancelled."""
ELSEWHERE = ("prompt", "negative_prompt", "num_images_per_prompt")
"""What these nodes have other inputs for."""


def check(kind: Any, components: Collection[str]) -> None:
    """Raise PipelineError for a pipeline that does not make pictures of text, or not in the steps that nodes are."""
    taken = inspect.signature(kind.__call__).parameters
    missing = [name for name in NEEDED if name not in taken]
    parts = [
        name for name in ("scheduler", "text_encoder", "vae") if not any(each.startswith(name) for each in components)
    ]
    if missing or parts or not hasattr(kind, "encode_prompt"):
        lacks = ", ".join([*missing, *parts]) or "encode_prompt"
        raise PipelineError(
            f"a {kind.__name__} with {', '.join(sorted(components))} cannot be run in parts: it lacks {lacks}; what is "
            "needed is a pipeline from text to pictures with text encoders, a scheduler and a VAE"
        )
    returned(kind)


def returned(kind: Any) -> tuple[str, ...]:
    """What `encode_prompt` calls the values that it returns: diffusers names them like the arguments of the call.

    Raises PipelineError where they have no names, or none that the call takes.
    """
    function = ast.parse(textwrap.dedent(inspect.getsource(kind.encode_prompt)))
    returns = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    last = returns[-1] if returns else None
    values = last.elts if isinstance(last, ast.Tuple) else [last]
    names = tuple(value.id if isinstance(value, ast.Name) else "" for value in values)
    if "prompt_embeds" not in names:
        raise PipelineError(f"{kind.__name__}.encode_prompt gives {names}, and no prompt_embeds among them")
    return names


def encoded(pipeline: Any, prompt: str, negative: str, device: str) -> dict[str, Tensor]:
    """The tensors that the pipeline's call takes in place of both texts, by argument. An empty `negative` is none."""
    kind = type(pipeline)
    names, taken = returned(kind), inspect.signature(kind.__call__).parameters
    found = dict(zip(names, _asked(pipeline, prompt, negative or None, device), strict=True))
    if negative and "negative_prompt" not in inspect.signature(kind.encode_prompt).parameters:
        others = zip(names, _asked(pipeline, negative, None, device), strict=True)
        found |= {f"negative_{name}": value for name, value in others}
        if "negative_prompt_embeds" not in taken:
            raise PipelineError(f"a {kind.__name__} takes no negative prompt; leave it empty")
    return {name: value for name, value in found.items() if name in taken and isinstance(value, Tensor)}


def _asked(pipeline: Any, prompt: str, negative: str | None, device: str) -> tuple[Any, ...]:
    taken = inspect.signature(pipeline.encode_prompt).parameters
    said: dict[str, Any] = {
        "prompt": prompt,
        "negative_prompt": negative,
        "device": device,
        "num_images_per_prompt": 1,
        "do_classifier_free_guidance": True,
    }
    given = {name: value for name, value in said.items() if name in taken}
    # Some have further texts without a default, of which None means the first.
    required = {
        name for name, each in taken.items() if each.default is each.empty and each.kind is not each.VAR_KEYWORD
    }
    result = pipeline.encode_prompt(**dict.fromkeys(required - set(given)), **given)
    return result if isinstance(result, tuple) else (result,)


def checked(kind: Any, arguments: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Both as one. Raises ValueError for what the call does not take, and for an option that is an input."""
    taken = inspect.signature(kind.__call__).parameters
    for name in options:
        if name in arguments or name in ELSEWHERE:
            raise ValueError(f"option {name!r} is an input of this node, or set by it")
    together = {**arguments, **options}
    for name in together:
        if name not in taken:
            near = difflib.get_close_matches(name, taken, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(list(taken)[1:])}"
            raise ValueError(f"a {kind.__name__} takes no {name!r}; {hint}")
    return together


def default(kind: Any, name: str) -> Any:
    """The default of an argument of a pipeline's call."""
    return inspect.signature(kind.__call__).parameters[name].default

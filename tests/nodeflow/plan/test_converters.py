"""A link whose ends do not fit: nothing is converted, and the problem names the node that would."""

import pytest

from nodeflow import Image, Mask, node
from nodeflow.graph import parse
from nodeflow.plan import examine
from nodeflow.plugins import load_plugins
from nodeflow.problems import GraphError
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec


@node
def picture() -> Image:
    raise NotImplementedError


@node
def cover(mask: Mask, many: list[Mask] = ()) -> int:  # type: ignore[assignment]
    return 0


@node
def to_mask(image: Image, channel: int = 0) -> Mask:
    raise NotImplementedError


@node
def also_to_mask(image: Image) -> Mask:
    raise NotImplementedError


def registry(*converters: str) -> Registry:
    made = Registry()
    made.add_nodes(NodeSpec.of(each) for each in (picture, cover, to_mask, also_to_mask))
    for name in converters:
        made.add_converter(name)
    return made


@pytest.mark.parametrize(
    ("converters", "said"),
    [
        ((), "Image does not fit Mask"),
        (("ToMask",), "Image does not fit Mask; ToMask between them makes one of the other"),
        (("ToMask", "AlsoToMask"), "Image does not fit Mask; ToMask or AlsoToMask between them makes one of the other"),
    ],
)
def test_the_problem_names_what_would_help(converters: tuple[str, ...], said: str) -> None:
    nodes = {"p": {"type": "Picture"}, "c": {"type": "Cover", "links": {"mask": "p.image"}}}
    with pytest.raises(GraphError) as raised:
        examine(parse({"nodeflow": 1, "nodes": nodes}), registry(*converters))
    (problem,) = raised.value.problems
    assert (problem.code, problem.message, problem.expected, problem.got) == ("type_mismatch", said, "Mask", '"Image"')
    assert problem.nearest == (converters[0] if converters else None)


def test_a_converter_helps_with_its_own_two_types_alone() -> None:
    made = registry("ToMask")
    assert made.converters("Image", "Mask") == ("ToMask",)
    assert made.converters("Mask", "Image") == made.converters("Image", "list[Mask]") == ()
    assert made.copy().converters("Image", "Mask") == ("ToMask",)


def test_the_image_pack_converts_between_pictures_and_masks() -> None:
    made = load_plugins().registry
    assert (made.converters("Image", "Mask"), made.converters("Mask", "Image")) == (("ImageToMask",), ("MaskToImage",))

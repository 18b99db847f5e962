"""Running one node by one call: checked as in a run, and what it raises comes as it was raised."""

from typing import Annotated

import numpy as np
import pytest

from nodeflow import Choices, Context, File, Image, Node, node
from nodeflow.errors import NodeflowError, UnknownName
from nodeflow.testing import run_node


class Half(Node):
    """Halve the brightness, and count."""

    image: Image
    times: int = 1

    def run(self, ctx: Context) -> Image:
        return Image(self.image.pixels * np.float32(0.5**self.times))


class Mesh:
    """Of no plugin that is installed."""


@node
def mesh(points: int) -> Mesh:
    return Mesh()


@node
def points(mesh: Mesh, more: list[int]) -> int:
    return 3 + sum(more)


@node
async def later(text: str) -> str:
    return text.upper()


@node
def wrong(text: str) -> int:
    return text  # type: ignore[return-value]


@node
def failing(text: str) -> str:
    raise LookupError(text)


@node
def note(ctx: Context, text: str) -> File:
    return ctx.save(text.encode(), "note.txt", "text/plain")


@node
def mode(ctx: Context, name: Annotated[str, Choices("blend_modes")]) -> bool:
    return callable(ctx.choice("blend_modes", name))


def test_the_output_is_returned() -> None:
    grey = Image(np.full((1, 2, 2, 3), 0.5, np.float32))
    assert np.all(run_node(Half, image=grey, times=2).pixels == 0.125)
    assert run_node(later, text="a") == "A"


def test_types_of_no_installed_plugin_will_do() -> None:
    made = run_node(mesh, points=3)
    assert isinstance(made, Mesh)
    assert run_node(points, mesh=made, more=[1, 2]) == 6


def test_several_outputs_are_returned_by_name() -> None:
    from nodeflow_image.transform import image_size

    found = run_node(image_size, image=Image(np.zeros((1, 2, 3, 3), np.float32)))
    assert (found.width, found.height) == (3, 2)


def test_inputs_are_checked_as_in_a_run() -> None:
    with pytest.raises(UnknownName, match="no input of Half 'imag'; did you mean 'image'"):
        run_node(Half, imag=1)
    with pytest.raises(NodeflowError, match="Half needs image"):
        run_node(Half)
    for value in ("1", 1.0, True):
        with pytest.raises(NodeflowError, match="expected a whole number"):
            run_node(Half, image=Image(np.zeros((1, 1, 1, 3), np.float32)), times=value)
    with pytest.raises(NodeflowError, match="expected Image, got ndarray"):
        run_node(Half, image=np.zeros((1, 1, 1, 3), np.float32))


def test_outputs_are_checked_too() -> None:
    with pytest.raises(NodeflowError, match="Wrong returned a wrong 'integer'"):
        run_node(wrong, text="3")


def test_an_error_is_the_nodes_own_with_its_traceback() -> None:
    with pytest.raises(LookupError, match="no such") as raised:
        run_node(failing, text="no such")
    assert raised.traceback[-1].name == "failing"


def test_choices_of_installed_plugins_are_there() -> None:
    assert run_node(mode, name="multiply") is True


def test_files_are_saved_in_a_store_of_ones_own() -> None:
    assert run_node(note, text="abc").size == 3
    ctx = Context()
    with pytest.raises(RuntimeError, match="has no file store"):
        run_node(note, ctx=ctx, text="abc")

"""What a builder gives for a node that was added: the node, and by attribute its outputs."""

from __future__ import annotations

from nodeflow.plan.check import note_unknown_output
from nodeflow.problems import GraphError, Problems
from nodeflow.spec import NodeSpec


class UnknownOutput(GraphError, AttributeError):  # noqa: N818 - what there is
    """A node has no output of that name; an AttributeError, too, so that `hasattr` and `dir` mean what they should."""


class NodeHandle:
    """A node in a builder's graph. `handle.latent` is its output `latent`; `str(handle)` is its id.

    Nothing else is an attribute of it, so that no output's name is ever in the way. Raises UnknownOutput, with the
    problem `unknown_output`, for what is no output.
    """

    __slots__ = ("_id", "_spec")

    def __init__(self, node_id: str, spec: NodeSpec) -> None:
        self._id = node_id
        self._spec = spec

    def __getattr__(self, name: str) -> Output:
        if name.startswith("_"):
            # Python's own questions, such as whether it can be copied.
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if name not in self._spec.outputs:
            problems = Problems()
            note_unknown_output(problems, ("nodes", self._id), self._spec, (self._id, name))
            raise UnknownOutput(problems)
        return Output(self, name)

    def __dir__(self) -> list[str]:
        return list(self._spec.outputs)

    def __str__(self) -> str:
        return self._id

    def __repr__(self) -> str:
        return f"<{self._id}, a {self._spec.name}>"


class Output:
    """One output of a node in a builder's graph; `str(output)` is how a link to it is written, `"node.output"`."""

    __slots__ = ("name", "node")

    def __init__(self, node: NodeHandle, name: str) -> None:
        self.node = node
        self.name = name

    def __str__(self) -> str:
        return f"{self.node}.{self.name}"

    def __repr__(self) -> str:
        return f"<{self}>"

"""Nodes that compare, decide, and compute only the branch that was decided for."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from nodeflow import Context, Field, Lazy, Node, node

CATEGORY = "logic"

Relation = Literal["equal", "not_equal", "less", "less_or_equal", "greater", "greater_or_equal"]
TextRelation = Literal["equal", "not_equal", "contains", "starts_with", "ends_with"]
Gate = Literal["and", "or", "xor"]


@node(category=CATEGORY)
def compare(
    a: float,
    b: float,
    relation: Relation = "equal",
    tolerance: Annotated[float, Field(ge=0, description="how far apart numbers may be and still count as equal")] = 0.0,
) -> bool:
    """Compare two numbers. Within `tolerance` they are equal: neither less nor greater."""
    same = a == b or abs(a - b) <= tolerance
    return {
        "equal": same,
        "not_equal": not same,
        "less": a < b and not same,
        "less_or_equal": a < b or same,
        "greater": a > b and not same,
        "greater_or_equal": a > b or same,
    }[relation]


@node(category=CATEGORY)
def compare_text(a: str, b: str, relation: TextRelation = "equal") -> bool:
    """Compare two texts; capitals count. `contains`, `starts_with` and `ends_with` look for b in a."""
    return {
        "equal": a == b,
        "not_equal": a != b,
        "contains": b in a,
        "starts_with": a.startswith(b),
        "ends_with": a.endswith(b),
    }[relation]


@node(category=CATEGORY)
def logic_gate(a: bool, b: bool, gate: Gate = "and") -> bool:
    """Combine two truths: both (and), at least one (or), exactly one (xor)."""
    return {"and": a and b, "or": a or b, "xor": a != b}[gate]


@node(category=CATEGORY, type_name="Not")
def negation(value: bool) -> bool:
    """True becomes false, false becomes true."""
    return not value


class Switch(Node):
    """Choose one of two values. Only the chosen branch is computed: what leads to the other one alone does not run."""

    category = CATEGORY

    condition: bool
    when_true: Annotated[Any, Lazy(), Field(description="taken when the condition is true")]
    when_false: Annotated[Any, Lazy(), Field(description="taken when the condition is false")]

    def needs(self, ready: Mapping[str, object]) -> Iterable[str]:
        del ready  # the condition alone decides
        return (self._chosen,)

    def run(self, ctx: Context) -> Any:
        ctx.check()
        return getattr(self, self._chosen)

    @property
    def _chosen(self) -> str:
        return "when_true" if self.condition else "when_false"

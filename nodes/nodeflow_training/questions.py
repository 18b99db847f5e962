"""What a text encoder must tell of a caption: its vector is asked, and linear classifiers read the answers.

Stable Diffusion starts from a text encoder that knows language (CLIP, arXiv:2103.00020); so do models of drawn scenes.
"""

from __future__ import annotations

from nodeflow_training.captions import Statement
from nodeflow_training.scenes import BACKGROUNDS, ITEM_COLOURS, PLACES, RELATIONS, SHAPES

QUESTIONS: dict[str, tuple[str, ...]] = {
    "background": BACKGROUNDS,
    "first colour": ITEM_COLOURS,
    "first shape": SHAPES,
    "second colour": ITEM_COLOURS,
    "second shape": SHAPES,
    "relation": RELATIONS,
    "place": PLACES,
}
"""What the vector is asked, with the answers; there is always one more: that the caption does not say."""


def answers(said: Statement | None) -> list[int]:
    """The number of the right answer to each question; None is the empty caption."""
    if said is None:
        return [len(possible) for possible in QUESTIONS.values()]
    first, second = said.items[0], said.items[1] if len(said.items) == 2 else None
    told = (
        said.background,
        first.colour,
        first.shape,
        second and second.colour,
        second and second.shape,
        said.relation,
        said.place,
    )
    return [
        len(possible) if answer is None else possible.index(answer)
        for answer, possible in zip(told, QUESTIONS.values(), strict=True)
    ]

"""Training of the text encoder before it meets the U-Net: its vector for a caption must tell what the caption says.

Stable Diffusion starts from a text encoder that knows language (CLIP, arXiv:2103.00020); so does this one, at the
scale of drawn scenes. Its vector is read back by linear classifiers, which are thrown away afterwards.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import torch
from nodeflow_diffusion.lib.clip import clip_text_model
from torch import Tensor, nn
from torch.nn import functional

from nodeflow_training.captions import Statement, statement, worded
from nodeflow_training.progress import Checkpoint, Log, learning_rate
from nodeflow_training.scenes import BACKGROUNDS, ITEM_COLOURS, PLACES, RELATIONS, SHAPES, sample_scene
from nodeflow_training.words import TEXT_WIDTH, Words, text_config

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


@dataclass(frozen=True)
class TextRecipe:
    """What a text encoder was trained with."""

    steps: int = 1000
    batch: int = 64
    learning_rate: float = 1e-3
    silence: float = 0.05
    strange_words: float = 0.1
    seed: int = 3


class Reader(nn.Module):
    """A text model, and a linear classifier for each question."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.text = clip_text_model(text_config(vocabulary))
        self.answers = nn.ModuleList(nn.Linear(TEXT_WIDTH, len(answers) + 1) for answers in QUESTIONS.values())

    def forward(self, rows: Tensor) -> list[Tensor]:
        """Rows [B, T] of tokens to scores [B, answers + 1], question by question."""
        _, vector = text_states(self.text, rows)
        return [answer(vector) for answer in self.answers]


def text_states(text: nn.Module, rows: Tensor) -> tuple[Tensor, Tensor]:
    """The states [B, T, D] of rows [B, T] of tokens, and the vector [B, D] at each row's first end of text."""
    context = text(input_ids=rows).last_hidden_state
    return context, context[torch.arange(len(rows)), Words.ends(rows)]


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


def examples(words: Words, recipe: TextRecipe, step: int, *, held_out: bool = False) -> tuple[Tensor, Tensor]:
    """A batch of captions as rows [B, T], and their answers [B, questions]; the same for the same step."""
    rng = random.Random(f"{recipe.seed} {step} {held_out}")
    said: list[Statement | None] = []
    for i in range(recipe.batch):
        silent = rng.random() < recipe.silence
        said.append(None if silent else statement(sample_scene(rng, 1 + i % 2, held_out=held_out), rng))
    captions = ["" if each is None else worded(each, rng) for each in said]
    return words.encode(captions, rng, recipe.strange_words), torch.tensor([answers(each) for each in said])


def loss(reader: Reader, rows: Tensor, right: Tensor) -> Tensor:
    """Cross-entropy in nats, summed over the questions."""
    scores = reader(rows)
    return torch.stack([functional.cross_entropy(s, right[:, i]) for i, s in enumerate(scores)]).sum()


def train_text(recipe: TextRecipe, words: Words, folder: Path) -> Reader:
    """Trains, or goes on from `folder`'s last checkpoint; leaves `text.pt` and `text.csv` there."""
    torch.manual_seed(recipe.seed)
    reader = Reader(len(words.tokens))
    optimizer = torch.optim.AdamW(reader.parameters(), recipe.learning_rate, betas=(0.9, 0.99), fused=True)
    generator = torch.Generator().manual_seed(recipe.seed)
    checkpoint = Checkpoint(folder / "text.pt", {"model": reader, "optimizer": optimizer}, generator)
    log = Log(folder / "text.csv", every=100)
    for step in range(checkpoint.load(), recipe.steps):
        optimizer.param_groups[0]["lr"] = learning_rate(step, recipe.steps, recipe.learning_rate)
        value = loss(reader, *examples(words, recipe, step))
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        log.add(step, value.item())
        checkpoint.save_sometimes(step + 1)
    checkpoint.save(recipe.steps)
    return reader


@torch.no_grad()
def understood(reader: Reader, words: Words, recipe: TextRecipe, batches: int = 16) -> float:
    """The share of captions of held-out scenes of which every answer is right."""
    shares = []
    for step in range(batches):
        rows, right = examples(words, recipe, step, held_out=True)
        given = torch.stack([scores.argmax(dim=1) for scores in reader(rows)], dim=1)
        shares.append((given == right).all(dim=1).float().mean())
    return float(torch.stack(shares).mean())

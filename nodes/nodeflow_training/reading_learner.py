"""A text encoder that learns to read before it meets a U-Net: its vector must tell what a caption says."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from nodeflow_training.captions import statement, worded
from nodeflow_training.loop import hash_of
from nodeflow_training.pictures import scenes
from nodeflow_training.progress import Stateful
from nodeflow_training.questions import QUESTIONS, answers
from nodeflow_training.text_side import TextSide
from nodeflow_training.types import Drawings

HELD_OUT = 1000


@dataclass(frozen=True)
class ReadingMethod:
    """How a text encoder learns to read; `silence` (0..1) is the share of empty captions."""

    batch: int = 64
    learning_rate: float = 1e-3
    silence: float = 0.05
    seed: int = 0


class ReadingLearner:
    """A text encoder with a linear classifier for each question; it learns from captions of drawn scenes."""

    def __init__(self, text: TextSide, drawings: Drawings, method: ReadingMethod) -> None:
        self.text, self.drawings, self.method = text, drawings, method
        text.module.requires_grad_(requires_grad=True)
        width = text(["a"])[1].shape[1]
        device = next(text.module.parameters()).device
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(method.seed)
            self.answers = nn.ModuleList(nn.Linear(width, len(a) + 1) for a in QUESTIONS.values()).to(device)
        self.optimizer = torch.optim.AdamW(list(self.weights), method.learning_rate, betas=(0.9, 0.99), fused=True)

    @property
    def parts(self) -> Mapping[str, Stateful]:
        return {"text": self.text.module, "answers": self.answers, "optimizer": self.optimizer}

    @property
    def optimizers(self) -> Iterable[torch.optim.Optimizer]:
        return (self.optimizer,)

    @property
    def weights(self) -> Iterable[Tensor]:
        return [*self.text.module.parameters(), *self.answers.parameters()]

    def loss(self, step: int, batch: int) -> Tensor:
        """Cross-entropy in nats, summed over the questions."""
        scores, right = self.read(
            random.Random(hash_of(self.method.seed, step, batch)), self.drawings, self.method.batch
        )
        each = [functional.cross_entropy(score, right[:, i]) for i, score in enumerate(scores)]
        return torch.stack(each).sum()

    def read(self, rng: random.Random, drawings: Drawings, count: int) -> tuple[list[Tensor], Tensor]:
        """Scores of every answer, and the right ones, for random captions."""
        known = scenes(drawings)
        said = [None if rng.random() < self.method.silence else statement(rng.choice(known), rng) for _ in range(count)]
        _, vectors = self.text(["" if each is None else worded(each, rng) for each in said], rng)
        right = torch.tensor([answers(each) for each in said], device=vectors.device)
        return [answer(vectors) for answer in self.answers], right

    def learnt(self, step: int) -> None:
        pass

    @torch.no_grad()
    def understood(self) -> float:
        """The share of captions of held-out scenes of which every answer is right."""
        scores, right = self.read(random.Random(0), replace(self.drawings, held_out=True, count=HELD_OUT), HELD_OUT)
        given = torch.stack([score.argmax(dim=1) for score in scores], dim=1)
        return float((given == right).all(dim=1).float().mean())

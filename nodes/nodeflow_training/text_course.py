"""From the inputs of TrainTextEncoder to a text encoder that reads captions, in the store."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from nodeflow_diffusion.lib.bert_layout import check_writable
from nodeflow_diffusion.lib.writer import save_checkpoint
from nodeflow_diffusion.types import TextEncoder

from nodeflow_training import loading
from nodeflow_training.course import Course, digest
from nodeflow_training.loop import Pace, spacing
from nodeflow_training.nodes.text import TrainedText
from nodeflow_training.reading_learner import ReadingLearner, ReadingMethod
from nodeflow_training.text_side import VOCABULARY, TextSide, captions_used
from nodeflow_training.types import Drawings

if TYPE_CHECKING:
    from nodeflow import Context
    from nodeflow_training.nodes.text import TrainTextEncoder


def trained(node: TrainTextEncoder, ctx: Context) -> TrainedText:
    """Trains as the node says. Raises ValueError for a dataset that is not drawn, or an encoder no file can hold."""
    dataset = node.dataset
    if not isinstance(dataset.source, Drawings):
        raise ValueError("the dataset is not drawn: what captions say is known of drawn scenes alone; link DrawScenes")
    encoder = loading.text_encoder(node.text_encoder, ctx, loading.plain(ctx))
    check_writable(encoder)
    text = TextSide(encoder, captions_used(dataset, VOCABULARY), node.strange_words)
    method = ReadingMethod(node.batch, node.learning_rate, node.silence, node.seed)
    learner = ReadingLearner(text, dataset.source, method)
    pace = Pace(node.steps, node.learning_rate, every=spacing(node.steps))
    recipe = digest(dataset, node.text_encoder, pace, method, node.strange_words)
    course = Course("text", recipe, ctx, early=node.finish_early)
    outcome, understood = course.run(learner, pace), learner.understood()
    with tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
        path = Path(folder) / "text-encoder.safetensors"
        save_checkpoint(path, text_model=text.restore())
        made = loading.kept(path, "text-encoder.safetensors", ctx)
    course.forget()
    return TrainedText(
        TextEncoder(made.model, last_layer=node.text_encoder.last_layer), understood, outcome.picture, outcome.files[0]
    )

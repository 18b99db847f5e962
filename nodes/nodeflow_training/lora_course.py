"""From the inputs of TrainLoRA to a LoRA in the store."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from nodeflow_diffusion.lib.unet import UNet
from nodeflow_diffusion.types import Patch

from nodeflow_training import loading
from nodeflow_training.batches import Batches
from nodeflow_training.course import Course, digest
from nodeflow_training.diffusion_course import check_data, in_bfloat16, pace_of, sampler
from nodeflow_training.diffusion_learner import Method
from nodeflow_training.lora_learner import LoRALearner, adapt, save_lora
from nodeflow_training.nodes.lora import TrainedLoRA
from nodeflow_training.objective import Objective
from nodeflow_training.text_side import TextSide

if TYPE_CHECKING:
    from nodeflow_diffusion.lib.denoiser import Prediction

    from nodeflow import Context
    from nodeflow_training.nodes.lora import TrainLoRA


def trained(node: TrainLoRA, ctx: Context) -> TrainedLoRA:
    """Trains as the node says. Raises ValueError if model and data do not fit together."""
    place = loading.plain(ctx)
    denoiser = loading.denoiser(node.model, ctx, place)
    text = TextSide(loading.text_encoder(node.text_encoder, ctx, place))
    method, pace = method_of(node, denoiser.prediction, ctx), pace_of(node)
    plain = cast("UNet", denoiser.network)
    unet = cast("UNet", loading.channels_last(loading.narrowed(plain) if method.autocast else plain))
    for data in [node.data, *([node.others] if node.others is not None else [])]:
        check_data(unet, data, node.text_encoder)
    unet.checkpointing = node.gradient_checkpointing
    endings = [ending.strip() for ending in node.layers.split(",") if ending.strip()]
    adapters = adapt(unet, endings, node.rank, node.seed)
    others = None if node.others is None else Batches(node.others)
    learner = LoRALearner(unet, denoiser.levels, Batches(node.data), text, method, adapters, others, node.others_weight)
    learned_with = (node.others.recipe if node.others else None, node.others_weight, node.rank, endings)
    recipe = digest(node.data.recipe, node.model, node.text_encoder, method, pace, learned_with)
    samples = sampler(learner, denoiser, node.data, node.sample_pictures, ctx)
    course = Course("lora", recipe, ctx, samples, early=node.finish_early)
    outcome = course.run(learner, pace)
    with tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
        path = Path(folder) / f"{node.name}.safetensors"
        save_lora(path, adapters, unet.config.res_blocks)
        made = loading.kept(path, path.name, ctx, kind="loras")
    course.forget()
    changed = replace(node.model, patches=(*node.model.patches, Patch("lora", made.model)))
    return TrainedLoRA(changed, made.file, outcome.picture, outcome.files[0])


def method_of(node: TrainLoRA, prediction: Prediction, ctx: Context) -> Method:
    """The averaged weights are the last ones: so few steps need no average."""
    return Method(
        objective=Objective(prediction, min_snr=node.min_snr),
        batch=node.batch,
        learning_rate=node.learning_rate,
        weight_decay=0.0,
        caption_drop=node.caption_drop,
        ema=0.0,
        autocast=in_bfloat16(node.dtype, ctx),
        seed=node.seed,
    )

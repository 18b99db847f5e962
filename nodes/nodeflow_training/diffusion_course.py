"""From the inputs of TrainDiffusion to a trained model in the store."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from nodeflow_diffusion.lib import placement
from nodeflow_diffusion.lib.bert_layout import check_writable
from nodeflow_diffusion.lib.denoiser import Denoiser
from nodeflow_diffusion.lib.text import TextEncoder
from nodeflow_diffusion.lib.unet import UNet
from nodeflow_diffusion.lib.writer import save_checkpoint
from nodeflow_diffusion.types import Denoiser as DenoiserRecipe
from nodeflow_diffusion.types import TextEncoder as TextEncoderRecipe

from nodeflow_training import loading
from nodeflow_training.batches import Batches
from nodeflow_training.chart import grid
from nodeflow_training.course import Course, Outcome, Pixels, digest
from nodeflow_training.diffusion_learner import DiffusionLearner, Method
from nodeflow_training.loop import Pace, spacing
from nodeflow_training.nodes.diffusion import Trained
from nodeflow_training.objective import Objective
from nodeflow_training.sampling import Sampling, pictures
from nodeflow_training.text_side import VOCABULARY, TextSide, captions_used

if TYPE_CHECKING:
    from nodeflow import Context
    from nodeflow_training.nodes.diffusion import TrainDiffusion
    from nodeflow_training.nodes.lora import TrainLoRA
    from nodeflow_training.types import EncodedDataset

SAMPLE_STEPS, SAMPLE_CFG = 12, 4.0


def trained(node: TrainDiffusion, ctx: Context) -> Trained:
    """Trains as the node says. Raises ValueError if model, text encoder and data do not fit together."""
    place = loading.plain(ctx)
    denoiser = loading.denoiser(node.model, ctx, place)
    unet = cast("UNet", denoiser.network)
    encoder = loading.text_encoder(node.text_encoder, ctx, place)
    check(unet, encoder, node)
    text = TextSide(encoder, _captions(node.data) if node.text_rate else (), node.strange_words)
    method = method_of(node, denoiser, ctx)
    unet = cast("UNet", loading.channels_last(unet))
    unet.checkpointing = node.gradient_checkpointing
    learner = DiffusionLearner(unet, denoiser.levels, Batches(node.data), text, method)
    course = Course(
        "diffusion",
        recipe(node, method),
        ctx,
        sampler(learner, denoiser, node.data, node.sample_pictures, ctx),
        early=node.finish_early,
    )
    outcome = course.run(learner, pace_of(node))
    with learner.averaged():
        made = _kept(learner, denoiser, node, ctx)
    course.forget()
    return _answer(made, node, outcome)


def check(unet: UNet, encoder: TextEncoder, node: TrainDiffusion) -> None:
    """Raise ValueError unless the parts fit together."""
    check_data(unet, node.data, node.text_encoder)
    if node.text_rate:
        check_writable(encoder)
    if node.data.contexts is not None and node.text_rate:
        raise ValueError(
            "captions that are encoded already, and a text encoder that is to learn: leave EncodeDataset's "
            "text_encoder out, or text_rate at 0"
        )


def check_data(unet: UNet, data: EncodedDataset, text_encoder: TextEncoderRecipe) -> None:
    """Raise ValueError unless latents and captions are encoded as the model takes them."""
    channels, found = unet.config.in_channels, data.buckets[0].latents.shape[1]
    if found != channels:
        raise ValueError(f"latents of {found} channels, where the model takes {channels}; encode with the model's VAE")
    if data.text_encoder is not None and data.text_encoder != text_encoder:
        raise ValueError("the captions were encoded by another text encoder; link the same one to both nodes")


def method_of(node: TrainDiffusion, denoiser: Denoiser, ctx: Context) -> Method:
    return Method(
        objective=Objective(denoiser.prediction, node.noise_bias, node.min_snr),
        batch=node.batch,
        learning_rate=node.learning_rate,
        optimizer=node.optimizer,
        weight_decay=node.weight_decay,
        text_rate=node.text_rate,
        caption_drop=node.caption_drop,
        ema=node.ema,
        autocast=in_bfloat16(node.dtype, ctx),
        seed=node.seed,
    )


def in_bfloat16(dtype: str, ctx: Context) -> bool:
    """Whether networks are to compute in bfloat16: `auto` does where the device has it."""
    if dtype != "auto":
        return dtype == "bfloat16"
    chosen = placement.choose(ctx.settings.get("device", "auto"), ctx.settings.get("dtype", "auto"))
    return chosen.dtype != "float32" and chosen.device in ("cpu", "cuda")


def pace_of(node: TrainDiffusion | TrainLoRA) -> Pace:
    """How long, and how fast at each step: the settings that training a U-Net and training a LoRA share."""
    return Pace(
        steps=node.steps,
        learning_rate=node.learning_rate,
        warm_up=node.warm_up,
        decay_from=node.decay_from,
        accumulate=node.accumulate,
        every=spacing(node.steps),
    )


def recipe(node: TrainDiffusion, method: Method) -> str:
    """What a state must agree with to be gone on with: all that its weights depend on."""
    return digest(node.data.recipe, node.model, node.text_encoder, method, pace_of(node), node.strange_words)


def _captions(data: EncodedDataset) -> list[str]:
    """Captions with all words that are used."""
    if data.captions is not None:
        return list(data.captions)
    return captions_used(data.dataset, max(len(data.dataset), VOCABULARY))


def sampler(
    learner: DiffusionLearner, denoiser: Denoiser, data: EncodedDataset, count: int, ctx: Context
) -> Callable[[], Pixels] | None:
    """Makes pictures of the first captions with the averaged weights; None for no pictures."""
    if not count:
        return None
    captions = [learner.batches.caption(i % len(data.dataset), None) for i in range(count)]
    now = Denoiser(learner.unet, denoiser.levels, denoiser.prediction, device=learner.device, channels_last=True)
    how = Sampling(SAMPLE_STEPS, SAMPLE_CFG, side=data.dataset.side)

    def samples() -> Pixels:
        with learner.averaged(), learner.computing():
            vae = loading.vae(data.vae, ctx)
            made = pictures(captions, lambda texts: learner.text(texts), now, vae, how, lambda _: ctx.check())
        return grid(list(made), 4)

    return samples


def _kept(learner: DiffusionLearner, denoiser: Denoiser, node: TrainDiffusion, ctx: Context) -> loading.Made:
    """The averaged weights as a file of the store, with the VAE's map for previews."""
    text = learner.text.restore() if learner.method.text_rate else None
    with tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
        path = Path(folder) / "trained.safetensors"
        said: dict[str, str] = {"nodeflow.prediction": denoiser.prediction}
        if (rgb := loading.opened(node.data.vae.file, ["vae"], ctx).latent_rgb) is not None:
            said["nodeflow.latent_rgb"] = rgb.dump()
        save_checkpoint(path, learner.unet, text_model=text, metadata=said)
        return loading.kept(path, "diffusion.safetensors", ctx)


def _answer(made: loading.Made, node: TrainDiffusion, outcome: Outcome) -> Trained:
    text = (
        TextEncoderRecipe(made.model, last_layer=node.text_encoder.last_layer) if node.text_rate else node.text_encoder
    )
    return Trained(DenoiserRecipe(made.model), text, outcome.picture, outcome.files[0])

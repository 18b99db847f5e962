"""What the pack brings: datasets, training, evaluation, lessons, and the types of wires between them."""

from collections.abc import Iterable
from pathlib import Path

from nodeflow import Node, WireType, hookimpl
from nodeflow.folders import ModelFolder
from nodeflow_training.codecs import DatasetCodec, EncodedDatasetCodec
from nodeflow_training.nodes import (
    checkpoint,
    datasets,
    diffusion,
    encoding,
    evaluation,
    lessons,
    lora,
    new_models,
    text,
    vae,
)
from nodeflow_training.types import Dataset, EncodedDataset

NODES: tuple[type[Node], ...] = (
    datasets.draw_scenes,
    datasets.LoadImageFolder,
    datasets.LoadImageTable,
    datasets.DatasetFromImages,
    datasets.bucket_dataset,
    datasets.augment_dataset,
    datasets.ShowDataset,
    encoding.EncodeDataset,
    new_models.NewVAE,
    new_models.NewTextEncoder,
    new_models.NewDenoiser,
    vae.TrainVAE,
    text.TrainTextEncoder,
    diffusion.TrainDiffusion,
    lora.TrainLoRA,
    checkpoint.SaveCheckpoint,
    evaluation.EvaluateModel,
    lessons.ForwardProcess,
    lessons.ReverseProcess,
    lessons.CompareSampling,
    lessons.AttentionMaps,
    lessons.interpolate_latents,
    lessons.latent_channels,
    lessons.image_grid,
)

TYPES = (
    WireType("Dataset", Dataset, "#3fa7a0", "Captioned pictures to learn from.", DatasetCodec()),
    WireType(
        "EncodedDataset", EncodedDataset, "#5f8f3f", "A dataset as a diffusion model sees it.", EncodedDatasetCodec()
    ),
)

SAMPLES = Path(__file__).parent / "samples"


@hookimpl
def nodeflow_nodes() -> Iterable[type[Node]]:
    """Every node of the pack."""
    return NODES


@hookimpl
def nodeflow_types() -> Iterable[WireType]:
    """What those nodes pass to each other, beside the types of diffusion."""
    return TYPES


@hookimpl
def nodeflow_model_folders() -> Iterable[ModelFolder]:
    """Datasets, of which one comes with the pack, and the kind of files that training runs are kept in."""
    return (
        ModelFolder(datasets.DATASETS, SAMPLES, owner="training", suffixes=(".csv", ".jsonl")),
        ModelFolder("training", SAMPLES / "runs", owner="training", suffixes=(".pt",)),
    )

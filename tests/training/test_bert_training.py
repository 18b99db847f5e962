"""An encoder of BERT's family learns with its U-Net, and is there afterwards: in a file, a graph, a new process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from nodeflow_diffusion import weights
from nodeflow_diffusion.codecs import RecipeCodec
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.loaders import LoadCheckpoint
from nodeflow_diffusion.text import TextEncode
from nodeflow_diffusion.types import VAE, Denoiser, TextEncoder
from nodeflow_training import loading
from nodeflow_training.nodes.checkpoint import SaveCheckpoint
from nodeflow_training.nodes.diffusion import TrainDiffusion, Trained
from nodeflow_training.nodes.new_models import NewDenoiser
from nodeflow_training.nodes.text import TrainTextEncoder
from nodeflow_training.text_side import TextSide
from nodeflow_training.types import Dataset, Drawings, EncodedDataset
from torch import Tensor

from nodeflow import Context
from nodeflow.context import Cancellation, Cancelled

PROMPT = "a picture three, never seen"
QUICK: dict[str, Any] = {"batch": 4, "sample_pictures": 0, "warm_up": 2, "dtype": "float32"}


@pytest.fixture(scope="module")
def model(shared: Context, vae: VAE, bert: TextEncoder) -> Denoiser:
    sizes: dict[str, Any] = {"channels": "32", "depths": "1", "heads": 2}
    return NewDenoiser(vae=vae, text_encoder=bert, pooled=False, **sizes).run(shared)


@pytest.fixture(scope="module")
def node(data: EncodedDataset, model: Denoiser, bert: TextEncoder) -> TrainDiffusion:
    return TrainDiffusion(
        data=data, model=model, text_encoder=bert, text_rate=0.5, steps=40, learning_rate=5e-3, **QUICK
    )


@pytest.fixture(scope="module")
def trained(node: TrainDiffusion, shared: Context) -> Trained:
    return node.run(shared)


def tensors(recipe: TextEncoder, ctx: Context) -> dict[str, Tensor]:
    """All weights by name."""
    found: dict[str, Tensor] = loading.text_encoder(recipe, ctx).network.module.state_dict()
    return found


def embedding(recipe: TextEncoder, ctx: Context) -> Tensor:
    (entry,) = TextEncode(text_encoder=recipe, text=PROMPT).run(ctx).entries
    return entry.context


def test_the_encoder_learns_and_the_loss_falls(trained: Trained, bert: TextEncoder, shared: Context) -> None:
    losses = [float(line.split(",")[1]) for line in shared.read(trained.curve).decode().splitlines()[1:]]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    before, after = tensors(bert, shared), tensors(trained.text_encoder, shared)
    same = {name for name in before if torch.equal(before[name], after[name])}
    # The vector for the whole text is the state of its first token: nothing asks for BERT's pooler.
    assert same == {"pooler.dense.weight", "pooler.dense.bias"}
    table = "embeddings.word_embeddings.weight"
    changed = (before[table] != after[table]).any(dim=1)
    assert changed[5]
    assert not changed[-1], "a word that no caption uses stays as it was"


def test_a_frozen_encoder_is_the_one_that_came_in(node: TrainDiffusion, bert: TextEncoder, ctx: Context) -> None:
    assert replace(node, text_rate=0.0, steps=2).run(ctx).text_encoder == bert


def test_gradients_are_those_of_the_whole_encoder(bert: TextEncoder, ctx: Context) -> None:
    captions = ["a picture one", "two", ""]
    sides = [TextSide(loading.text_encoder(bert, ctx)), TextSide(loading.text_encoder(bert, ctx), captions)]
    for text in sides:
        text.module.requires_grad_(requires_grad=True)
        states, pooled = text(captions)
        (states.square().mean() + pooled.sin().mean()).backward()  # type: ignore[no-untyped-call]
    whole, used = ({name: p.grad for name, p in text.module.named_parameters()} for text in sides)
    table = whole.pop("embeddings.word_embeddings.weight")
    few = used.pop("embeddings.word_embeddings.weight")
    assert sides[1].used is not None
    assert table is not None
    assert few is not None
    assert torch.allclose(few[1:], table[list(sides[1].used.tokens)], atol=1e-7)
    assert not few[0].any()
    assert whole.keys() == used.keys()
    for name, gradient in whole.items():
        assert (gradient is None and used[name] is None) or torch.allclose(gradient, used[name], atol=1e-7), name


def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(node: TrainDiffusion, ctx: Context) -> None:
    node = replace(node, steps=6, strange_words=0.5, seed=1)
    whole = tensors(node.run(ctx).text_encoder, ctx)
    cancellation = Cancellation()

    def report(done: float, total: float, preview: object) -> None:
        if done == 3:
            cancellation.cancel()
            cancellation.check()

    with pytest.raises(Cancelled):
        node.run(replace(ctx, cancellation=cancellation, report=report))
    told: list[float] = []
    resumed = node.run(replace(ctx, report=lambda done, *_: told.append(done)))
    assert told[0] == 3
    for name, weight in tensors(resumed.text_encoder, ctx).items():
        assert torch.allclose(weight, whole[name], atol=1e-6), name


ELSEWHERE = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import torch
from conftest import context_in
from nodeflow import Encoded
from nodeflow_diffusion.codecs import RecipeCodec
from nodeflow_diffusion.text import TextEncode
from nodeflow_diffusion.types import TextEncoder
recipe = RecipeCodec(TextEncoder).decode(Encoded({}, json.loads(sys.argv[3])))
(entry,) = TextEncode(text_encoder=recipe, text=sys.argv[4]).run(context_in(Path(sys.argv[2]))).entries
torch.save({"context": entry.context, "pooled": entry.pooled}, sys.argv[5])
"""


def test_a_saved_checkpoint_reads_the_same_in_a_new_process(
    trained: Trained, vae: VAE, bert: TextEncoder, home: Path, ctx: Context, tmp_path: Path
) -> None:
    parts: dict[str, Any] = {"model": trained.model, "vae": vae, "text_encoder": trained.text_encoder}
    file = SaveCheckpoint(name="with bert", dtype="stored", **parts).run(ctx)
    (home / "models" / "checkpoints" / file.name).write_bytes(ctx.read(file))
    loaded = LoadCheckpoint(checkpoint=file.name).run(ctx)
    recipe = json.dumps(RecipeCodec(TextEncoder).encode(loaded.text_encoder).meta)
    there = tmp_path / "embedding.pt"
    arguments = [str(Path(__file__).parent), str(home), recipe, PROMPT, str(there)]
    subprocess.run(
        [sys.executable, "-c", ELSEWHERE, *arguments], env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True
    )
    (entry,) = TextEncode(text_encoder=trained.text_encoder, text=PROMPT).run(ctx).entries
    found = torch.load(there, weights_only=True)
    assert torch.equal(found["context"], entry.context)
    assert torch.equal(found["pooled"], entry.pooled)
    assert not torch.allclose(entry.context, embedding(bert, ctx), atol=1e-2)
    assert weights.denoiser(loaded.model, ctx).config.context_dim == 32


def test_a_checkpoint_comes_back_to_the_bit(trained: Trained, vae: VAE, bert: TextEncoder, ctx: Context) -> None:
    parts: dict[str, Any] = {"model": trained.model, "vae": vae, "text_encoder": bert}
    first = SaveCheckpoint(name="again", dtype="float16", **parts).run(ctx)
    again = loading.ModelFile("checkpoints", f"sha256:{first.sha256}", first.sha256)
    parts = {"model": Denoiser(again), "vae": VAE(again), "text_encoder": TextEncoder(again)}
    assert SaveCheckpoint(name="again", dtype="stored", **parts).run(ctx).sha256 == first.sha256
    checkpoint = open_checkpoint(ctx.path("checkpoints", again.name))
    kept = checkpoint.text_encoder().network.module.state_dict()
    assert all(torch.equal(kept[name], weight.half()) for name, weight in tensors(bert, ctx).items())


def test_it_learns_to_read_drawn_scenes(bert: TextEncoder, ctx: Context) -> None:
    dataset = Dataset(Drawings(50, seed=1, items=1), side=32)
    node = TrainTextEncoder(dataset=dataset, text_encoder=replace(bert, last_layer=-2), steps=4, batch=8)
    trained = node.run(ctx)
    assert trained.text_encoder.last_layer == -2
    assert embedding(trained.text_encoder, ctx).shape == (1, 12, 32)


def test_a_tokenizer_that_no_file_can_hold_is_told_before_it_trains(
    node: TrainDiffusion, ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = loading.text_encoder(node.text_encoder, ctx)
    spoken = replace(whole, vocabulary=replace(whole.vocabulary, written=None))
    monkeypatch.setattr("nodeflow_training.loading.text_encoder", lambda *_: spoken)
    with pytest.raises(ValueError, match=r"tokenizer is written in Python.* one that has a tokenizer\.json"):
        node.run(ctx)

"""Recipes are followed once, kept apart by what they say, and patched without touching what others hold."""

import gc
import weakref
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch
from nodeflow_diffusion import weights
from nodeflow_diffusion.lib.checkpoint import PARTS
from nodeflow_diffusion.loaders import Checkpoint
from nodeflow_diffusion.types import Patch, patched
from torch import nn

from nodeflow import Context
from nodeflow.models import ModelStore
from nodeflow.registry import Registry

T = TypeVar("T")


@dataclass
class Noting:
    """Keeps models as a store does, and notes what was loaded."""

    loaded: dict[Hashable, Any] = field(default_factory=dict)
    sizes: dict[Hashable, int] = field(default_factory=dict)

    def get(self, key: Hashable, load: Callable[[], T], nbytes: int) -> T:
        if key not in self.loaded:
            self.loaded[key], self.sizes[key] = load(), nbytes
        model: T = self.loaded[key]
        return model


@pytest.fixture
def noting(ctx: Context) -> tuple[Noting, Context]:
    noting = Noting()
    return noting, replace(ctx, models=noting)


def scaled(network: nn.Module, file: Path, strength: float) -> nn.Module:
    """A patch: a shallow copy in which one weight is its old self times `strength`, all others shared."""
    assert file.exists()
    copy = _shared(network)
    name, weight = next(iter(network.named_parameters()))
    owner, _, attribute = name.rpartition(".")
    setattr(copy.get_submodule(owner), attribute, nn.Parameter(weight * strength, requires_grad=False))
    return copy


def _shared(module: nn.Module) -> nn.Module:
    copy = module.__class__.__new__(module.__class__)
    copy.__dict__ = module.__dict__.copy()
    copy._parameters = module._parameters.copy()
    copy._modules = {name: _shared(child) if child is not None else None for name, child in module._modules.items()}
    return copy


def first(module: Any) -> torch.Tensor:
    weight: torch.Tensor = next(module.parameters())
    return weight


def test_a_model_is_loaded_once(small: Checkpoint, noting: tuple[Noting, Context]) -> None:
    store, ctx = noting
    one, two = (weights.denoiser(small.model, ctx).denoiser for _ in range(2))
    assert one is two
    assert weights.vae(small.vae, ctx) is weights.vae(small.vae, ctx)
    assert weights.text_encoder(small.text_encoder, ctx) is weights.text_encoder(small.text_encoder, ctx)
    assert len(store.loaded) == 3


def test_the_store_is_told_the_size_of_the_weights(small: Checkpoint, noting: tuple[Noting, Context]) -> None:
    store, ctx = noting
    vae = weights.vae(small.vae, ctx)
    assert list(store.sizes.values()) == [sum(p.nbytes for p in vae.parameters())]


def test_models_are_told_apart_by_their_options(small: Checkpoint, noting: tuple[Noting, Context]) -> None:
    store, ctx = noting
    weights.denoiser(small.model, ctx)
    weights.denoiser(replace(small.model, prediction="v"), ctx)
    weights.denoiser(small.model, replace(ctx, settings={"device": "cpu", "dtype": "bfloat16"}))
    assert len(store.loaded) == 3


def test_a_text_encoder_that_stops_early_is_the_same_model(small: Checkpoint, noting: tuple[Noting, Context]) -> None:
    store, ctx = noting
    whole = weights.text_encoder(small.text_encoder, ctx)
    early = weights.text_encoder(replace(small.text_encoder, last_layer=-2), ctx)
    assert (whole.last_layer, early.last_layer) == (-1, -2)
    assert early.network is whole.network
    assert len(store.loaded) == 1


def test_what_exceeds_the_budget_of_bytes_is_evicted_and_freed(small: Checkpoint, ctx: Context) -> None:
    """With room for the largest network alone, each that is loaded drives out the one before, mapping and all."""
    sizes = {}
    for name in ("unet", "vae", "text_encoder"):
        sizes[name] = weights.opened(small.model.file, PARTS, ctx).nbytes(name, weights.placed(ctx))
    store = ModelStore(max(sizes.values()))
    for _ in range(2):
        watches = []
        for load in (
            lambda lent: weights.denoiser(small.model, lent).denoiser.network,
            lambda lent: weights.vae(small.vae, lent),
            lambda lent: weights.text_encoder(small.text_encoder, lent).network.module,
        ):
            with store.lease() as lease:
                watches.append(weakref.ref(load(replace(ctx, models=lease))))
            assert 0 < store.nbytes <= store.budget
        gc.collect()
        assert [watch() is None for watch in watches] == [True, True, False]
        assert len(store.keys()) == 1


def test_settings_choose_the_type(small: Checkpoint, ctx: Context) -> None:
    narrow = replace(ctx, settings={"device": "cpu", "dtype": "bf16"})
    assert weights.denoiser(small.model, narrow).denoiser.dtype == torch.bfloat16
    assert first(weights.vae(small.vae, narrow)).dtype == torch.bfloat16
    with pytest.raises(ValueError, match="no device 'gpu'"):
        weights.placed(replace(ctx, settings={"device": "gpu"}))


def test_patches_are_made_in_order_on_a_copy(
    small: Checkpoint, noting: tuple[Noting, Context], registry: Registry
) -> None:
    store, ctx = noting
    registry.add_choices("patches", {"scale": scaled}, "acme")
    recipe = patched(patched(small.model, Patch("scale", small.model.file, 2.0)), Patch("scale", small.vae.file, 3.0))
    made = weights.denoiser(recipe, ctx).denoiser
    plain = weights.denoiser(small.model, ctx).denoiser
    assert torch.equal(first(made.network), first(plain.network) * 6)
    assert len(store.loaded) == 2, "the plain one was kept, and is what the patched one was made of"
    ours, theirs = (list(d.network.parameters()) for d in (made, plain))  # type: ignore[attr-defined]
    assert sum(a is not b for a, b in zip(ours, theirs, strict=True)) == 1


def test_a_text_encoder_is_patched_too(small: Checkpoint, noting: tuple[Noting, Context], registry: Registry) -> None:
    store, ctx = noting
    registry.add_choices("patches", {"scale": scaled}, "acme")
    recipe = replace(patched(small.text_encoder, Patch("scale", small.model.file, 0.5)), last_layer=-2)
    made = weights.text_encoder(recipe, ctx)
    plain = weights.text_encoder(small.text_encoder, ctx)
    assert torch.equal(first(made.network.module), first(plain.network.module) * 0.5)
    assert made.last_layer == -2
    assert len(store.loaded) == 2


def test_an_unknown_patch_is_refused(small: Checkpoint, ctx: Context) -> None:
    from nodeflow.errors import UnknownName

    with pytest.raises(UnknownName, match="'scale'"):
        weights.denoiser(patched(small.model, Patch("scale", small.model.file)), ctx)

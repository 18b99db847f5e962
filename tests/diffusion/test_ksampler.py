"""Sampling by nodes: seeds, image to image, masks, shared ways, every sampler and schedule, and what is refused."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from nodeflow_diffusion import weights
from nodeflow_diffusion.conditioning import set_conditioning_area
from nodeflow_diffusion.denoising import chosen_schedule, preview
from nodeflow_diffusion.ksampler import KSampler, KSamplerAdvanced
from nodeflow_diffusion.lib.noise import initial_noise
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.samplers import SAMPLERS
from nodeflow_diffusion.lib.sampling import Denoise, Noise, Step
from nodeflow_diffusion.lib.schedules import SCHEDULES, schedule
from nodeflow_diffusion.loaders import Checkpoint
from nodeflow_diffusion.types import Conditioning, Latent
from torch import Tensor

from nodeflow import Cancelled, Context
from nodeflow.registry import Registry

Sample = Callable[..., Latent]
STOCHASTIC = [name for name in SAMPLERS if "ancestral" in name or "sde" in name or name in ("ddpm", "lcm")]
Encode = Callable[[str], Conditioning]


@pytest.fixture
def sample(ctx: Context, small: Checkpoint, encode: Encode, latent: Latent) -> Sample:
    """A KSampler of the small checkpoint, in four steps unless told otherwise."""
    given = {"model": small.model, "positive": encode("a cat"), "negative": encode(""), "latent": latent, "steps": 4}
    return lambda **changes: KSampler(**{**given, **changes}).run(ctx)


@pytest.fixture
def advanced(ctx: Context, small: Checkpoint, encode: Encode, latent: Latent) -> Sample:
    """A KSamplerAdvanced of the small checkpoint, in eight steps unless told otherwise."""
    given = {"model": small.model, "positive": encode("a cat"), "negative": encode(""), "latent": latent, "steps": 8}
    return lambda **changes: KSamplerAdvanced(**{**given, **changes}).run(ctx)


class Spy:
    """A sampler that takes no step but notes what it was given."""

    def __init__(self) -> None:
        self.x = self.sigmas = torch.zeros(0)

    def __call__(self, denoise: Denoise, x: Tensor, sigmas: Tensor, noise: Noise) -> Iterator[Step]:
        self.x, self.sigmas = x, sigmas
        yield Step(0, x, sigmas[-1], x)


@pytest.fixture
def spy(registry: Registry) -> Spy:
    """A sampler "spy", as another plugin would bring it."""
    spy = Spy()
    registry.add_choices("samplers", {"spy": spy}, "acme")
    return spy


def test_the_same_seed_makes_the_same_latent(sample: Sample) -> None:
    assert torch.equal(sample(seed=3).samples, sample(seed=3).samples)


def test_another_seed_makes_another(sample: Sample) -> None:
    assert not torch.allclose(sample(seed=3).samples, sample(seed=4).samples, atol=0.1)


@pytest.mark.parametrize("name", STOCHASTIC)
def test_a_stochastic_sampler_follows_the_seed(sample: Sample, name: str) -> None:
    first = sample(seed=3, sampler=name).samples
    assert torch.equal(first, sample(seed=3, sampler=name).samples)
    assert not torch.allclose(first, sample(seed=4, sampler=name).samples, atol=0.1)
    assert not torch.allclose(first[0], first[1], atol=0.1)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_batch_begins_with_the_picture_that_the_seed_makes_alone(sample: Sample, name: str) -> None:
    """Noise is drawn picture after picture, what samplers add included. Batched kernels round differently."""
    many, few, one = (sample(sampler=name, latent=Latent(torch.zeros(n, 4, 8, 8))).samples for n in (4, 2, 1))
    assert torch.allclose(many[:2], few, atol=1e-3)
    assert torch.allclose(many[:1], one, atol=1e-3)


def test_a_negative_prompt_and_cfg_have_their_say(sample: Sample, encode: Encode) -> None:
    plain = sample(cfg=4.0).samples
    assert not torch.allclose(plain, sample(cfg=8.0).samples, atol=1e-4)
    assert not torch.allclose(plain, sample(cfg=4.0, negative=encode("a dog")).samples, atol=1e-4)
    unguided = sample(cfg=1.0).samples
    assert torch.equal(unguided, sample(cfg=1.0, negative=encode("a dog")).samples)


def test_sampling_starts_from_the_latent_and_the_noise_of_the_seed(sample: Sample, spy: Spy, latent: Latent) -> None:
    """The way by which image to image starts from the picture, in closed form."""
    sample(sampler="spy", schedule="normal", steps=3, denoise=0.5, seed=9)
    assert torch.equal(spy.sigmas, schedule("normal")(6, NoiseLevels.scaled_linear())[3:])
    noise = initial_noise(latent.samples.shape, 9)
    assert torch.equal(spy.x, latent.samples + spy.sigmas[0] * noise)


def test_less_denoising_stays_nearer(sample: Sample, latent: Latent) -> None:
    distances = [float((sample(denoise=d).samples - latent.samples).norm()) for d in (0.05, 0.3, 0.6, 1.0)]
    assert distances == sorted(distances)
    assert distances[0] < 0.5 * distances[-1]


def test_no_denoising_changes_nothing(sample: Sample, latent: Latent) -> None:
    assert torch.equal(sample(denoise=0.0).samples, latent.samples)


def test_some_samplers_are_customarily_given_a_longer_last_step(ctx: Context) -> None:
    levels = NoiseLevels.scaled_linear()
    full = schedule("karras")(4, levels)
    assert torch.equal(chosen_schedule(ctx, "karras", "dpm_2")(3, levels), torch.cat([full[:3], full[-1:]]))
    assert torch.equal(chosen_schedule(ctx, "karras", "euler")(4, levels), full)


@pytest.mark.parametrize("name", ["euler", "euler_ancestral", "dpmpp_2m", "dpmpp_sde", "uni_pc"])
@pytest.mark.parametrize("denoise", [1.0, 0.5])
def test_outside_of_the_noise_mask_the_latent_stays_to_the_bit(
    sample: Sample, latent: Latent, name: str, denoise: float
) -> None:
    mask = torch.zeros(1, 1, 6, 8)
    mask[..., :4] = 1
    made = sample(latent=replace(latent, noise_mask=mask), sampler=name, denoise=denoise)
    assert torch.equal(made.samples[..., 4:], latent.samples[..., 4:])
    assert (made.samples[..., :4] - latent.samples[..., :4]).abs().min() > 0
    assert torch.equal(made.noise_mask, mask)


def test_a_noise_mask_may_differ_by_picture(sample: Sample, latent: Latent) -> None:
    mask = torch.zeros(2, 1, 6, 8)
    mask[1] = 1
    made = sample(latent=replace(latent, noise_mask=mask))
    assert torch.equal(made.samples[0], latent.samples[0])
    assert not torch.allclose(made.samples[1], latent.samples[1], atol=0.1)


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("how", SCHEDULES)
def test_every_sampler_runs_on_every_schedule(sample: Sample, name: str, how: str) -> None:
    made = sample(sampler=name, schedule=how, steps=2, latent=Latent(torch.zeros(1, 4, 2, 2)))
    assert made.samples.shape == (1, 4, 2, 2)
    assert made.samples.isfinite().all()


@pytest.mark.parametrize("name", ["euler", "heun", "ddim", "dpm_2", "euler_ancestral", "ddpm"])
def test_a_way_in_two_parts_is_the_whole_way(advanced: Sample, name: str) -> None:
    """Samplers that remember nothing from step to step; the noise of the stochastic ones belongs to the seed."""
    whole = advanced(sampler=name, seed=5)
    first = advanced(sampler=name, seed=5, end_at=4, leftover_noise=True)
    second = advanced(sampler=name, seed=5, start_at=4, add_noise=False, latent=first)
    assert torch.allclose(second.samples, whole.samples, atol=1e-4)


def test_the_whole_way_is_a_plain_ksamplers(advanced: Sample, sample: Sample) -> None:
    assert torch.equal(advanced(seed=5).samples, sample(seed=5, steps=8).samples)


def test_the_end_of_the_way_is_image_to_image(advanced: Sample, sample: Sample) -> None:
    """Half of eight steps, from the middle, is four steps at a denoise of a half."""
    assert torch.equal(advanced(seed=5, start_at=4).samples, sample(seed=5, steps=4, denoise=0.5).samples)


def test_noise_is_left_over_only_if_asked_for(advanced: Sample, spy: Spy) -> None:
    levels = schedule("karras")(8, NoiseLevels.scaled_linear())
    advanced(sampler="spy", start_at=2, end_at=5, leftover_noise=True)
    assert torch.equal(spy.sigmas, levels[2:6])
    advanced(sampler="spy", start_at=2, end_at=5)
    assert torch.equal(spy.sigmas, torch.cat([levels[2:5], torch.zeros(1)]))


@pytest.mark.parametrize(("start", "end"), [(8, 1000), (5, 5), (6, 2), (100, 200)])
def test_no_steps_change_nothing(advanced: Sample, latent: Latent, start: int, end: int) -> None:
    assert torch.equal(advanced(start_at=start, end_at=end).samples, latent.samples)


def test_a_latent_with_noise_is_taken_as_it_is(advanced: Sample, spy: Spy, latent: Latent) -> None:
    advanced(sampler="spy", add_noise=False)
    assert torch.equal(spy.x, latent.samples)


def test_a_masked_latent_that_gets_no_noise_stays_outside(advanced: Sample, latent: Latent) -> None:
    mask = torch.zeros(1, 1, 6, 8)
    mask[..., :4] = 1
    made = advanced(latent=replace(latent, noise_mask=mask), add_noise=False, start_at=4)
    assert torch.equal(made.samples[..., 4:], latent.samples[..., 4:])


def test_steps_are_told_with_previews(ctx: Context, small: Checkpoint, encode: Encode, latent: Latent) -> None:
    told: list[tuple[float, float]] = []
    previews = []

    def report(done: float, total: float, preview: Any) -> None:
        told.append((done, total))
        if preview is not None:
            previews.append(preview())

    node = KSampler(model=small.model, positive=encode("a"), negative=encode(""), latent=latent, steps=3)
    node.run(replace(ctx, report=report))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [preview.pixels.shape for preview in previews] == [(2, 6, 8, 3)] * 3
    assert all(0 <= preview.pixels.min() <= preview.pixels.max() <= 1 for preview in previews)


def test_a_model_without_a_map_has_gray_previews(ctx: Context, patchy: Checkpoint) -> None:
    model = weights.denoiser(patchy.model, ctx)
    pixels = preview(model, torch.randn(2, 16, 4, 4)).pixels
    assert pixels.shape == (2, 4, 4, 3)
    assert (pixels[..., 0] == pixels[..., 2]).all()
    assert pixels.min() == 0
    assert pixels.max() == 1


def test_cancelling_stops_between_steps(ctx: Context, sample: Sample, small: Checkpoint, encode: Encode) -> None:
    done_steps = []

    def report(done: float, total: float, preview: Any) -> None:
        done_steps.append(done)
        if done == 2:
            ctx.cancellation.cancel()

    latent = Latent(torch.zeros(1, 4, 4, 4))
    node = KSampler(model=small.model, positive=encode("a"), negative=encode(""), latent=latent, steps=10)
    with pytest.raises(Cancelled):
        node.run(replace(ctx, report=report))
    assert done_steps == [0, 1, 2]


def test_another_vaes_latent_is_refused(sample: Sample) -> None:
    with pytest.raises(ValueError, match=r"takes latents of 4 channels, .* link the checkpoint's vae to EmptyLatent"):
        sample(latent=Latent(torch.zeros(1, 16, 4, 4), factor=16))


def test_another_models_text_is_refused(sample: Sample, encode: Encode) -> None:
    wide = encode("a").entries[0]
    wide = replace(wide, context=torch.zeros(1, 77, 48))
    with pytest.raises(ValueError, match="text of this conditioning is 48 wide, and the model takes 32; encode"):
        sample(positive=Conditioning((wide,)))


def test_an_area_is_whole_positions(sample: Sample, encode: Encode) -> None:
    node = set_conditioning_area(conditioning=encode("a"), x=0, y=0, width=20, height=16)
    with pytest.raises(ValueError, match="the area's width 20: must be a multiple of 8 pixels here, such as 16 or 24"):
        sample(positive=node.run(Context()))

"""Every sampler against the scheduler of the same method in diffusers, in double precision, with the same noise.

The reference runs in float64 throughout (in the scheduler's module, float32 means float64), on its own Karras levels or
timesteps; our sampler gets the levels that it used. The model is a nonlinear function of x and sigma, so a wrong level,
weight or evaluation shows.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from nodeflow_diffusion.lib.noise import BrownianNoise
from nodeflow_diffusion.lib.samplers import sampler
from nodeflow_diffusion.lib.samplers.ddpm import ddim
from nodeflow_diffusion.lib.samplers.dpmpp import dpmpp_2s_ancestral
from nodeflow_diffusion.lib.samplers.interval import ancestral
from nodeflow_diffusion.lib.samplers.unipc import uni_pc, uni_pc_bh2
from nodeflow_diffusion.lib.sampling import run
from torch import Tensor

# diffusers hands tensors to numpy in a way that torch and numpy disagree about.
pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")

InDouble = Callable[[str], ModuleType]
SHAPE = (2, 3, 4, 4)
STEPS = pytest.mark.parametrize("steps", [1, 2, 5, 20])
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
KARRAS = {**BETAS, "timestep_spacing": "trailing", "use_karras_sigmas": True}
TRAILING = {**BETAS, "timestep_spacing": "trailing"}


def epsilon(x: Tensor, sigma: Tensor) -> Tensor:
    return x / (1 + sigma**2).sqrt() + 0.2 * torch.sin(x) - 0.1 * torch.cos(3 * sigma)


def denoise(x: Tensor, sigma: Tensor) -> Tensor:
    return x - sigma * epsilon(x, sigma)


class Draws:
    """The same sequence of noise for the reference, whatever it passes, and for our sampler."""

    def __init__(self) -> None:
        self._generator = torch.Generator().manual_seed(1)

    def __call__(self, *_: object, **__: object) -> Tensor:
        return torch.randn(SHAPE, generator=self._generator, dtype=torch.float64)


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, in_double: InDouble) -> Callable[..., Any]:
    """make("euler_discrete", "EulerDiscreteScheduler", steps, **config): a scheduler of diffusers at its first step."""

    def scheduler(module: str, name: str, steps: int, **config: Any) -> Any:
        home = in_double(module)
        if hasattr(home, "randn_tensor"):
            monkeypatch.setattr(home, "randn_tensor", Draws())
        made = getattr(home, name)(**config)
        made.set_timesteps(steps)
        if hasattr(made, "set_begin_index"):
            made.set_begin_index(0)
        return made

    return scheduler


def start(sigma: Tensor) -> Tensor:
    return sigma * torch.randn(SHAPE, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def reference(scheduler: Any, x: Tensor) -> Tensor:
    """Drive a scheduler whose samples are x0 + sigma * noise."""
    one = torch.ones((), dtype=torch.float64)
    for t in scheduler.timesteps:
        sigma = (scheduler.scale_model_input(one, t) ** -2 - 1).sqrt()
        x = scheduler.step(epsilon(x, sigma), t, x).prev_sample
    return x


def preserving_reference(scheduler: Any, x: Tensor, sigmas: Tensor) -> Tensor:
    """Drive a scheduler whose samples are sqrt(abar) (x0 + sigma * noise) through the levels sigmas [steps + 1]."""
    scales = (1 + sigmas**2).sqrt()
    x = x / scales[0]
    for t, sigma, scale in zip(scheduler.timesteps, sigmas[:-1], scales[:-1], strict=True):
        x = scheduler.step(epsilon(x * scale, sigma), t, x, return_dict=False)[0]
    return x * scales[-1]


def close(ours: Tensor, theirs: Tensor) -> None:
    assert ours.dtype == theirs.dtype == torch.float64
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


@STEPS
@pytest.mark.parametrize(
    ("name", "module", "reference_name"),
    [
        ("euler", "euler_discrete", "EulerDiscreteScheduler"),
        ("heun", "heun_discrete", "HeunDiscreteScheduler"),
        ("dpm_2", "k_dpm_2_discrete", "KDPM2DiscreteScheduler"),
        ("dpm_2_ancestral", "k_dpm_2_ancestral_discrete", "KDPM2AncestralDiscreteScheduler"),
        ("lms", "lms_discrete", "LMSDiscreteScheduler"),
    ],
)
def test_same_as_k_diffusion_style(
    make: Callable[..., Any], name: str, module: str, reference_name: str, steps: int
) -> None:
    scheduler = make(module, reference_name, steps, **KARRAS)
    sigmas = scheduler.sigmas.unique_consecutive()
    assert len(sigmas) == steps + 1
    x = start(sigmas[0])
    close(run(sampler(name), denoise, x, sigmas, Draws()), reference(scheduler, x))


@STEPS
def test_euler_ancestral(make: Callable[..., Any], steps: int) -> None:
    scheduler = make("euler_ancestral_discrete", "EulerAncestralDiscreteScheduler", steps, **TRAILING)
    x = start(scheduler.sigmas[0])
    close(run(sampler("euler_ancestral"), denoise, x, scheduler.sigmas, Draws()), reference(scheduler, x))


@STEPS
@pytest.mark.parametrize(
    ("name", "options", "config"),
    [
        ("dpmpp_2m", {}, {"algorithm_type": "dpmsolver++"}),
        ("dpmpp_2m_sde", {"eta": 0.0}, {"algorithm_type": "dpmsolver++"}),
        ("dpmpp_2m_sde", {}, {"algorithm_type": "sde-dpmsolver++"}),
        ("dpmpp_2m_sde", {"solver": "heun"}, {"algorithm_type": "sde-dpmsolver++", "solver_type": "heun"}),
        (
            "dpmpp_3m_sde",
            {"eta": 0.0},
            {"algorithm_type": "dpmsolver++", "solver_order": 3, "solver_type": "heun", "lower_order_final": False},
        ),
    ],
)
def test_dpm_solver_multistep(
    make: Callable[..., Any], name: str, options: dict[str, Any], config: dict[str, Any], steps: int
) -> None:
    scheduler = make("dpmsolver_multistep", "DPMSolverMultistepScheduler", steps, **KARRAS, **config)
    x = start(scheduler.sigmas[0])
    ours = run(partial(sampler(name), **options), denoise, x, scheduler.sigmas, Draws())
    close(ours, preserving_reference(scheduler, x, scheduler.sigmas))


@STEPS
def test_dpmpp_3m_sde(steps: int) -> None:
    """With noise, diffusers has no third order to compare with: in its "sde-dpmsolver++" the bracket of the quadratic
    term reads (1 - e^-u - u) / u^2 - 1/2, which tends to -1 for short steps; with + 1/2 it would vanish as it must.

    So the reference integrates x' = e^-u x + u int_0^1 e^(-u (1 - tau)) D(tau) dtau numerically, D being the
    polynomial through the last estimates with half its quadratic term, as in diffusers without noise.
    """
    sigmas = torch.cat([torch.logspace(1, -1, steps, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)])
    x = start(sigmas[0])
    ours = run(sampler("dpmpp_3m_sde"), denoise, x, sigmas, Draws())
    draws = Draws()
    nodes, weights = np.polynomial.legendre.leggauss(24)
    tau = (nodes + 1) / 2
    past: list[tuple[float, Tensor]] = []
    for sigma, sigma_next in pairwise(sigmas[:-1]):
        past.append((-float(sigma.log()), denoise(x, sigma)))
        h = float((sigma / sigma_next).log())
        kept = past[-3:]
        places = [(where - past[-1][0]) / h for where, _ in kept]
        fit = np.polyfit(places, torch.stack([m.flatten() for _, m in kept]).numpy(), len(kept) - 1)
        if len(kept) == 3:
            fit[0] /= 2
        values = sum(c[:, None] * tau ** (len(kept) - 1 - k) for k, c in enumerate(fit))
        integral = (values * weights / 2 * 2 * h * np.exp(-2 * h * (1 - tau))).sum(-1)
        x = np.exp(-2 * h) * x + torch.from_numpy(integral).view(SHAPE)
        x = x + draws() * (sigma_next**2 - sigma_next**4 / sigma**2).sqrt()
    close(ours, denoise(x, sigmas[-2]))


@STEPS
def test_dpmpp_2s_without_noise(make: Callable[..., Any], steps: int) -> None:
    """diffusers counts evaluations as steps; its levels are ours with the geometric means between them."""
    scheduler = make("dpmsolver_singlestep", "DPMSolverSinglestepScheduler", 2 * steps - 1, **BETAS)
    sigmas = torch.cat([torch.logspace(1, -1, steps, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)])
    middles = (sigmas[:-2] * sigmas[1:-1]).sqrt()
    visited = torch.cat([torch.stack([sigmas[:-2], middles], 1).flatten(), sigmas[-2:]])
    scheduler.sigmas = visited
    x = start(sigmas[0])
    ours = run(partial(dpmpp_2s_ancestral, eta=0.0), denoise, x, sigmas, Draws())
    close(ours, preserving_reference(scheduler, x, visited))


@pytest.mark.parametrize("steps", [2, 5, 20])
def test_dpmpp_2s_ancestral(make: Callable[..., Any], steps: int) -> None:
    """diffusers has no ancestral form: here its solver takes every step to the lower level, then noise is added."""
    sigmas = torch.logspace(1, -1, steps + 1, dtype=torch.float64)
    x = start(sigmas[0])
    ours = run(sampler("dpmpp_2s_ancestral"), denoise, x, sigmas, Draws())
    draws = Draws()
    for sigma, sigma_next in pairwise(sigmas):
        down, up = sigma_next**2 / sigma, sigma_next * (1 - sigma_next**2 / sigma**2).sqrt()
        torch.testing.assert_close(ancestral(sigma, sigma_next, 1.0), (down, up), rtol=1e-12, atol=0)
        solver = make(
            "dpmsolver_singlestep",
            "DPMSolverSinglestepScheduler",
            2,
            **BETAS,
            lower_order_final=False,
            final_sigmas_type="sigma_min",
        )
        solver.sigmas = torch.stack([sigma, (sigma * down).sqrt(), down])
        x = preserving_reference(solver, x, solver.sigmas) + up * draws()
    close(ours, x)


@STEPS
def test_dpmpp_sde(make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """diffusers takes its Brownian path from torchsde, which is not needed once the path is ours."""
    monkeypatch.setitem(sys.modules, "torchsde", ModuleType("torchsde"))
    noise = BrownianNoise(SHAPE, 3, dtype=torch.float64)
    home = importlib.import_module("diffusers.schedulers.scheduling_dpmsolver_sde")
    monkeypatch.setattr(home, "BrownianTreeNoiseSampler", lambda *_: noise)
    scheduler = make("dpmsolver_sde", "DPMSolverSDEScheduler", steps, **KARRAS)
    sigmas = scheduler.sigmas.unique_consecutive()
    x = start(sigmas[0])
    close(run(sampler("dpmpp_sde"), denoise, x, sigmas, noise), reference(scheduler, x))


@STEPS
@pytest.mark.parametrize(
    ("name", "options", "module", "reference_name"),
    [
        ("ddpm", {}, "ddpm", "DDPMScheduler"),
        ("ddim", {}, "ddim", "DDIMScheduler"),
        ("euler", {}, "ddim", "DDIMScheduler"),
        ("euler_ancestral", {}, "ddpm", "DDPMScheduler"),
    ],
)
def test_variance_preserving_discrete(
    make: Callable[..., Any], name: str, options: dict[str, Any], module: str, reference_name: str, steps: int
) -> None:
    """In sigma, DDPM and DDIM are Euler's method with and without noise, so both names are held to both references."""
    scheduler = make(module, reference_name, steps, **TRAILING, clip_sample=False)
    sigmas = visited(scheduler)
    x = start(sigmas[0])
    ours = run(partial(sampler(name), **options), denoise, x, sigmas, Draws())
    close(ours, preserving_reference(scheduler, x, sigmas))


@STEPS
def test_ddim_with_noise(make: Callable[..., Any], steps: int) -> None:
    scheduler = make("ddim", "DDIMScheduler", steps, **TRAILING, clip_sample=False)
    scheduler.step = partial(scheduler.step, eta=0.7)
    sigmas = visited(scheduler)
    x = start(sigmas[0])
    ours = run(partial(ddim, eta=0.7), denoise, x, sigmas, Draws())
    close(ours, preserving_reference(scheduler, x, sigmas))


@STEPS
def test_lcm(make: Callable[..., Any], steps: int) -> None:
    """Without the boundary scalings (1e-8 from 0 and 1 at most), which belong to the denoiser of such a model."""
    scheduler = make("lcm", "LCMScheduler", steps, **BETAS, timestep_scaling=1e12)
    sigmas = visited(scheduler)
    x = start(sigmas[0])
    close(run(sampler("lcm"), denoise, x, sigmas, Draws()), preserving_reference(scheduler, x, sigmas))


@STEPS
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    ("method", "solver_type", "last"), [(uni_pc, "bh1", 0.01), (uni_pc_bh2, "bh2", 0.0), (uni_pc_bh2, "bh2", 0.01)]
)
def test_uni_pc(make: Callable[..., Any], method: Any, solver_type: str, order: int, last: float, steps: int) -> None:
    """With B_1(h) = h, diffusers multiplies an infinite h by 0 in a step to 0, so only an end above 0 is compared."""
    config = {"solver_order": order, "solver_type": solver_type}
    scheduler = make("unipc_multistep", "UniPCMultistepScheduler", steps, **KARRAS, **config)
    scheduler.sigmas[-1] = last
    x = start(scheduler.sigmas[0])
    ours = run(partial(method, order=order), denoise, x, scheduler.sigmas, Draws())
    close(ours, preserving_reference(scheduler, x, scheduler.sigmas))


def visited(scheduler: Any) -> Tensor:
    """The levels of a scheduler's timesteps, with the 0 that it ends in."""
    abar = scheduler.alphas_cumprod[scheduler.timesteps]
    return torch.cat([((1 - abar) / abar).sqrt(), torch.zeros(1, dtype=abar.dtype)])

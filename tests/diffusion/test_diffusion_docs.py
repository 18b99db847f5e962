"""docs/diffusion.md says of samplers and schedules what they do."""

import math
import re
from functools import partial
from inspect import signature
from pathlib import Path

import pytest
import torch
from nodeflow_diffusion.lib.noise import BrownianNoise
from nodeflow_diffusion.lib.samplers import DISCARDS_PENULTIMATE, SAMPLERS, sampler
from nodeflow_diffusion.lib.sampling import Sampler, run
from nodeflow_diffusion.lib.schedules import SCHEDULES
from torch import Tensor

PAGE = (Path(__file__).parents[2] / "docs" / "diffusion.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| `")]
TABLE = {row[0].strip("`"): row[1:] for row in ROWS}


def denoise(x: Tensor, sigma: Tensor) -> Tensor:
    """The ideal denoiser of data N(0, 1)."""
    return x / (1 + sigma**2)


def test_every_sampler_and_schedule_has_its_row() -> None:
    assert set(TABLE) >= set(SAMPLERS) | set(SCHEDULES)
    assert [name for name in TABLE if len(TABLE[name]) == 4] == list(SAMPLERS)


@pytest.mark.parametrize("name", SAMPLERS)
def test_noise_and_evaluations_are_as_told(name: str) -> None:
    asked: list[str] = []

    def noise(_: Tensor, __: Tensor) -> Tensor:
        asked.append("noise")
        return torch.zeros(1)

    def counted(x: Tensor, sigma: Tensor) -> Tensor:
        asked.append("evaluation")
        return denoise(x, sigma)

    sigmas = torch.logspace(1, -1, 11)
    run(sampler(name), counted, torch.ones(1), sigmas, noise)
    _, evaluations, stochastic, method = TABLE[name]
    assert asked.count("evaluation") == 10 * int(evaluations)
    assert ("noise" in asked) == (stochastic == "yes")
    assert ("leaves out the lowest level" in method) == (name in DISCARDS_PENULTIMATE)


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name not in ("lcm", "ddpm")])
def test_the_order_is_as_told(name: str) -> None:
    """Without noise, which ddpm cannot do without: its distribution is checked with the samplers."""
    method = sampler(name)
    options = {"eta": 0.0} if "eta" in signature(method).parameters else {}
    observed = math.log2(error(partial(method, **options), 256) / error(partial(method, **options), 512))
    assert round(observed) == int(TABLE[name][0])


def error(method: Sampler, steps: int) -> float:
    """After `steps` steps from 4 to 0.2, against the exact x sqrt((1 + 0.2^2) / (1 + 4^2))."""
    sigmas = 4 * 20 ** (-torch.arange(steps + 5, dtype=torch.float64) / steps)
    x = torch.tensor([3.0], dtype=torch.float64)
    steps_taken = method(denoise, x, sigmas, BrownianNoise((1,), 0))
    reached = next(step.x for step in steps_taken if step.index == steps - 1)
    return float((reached - x * ((1 + sigmas[steps] ** 2) / (1 + sigmas[0] ** 2)).sqrt()).abs())


def test_the_sampler_of_the_page_is_eulers() -> None:
    (source,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(source, names)  # noqa: S102 (our own page)
    sigmas, x = torch.tensor([3.0, 2.0, 1.0, 0.0]), torch.ones(1)
    (leap,) = names["nodeflow_choices"]()["samplers"].values()  # type: ignore[operator]
    assert torch.equal(run(leap, denoise, x, sigmas, unused), run(sampler("euler"), denoise, x, sigmas, unused))


def unused(_: Tensor, __: Tensor) -> Tensor:
    pytest.fail("noise was asked for")

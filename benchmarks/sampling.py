"""A guided denoising step of a full-size SD 1.5 U-Net against diffusers, on the same random weights."""

from __future__ import annotations

from collections.abc import Callable

import torch
from diffusers import UNet2DConditionModel
from nodeflow_diffusion.lib.denoiser import Denoiser
from nodeflow_diffusion.lib.guidance import Conditioned, Guided
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.placement import choose
from nodeflow_diffusion.lib.unet import UNet
from torch import Tensor

from benchmarks import parity
from benchmarks.table import Table, side_by_side

LATENT = 32
TOKENS, WIDTH = 77, 768
CFG, SIGMA = 7.5, 3.0


def step(
    ours: UNet, theirs: UNet2DConditionModel, dtype: torch.dtype
) -> tuple[Callable[[], Tensor], Callable[[], Tensor]]:
    """The same guided step, as a call, of either."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(1, 4, LATENT, LATENT, generator=generator)
    positive, negative = torch.randn(2, 1, TOKENS, WIDTH, generator=generator)
    denoiser = Denoiser(ours, NoiseLevels.scaled_linear(), dtype=dtype, channels_last=True)
    guided = Guided(denoiser, [Conditioned(positive)], [Conditioned(negative)], CFG)
    timestep = denoiser.levels.timestep(SIGMA)
    context = torch.cat([negative, positive]).to(dtype)

    def mine() -> Tensor:
        return guided(x, torch.tensor(SIGMA))

    @torch.no_grad()
    def other() -> Tensor:
        scaled = (x / (1 + SIGMA**2) ** 0.5).to(dtype).expand(2, -1, -1, -1)
        without, with_text = theirs(scaled, timestep, context, return_dict=False)[0].float().chunk(2)
        return x - SIGMA * (without + CFG * (with_text - without))

    return mine, other


def relative(ours: Tensor, exact: Tensor) -> float:
    return float((ours - exact).norm() / exact.norm())


def main(rounds: int = 5) -> Table:
    """fp32 everywhere, bf16 too where the processor has instructions for it."""
    exact, rows = torch.zeros(0), []
    for dtype in (torch.float32, torch.bfloat16):
        if dtype == torch.bfloat16 and choose("cpu").dtype != "bfloat16":
            continue
        torch.manual_seed(0)
        mine, other = step(*parity.unets(dtype), dtype)
        if dtype == torch.float32:
            exact = other()
        errors = [f"{relative(made(), exact):.1e}" for made in (mine, other)]
        a, b, ratio = side_by_side(mine, other, rounds)
        rows.append([str(dtype).removeprefix("torch."), f"{a:.2f} s", f"{b:.2f} s", f"{ratio:.2f}", *errors])
    return Table(
        "A sampling step at the size of SD 1.5",
        "One guided step (conditional and unconditional in one batch) at 256x256, the same random weights and the same "
        "dtype in both; the ratio is the median of pairs measured in turn, errors are against diffusers in float32.",
        ["dtype", "nodeflow", "diffusers", "diffusers / nodeflow", "nodeflow's error", "diffusers' error"],
        rows,
        [parity.main()],
    )


if __name__ == "__main__":
    print(main().markdown())

"""A guided denoising step of a full-size SD 1.5 U-Net against diffusers, on the same random weights."""

from __future__ import annotations

from collections.abc import Callable

import torch
from diffusers import UNet2DConditionModel
from nodeflow_diffusion.lib.denoiser import Denoiser
from nodeflow_diffusion.lib.diffusers_layout import unet_names
from nodeflow_diffusion.lib.guidance import Conditioned, Guided
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.placement import choose
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from torch import Tensor

from benchmarks.table import Table, side_by_side

LATENT = 32
TOKENS, WIDTH = 77, 768
CFG, SIGMA = 7.5, 3.0


def networks() -> tuple[UNet, UNet2DConditionModel]:
    """Both U-Nets at the size of SD 1.5, sharing the same random tensors."""
    torch.manual_seed(0)
    theirs = UNet2DConditionModel(sample_size=64, cross_attention_dim=WIDTH).eval()
    state = theirs.state_dict()
    with torch.device("meta"):
        ours = UNet(UNetConfig())
    ours.load_state_dict({name: state[old] for old, name in unet_names(state).items()}, assign=True)
    return ours.eval(), theirs


def step(
    ours: UNet, theirs: UNet2DConditionModel, dtype: torch.dtype
) -> tuple[Callable[[], Tensor], Callable[[], Tensor]]:
    """The same guided step, as a call, of either."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(1, 4, LATENT, LATENT, generator=generator)
    positive, negative = torch.randn(2, 1, TOKENS, WIDTH, generator=generator)
    placement = choose("cpu", "float32" if dtype == torch.float32 else "bfloat16")
    denoiser = Denoiser(ours, NoiseLevels.scaled_linear(), dtype=dtype, channels_last=placement.channels_last)
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


def main(rounds: int = 5) -> Table:
    """fp32 everywhere, bf16 too where the processor has instructions for it."""
    ours, theirs = networks()
    rows = []
    for dtype in (torch.float32, torch.bfloat16):
        if dtype == torch.bfloat16 and choose("cpu").dtype != "bfloat16":
            continue
        mine, other = step(ours.to(dtype), theirs.to(dtype), dtype)
        error = float((mine() - other()).norm() / other().norm())
        a, b, ratio = side_by_side(mine, other, rounds)
        rows.append([str(dtype).removeprefix("torch."), f"{a:.2f} s", f"{b:.2f} s", f"{ratio:.2f}", f"{error:.1e}"])
    return Table(
        "A sampling step at the size of SD 1.5",
        "One guided step (conditional and unconditional in one batch) at 256x256, the same random weights and the same "
        "dtype in both; the ratio is the median of pairs measured in turn.",
        ["dtype", "nodeflow", "diffusers", "diffusers / nodeflow", "relative difference"],
        rows,
    )


if __name__ == "__main__":
    print(main().markdown())

"""Samplers by name: ways to step from noise to a picture. Imports no torch until one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from nodeflow_diffusion.lib.lookup import lookup

if TYPE_CHECKING:
    from nodeflow_diffusion.lib.sampling import Sampler

SAMPLERS: dict[str, str] = {
    name: f"{__name__}.{place}"
    for name, place in {
        "euler": "euler:euler",
        "euler_ancestral": "euler:euler_ancestral",
        "heun": "heun:heun",
        "dpm_2": "dpm:dpm_2",
        "dpm_2_ancestral": "dpm:dpm_2_ancestral",
        "lms": "lms:lms",
        "dpmpp_2s_ancestral": "dpmpp:dpmpp_2s_ancestral",
        "dpmpp_sde": "dpmpp_sde:dpmpp_sde",
        "dpmpp_2m": "dpmpp:dpmpp_2m",
        "dpmpp_2m_sde": "dpmpp_sde:dpmpp_2m_sde",
        "dpmpp_3m_sde": "dpmpp_sde:dpmpp_3m_sde",
        "ddpm": "ddpm:ddpm",
        "ddim": "ddpm:ddim",
        "lcm": "lcm:lcm",
        "uni_pc": "unipc:uni_pc",
        "uni_pc_bh2": "unipc:uni_pc_bh2",
    }.items()
}
"""Where each sampler is, as `"module:function"`."""

DISCARDS_PENULTIMATE = frozenset({"dpm_2", "dpm_2_ancestral", "uni_pc", "uni_pc_bh2"})
"""Samplers customarily run on `schedules.partial.without_penultimate` schedules.

Samplers take the sigmas they are given; this is for those who choose them, so that a name means what it means in other
tools. The lowest level is worth little to a second-order step that is followed by the plain one to 0.
"""


def sampler(name: str) -> Sampler:
    """The sampler of that name; raises ValueError with the nearest name if there is none."""
    return cast("Sampler", lookup("sampler", SAMPLERS, name))

"""The schedulers that a pipeline can be sampled with: named choices, each makes one like the pipeline's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

TABLE = "diffusers_schedulers"


class SchedulerLike(Protocol):
    """Makes a new scheduler for the noise levels of another one. Raises ValueError where that cannot be."""

    def __call__(self, own: Any) -> Any: ...


@dataclass(frozen=True)
class Scheduler:
    """A class of diffusers, with options of its own."""

    class_name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, own: Any) -> Any:
        import diffusers

        kind = getattr(diffusers, self.class_name)
        # Those of flow matching have no betas; diffusers itself would not notice, and make noise of it.
        if "beta_start" not in own.config:
            raise ValueError(f"{self.class_name} does not fit the pipeline's {type(own).__name__}; choose 'own'")
        return kind.from_config(own.config, **self.options)


def own(own: Any) -> Any:
    """The pipeline's own scheduler, anew."""
    return type(own).from_config(own.config)


SCHEDULERS: Mapping[str, SchedulerLike] = {
    "own": own,
    "ddim": Scheduler("DDIMScheduler"),
    "ddpm": Scheduler("DDPMScheduler"),
    "dpmpp_2m": Scheduler("DPMSolverMultistepScheduler"),
    "dpmpp_2m_karras": Scheduler("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    "dpmpp_2m_sde": Scheduler("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    "euler": Scheduler("EulerDiscreteScheduler"),
    "euler_ancestral": Scheduler("EulerAncestralDiscreteScheduler"),
    "heun": Scheduler("HeunDiscreteScheduler"),
    "lcm": Scheduler("LCMScheduler"),
    "pndm": Scheduler("PNDMScheduler"),
    "uni_pc": Scheduler("UniPCMultistepScheduler"),
}
"""What `SampleLatent` chooses from; other plugins may add to the table."""

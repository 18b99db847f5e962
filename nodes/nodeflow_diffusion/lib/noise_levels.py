"""The noise levels a network was trained on: sigma for every timestep, and back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class NoiseLevels:
    """The noise levels of a discrete diffusion, in the convention x = x0 + sigma * noise.

    `sigmas` is [steps], float32 on the CPU, ascending; entry t belongs to timestep t. A variance-preserving diffusion
    with cumulative products abar has sigma = sqrt((1 - abar) / abar) (Karras et al. 2022, arXiv:2206.00364, app. C).
    """

    sigmas: Tensor

    def __post_init__(self) -> None:
        sigmas = self.sigmas
        if sigmas.ndim != 1 or len(sigmas) < 2 or not bool((sigmas > 0).all() and sigmas.isfinite().all()):
            raise ValueError(f"sigmas of shape {list(sigmas.shape)}: give at least two, positive and finite, in a row")
        if not bool((sigmas.diff() > 0).all()):
            raise ValueError("sigmas must ascend with the timestep")

    @classmethod
    def from_alphas_cumprod(cls, alphas_cumprod: Tensor) -> NoiseLevels:
        """Levels from the products of (1 - beta) up to every timestep, [steps], descending in (0, 1).

        Raises ValueError for other values, such as the 0 that a terminal signal-to-noise ratio of zero ends in.
        """
        abar = alphas_cumprod.detach().to("cpu", torch.float64)
        if not bool(((abar > 0) & (abar < 1)).all()):
            raise ValueError(f"alphas_cumprod from {float(abar.min())!r} to {float(abar.max())!r}: must lie in (0, 1)")
        return cls(((1 - abar) / abar).sqrt().float())

    @classmethod
    def scaled_linear(cls, start: float = 0.00085, end: float = 0.012, steps: int = 1000) -> NoiseLevels:
        """Betas whose square roots are evenly spaced from sqrt(start) to sqrt(end).

        By default Stable Diffusion's (Rombach et al. 2022, arXiv:2112.10752), whose sigmas go from 0.0292 to 14.6146.
        """
        betas = torch.linspace(start**0.5, end**0.5, steps, dtype=torch.float64) ** 2
        return cls.from_alphas_cumprod((1 - betas).cumprod(0))

    def __len__(self) -> int:
        return len(self.sigmas)

    @property
    def sigma_min(self) -> float:
        """The level of timestep 0."""
        return float(self.sigmas[0])

    @property
    def sigma_max(self) -> float:
        """The level of the last timestep."""
        return float(self.sigmas[-1])

    @cached_property
    def _logs(self) -> Tensor:
        return self.sigmas.double().log()

    def sigma(self, t: float | Tensor) -> Tensor:
        """The level at timestep t, of t's shape, float64; log sigma is linear between whole timesteps.

        Raises ValueError if a timestep lies outside [0, steps - 1].
        """
        t = torch.as_tensor(t, dtype=torch.float64)
        last = len(self) - 1
        if not bool(((t >= 0) & (t <= last)).all()):
            raise ValueError(f"timestep {t.tolist()!r} is outside [0, {last}]")
        low = t.floor().clamp(max=last - 1).long()
        return torch.lerp(self._logs[low], self._logs[low + 1], t - low).exp()

    def timestep(self, sigma: float | Tensor) -> float:
        """The timestep, often fractional, of a level; the inverse of `sigma`. A tensor must hold one number.

        A level beyond the trained ones has the nearest timestep, 0 or steps - 1: there is nothing else a network could
        be told. Raises ValueError unless sigma > 0.
        """
        if not (value := float(sigma)) > 0:
            raise ValueError(f"sigma {value!r}: must be above 0")
        log = torch.tensor(value, dtype=torch.float64).log()
        low = (torch.searchsorted(self._logs, log) - 1).clamp(0, len(self) - 2)
        fraction = (log - self._logs[low]) / (self._logs[low + 1] - self._logs[low])
        return float((low + fraction).clamp(0, len(self) - 1))

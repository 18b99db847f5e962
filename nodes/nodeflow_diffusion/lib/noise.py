"""Noise from a seed: the latent a run starts from, and the Brownian path that stochastic samplers follow."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import torch
from torch import Tensor


def initial_noise(shape: Sequence[int], seed: int) -> Tensor:
    """Standard normal noise of `shape`, float32, drawn on the CPU in one go for the whole batch.

    The same on every device, and what other tools draw for the same seed. 0 <= seed < 2**64, ValueError otherwise;
    torch's generator looks at the low 32 bits alone, so seeds that only differ above them give the same noise.
    """
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed {seed!r}: must be at least 0 and below 2**64")
    return torch.randn(tuple(shape), generator=torch.Generator().manual_seed(seed), dtype=torch.float32)


class BrownianNoise:
    """Normalised increments of one Brownian path W(sigma): a `Noise`.

    The path is a function of the seed alone, not of the questions asked about it, so more steps follow the same path
    more closely, and overlapping intervals have the increments that belong to each other. It is drawn on the CPU in
    float32 as a virtual Brownian tree (Li et al. 2020, arXiv:2001.01328, sec. 4): bisection down to the point wanted,
    each midpoint drawn from the Brownian bridge between its ends. The points lie on a grid in log sigma.

    `shape` and `seed` as in `initial_noise`, of whose noise this one is independent; results are moved to `device`
    and `dtype`, which should be those of x.
    """

    _OCTAVES = 16  # the path runs from 2**-16 to 2**16, far beyond the levels of any model
    _CELLS = 2**21  # neighbouring points are 1e-5 apart (relatively), which 100,000 steps do not exhaust

    def __init__(
        self,
        shape: Sequence[int],
        seed: int,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        if not 0 <= seed < 2**64:
            raise ValueError(f"seed {seed!r}: must be at least 0 and below 2**64")
        self._shape, self._seed, self._device, self._dtype = tuple(shape), seed, device, dtype
        self._recent: dict[int, Tensor] = {}

    def __call__(self, sigma: Tensor, sigma_next: Tensor) -> Tensor:
        """Noise for the interval; raises ValueError for levels outside (2**-16, 2**16) or too close to tell apart."""
        start, end = self._cell(float(sigma)), self._cell(float(sigma_next))
        if start == end:
            raise ValueError(f"no noise between {float(sigma)!r} and {float(sigma_next)!r}: the levels are too close")
        # The next question nearly always shares a point with this one.
        self._recent = {c: self._recent[c] if c in self._recent else self._path(c) for c in (start, end)}
        increment = self._recent[end] - self._recent[start]
        return (increment / math.sqrt(abs(self._level(end) - self._level(start)))).to(self._device, self._dtype)

    def _cell(self, sigma: float) -> int:
        if not 2.0**-self._OCTAVES < sigma < 2.0**self._OCTAVES:
            raise ValueError(f"sigma {sigma!r}: noise is defined between 2**-{self._OCTAVES} and 2**{self._OCTAVES}")
        return round((math.log2(sigma) / self._OCTAVES + 1) * self._CELLS / 2)

    def _level(self, cell: int) -> float:
        return float(2.0 ** ((2 * cell / self._CELLS - 1) * self._OCTAVES))

    def _normal(self, cell: int) -> Tensor:
        """The draw that belongs to a point of the grid, from a generator of its own."""
        digest = hashlib.blake2b(f"brownian path {self._seed} {cell}".encode(), digest_size=8).digest()
        return initial_noise(self._shape, int.from_bytes(digest, "big"))

    def _path(self, cell: int) -> Tensor:
        """W at a point of the grid; W is 0 at the lowest."""
        low, high = 0, self._CELLS
        w_low, w_high = torch.zeros(self._shape), self._normal(high) * math.sqrt(self._level(high) - self._level(low))
        while cell not in (low, high):
            middle = (low + high) // 2
            a, b, c = self._level(low), self._level(middle), self._level(high)
            mean, variance = torch.lerp(w_low, w_high, (b - a) / (c - a)), (b - a) * (c - b) / (c - a)
            w = mean + math.sqrt(variance) * self._normal(middle)
            if cell < middle:
                high, w_high = middle, w
            else:
                low, w_low = middle, w
        return w_low if cell == low else w_high

"""Gaussian blur of float planes, by the Fourier transform: a wide blur costs what a narrow one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nodeflow_image.shapes import Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH = 4.0
"""Standard deviations after which the bell is cut off: what is left out is below 1e-4 of it."""

NARROWEST = 1e-3


def kernel(sigma: float) -> NDArray[np.float64]:
    """The sampled bell, normalised to sum 1; its length is odd. `sigma` in pixels, above 0."""
    reach = max(1, int(np.ceil(REACH * sigma)))
    positions = np.arange(-reach, reach + 1)
    # Narrower ones are a single 1 as well, but their squares overflow.
    bell = np.exp(-0.5 * (positions / max(sigma, NARROWEST)) ** 2)
    return np.asarray(bell / bell.sum())


def blur(pixels: Pixels, sigma: float) -> Pixels:
    """Blur [batch, height, width, channels] with standard deviation `sigma` pixels; 0 returns the very same array.

    Beyond the edge the edge pixel goes on, so that a plain picture stays plain.
    """
    if sigma == 0:
        return pixels
    bell = kernel(sigma)
    result = np.empty(pixels.shape, dtype=np.float32)
    for picture, channel in np.ndindex(pixels.shape[0], pixels.shape[3]):
        plane = pixels[picture, :, :, channel].astype(np.float64)
        # The transform leaves a noise of about 1e-16: what is far from all that is selected should be exactly 0.
        result[picture, :, :, channel] = np.round(_along_rows(_along_rows(plane, bell).T, bell).T, 12)
    return result


def _along_rows(plane: NDArray[np.float64], bell: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row convolved with the bell."""
    reach, length = len(bell) // 2, plane.shape[1]
    padded = np.pad(plane, ((0, 0), (reach, reach)), mode="edge")
    total = padded.shape[1] + len(bell) - 1
    spectrum = np.fft.rfft(padded, total, axis=1) * np.fft.rfft(bell, total)
    return np.asarray(np.fft.irfft(spectrum, total, axis=1)[:, 2 * reach : 2 * reach + length])

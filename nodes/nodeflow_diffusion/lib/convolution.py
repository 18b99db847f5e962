"""A convolution whose weight can be kept in the order that the processor's kernels want."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn

_AVAILABLE: Final = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
PACKS: Final = _AVAILABLE and hasattr(torch.ops.mkldnn, "_convolution_pointwise")
"""Whether this build of torch has kernels on the CPU that take weights in an order of their own."""


class Conv2d(nn.Conv2d):
    """`nn.Conv2d`, whose weight may be packed: for inference on the CPU, with the same results.

    On the CPU torch brings a weight into the order of its kernels at every call, which takes as long as a good part of
    the convolution where pictures are small and channels many. A packed weight is in that order already. It is opaque:
    `plain_weight` is what it holds, and what the state dict and copies have. Assigning a plain weight unpacks.
    """

    def pack(self) -> None:
        """Packs the weight where that pays and torch has kernels for it, and frees it from its gradient.

        A 1x1 convolution in float32 stays plain: the order that its kernel wants changes with the picture's size.
        """
        pays = self.kernel_size != (1, 1) or self.weight.dtype != torch.float32
        if PACKS and pays and not self.weight.is_mkldnn:
            order = torch.ops.mkldnn._reorder_convolution_weight  # noqa: SLF001 (what torch's compiler calls, too)
            packed = order(self.weight.detach(), *self._shape, self.groups, None)
            self.weight = nn.Parameter(packed, requires_grad=False)

    @property
    def plain_weight(self) -> Tensor:
        """The weight [out, in, h, w] in torch's own order; a copy, if it is packed."""
        return self.weight.to_dense() if self.weight.is_mkldnn else self.weight

    def forward(self, x: Tensor) -> Tensor:
        if not self.weight.is_mkldnn:
            return super().forward(x)
        convolve = torch.ops.mkldnn._convolution_pointwise  # noqa: SLF001
        out: Tensor = convolve(x, self.weight, self.bias, *self._shape, self.groups, "none", [], "")
        return out

    @property
    def _shape(self) -> tuple[list[int], list[int], list[int]]:
        assert not isinstance(self.padding, str)
        return list(self.padding), list(self.stride), list(self.dilation)

    def __getstate__(self) -> dict[str, Any]:
        if not self.weight.is_mkldnn:
            return self.__dict__
        plain = nn.Parameter(self.plain_weight, requires_grad=False)
        return {**self.__dict__, "_parameters": {**self._parameters, "weight": plain}}

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        if self.weight.is_mkldnn:
            destination[f"{prefix}weight"] = self.plain_weight


def pack(module: nn.Module) -> None:
    """Packs every `Conv2d` of a module on the CPU, one after the other, so that no two copies of all are in memory."""
    for layer in module.modules():
        if isinstance(layer, Conv2d):
            layer.pack()

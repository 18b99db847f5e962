"""Nodes between pictures and latents."""

from typing import Annotated

from nodeflow import Context, Field, Image, Mask, Node
from nodeflow_diffusion.types import VAE, Latent

TileSize = Annotated[int, Field(ge=64, le=4096, description="pixels; a multiple of those a position stands for")]
Overlap = Annotated[int, Field(ge=0, le=2048, description="pixels that neighbours share; less than the tile")]


class VAEEncode(Node):
    """Turn pictures into latents, one after the other.

    Width and height must be multiples of the pixels that a position of the VAE's latents stands for. The latent is the
    most likely one, so nothing is drawn. Transparency is left out.
    """

    title = "VAE Encode"
    category = "latent"
    resources = {"device": 1}

    image: Image
    vae: VAE

    def run(self, ctx: Context) -> Latent:
        from nodeflow_diffusion import coding, weights

        return coding.encoded(weights.vae(self.vae, ctx), self.image, ctx)


class VAEEncodeTiled(Node):
    """Turn pictures into latents tile by tile, for pictures that are too large for the memory in one piece."""

    title = "VAE Encode (Tiled)"
    category = "latent"
    resources = {"device": 1}

    image: Image
    vae: VAE
    tile: TileSize = 512
    overlap: Overlap = 64

    def run(self, ctx: Context) -> Latent:
        from nodeflow_diffusion import coding, weights

        vae = weights.vae(self.vae, ctx)
        return coding.encoded(vae, self.image, ctx, coding.tiling(vae, self.tile, self.overlap))


class VAEEncodeForInpaint(Node):
    """Turn pictures into latents whose masked part is grayed out and free to be sampled anew, with denoise at 1.

    The mask is resized to the picture and rounded. It is grown by `grow` pixels for the sampling, so that the new part
    finds its way into the old. To keep something of what is there, use VAEEncode and SetLatentNoiseMask instead.
    """

    title = "VAE Encode (for Inpainting)"
    category = "latent/inpaint"
    resources = {"device": 1}

    image: Image
    vae: VAE
    mask: Mask
    grow: Annotated[int, Field(ge=0, le=64, description="pixels")] = 6

    def run(self, ctx: Context) -> Latent:
        from nodeflow_diffusion import coding, weights

        return coding.encoded_for_inpaint(weights.vae(self.vae, ctx), self.image, self.mask, self.grow, ctx)


class VAEDecode(Node):
    """Turn latents into pictures, one after the other."""

    title = "VAE Decode"
    category = "latent"
    resources = {"device": 1}

    latent: Latent
    vae: VAE

    def run(self, ctx: Context) -> Image:
        from nodeflow_diffusion import coding, weights

        return coding.decoded(weights.vae(self.vae, ctx), self.latent, ctx)


class VAEDecodeTiled(Node):
    """Turn latents into pictures tile by tile, for pictures that are too large for the memory in one piece.

    The tiles fade into each other; each is normed by itself, so the picture is not quite that of VAEDecode.
    """

    title = "VAE Decode (Tiled)"
    category = "latent"
    resources = {"device": 1}

    latent: Latent
    vae: VAE
    tile: TileSize = 512
    overlap: Overlap = 64

    def run(self, ctx: Context) -> Image:
        from nodeflow_diffusion import coding, weights

        vae = weights.vae(self.vae, ctx)
        return coding.decoded(vae, self.latent, ctx, coding.tiling(vae, self.tile, self.overlap))

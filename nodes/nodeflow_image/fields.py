"""Annotations that several nodes share: sizes, places, counts."""

from typing import Annotated

from nodeflow import Field
from nodeflow_image.shapes import MAX_SIDE

Side = Annotated[int, Field(ge=1, le=MAX_SIDE, description="pixels")]
Offset = Annotated[int, Field(ge=0, le=MAX_SIDE, description="pixels from the left or top edge")]
Place = Annotated[int, Field(ge=-MAX_SIDE, le=MAX_SIDE, description="pixels from the left or top edge; may be outside")]
Margin = Annotated[int, Field(ge=0, le=MAX_SIDE, description="pixels added at this side")]
BatchSize = Annotated[int, Field(ge=1, le=4096, description="how many, all alike")]
Unit = Annotated[float, Field(ge=0, le=1, description="0..1")]
Radius = Annotated[
    float, Field(ge=0, le=256, description="pixels: the standard deviation of the Gaussian; 0 changes nothing")
]

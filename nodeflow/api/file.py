"""Files that a client brings or a run makes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nodeflow.api.run import Time
from nodeflow.api.wire import Answer, Sha256


class File(Answer):
    """A file of the store. A graph's input takes it as `sha256:` and its digest, which is `value`."""

    sha256: Sha256
    name: str
    media_type: Annotated[str, Field(description="what the content is, whatever the client said")]
    size: Annotated[int, Field(ge=0, description="bytes")]
    width: Annotated[int | None, Field(description="pixels")] = None
    height: int | None = None
    value: Annotated[str, Field(description="what an input that takes a file is given")]
    uploaded: Time | None = None

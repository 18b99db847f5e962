"""How models read: what is asked for strictly, what is answered with an eye on answers that grow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from nodeflow.graph import Graph

DIGEST = r"^[0-9a-f]{64}$"
RUN_ID = r"^[A-Za-z0-9_-]{1,64}$"
GRAPH_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
LABEL = r"^[^\x00-\x1f\x7f]{1,64}$"
KEY = r"^[\x21-\x7e]{1,200}$"
ADDRESS = r"^https?://"

IN_WORDS: Mapping[str, str] = {
    DIGEST: "64 lowercase hexadecimal digits",
    RUN_ID: "1 to 64 letters, digits, _ and -",
    GRAPH_NAME: "1 to 100 letters, digits, _ . and -; the first no sign",
    LABEL: "1 to 64 characters, none of them a control character",
    KEY: "1 to 200 printable ASCII characters, none of them a blank",
    ADDRESS: "an address that begins with http:// or https://",
}
"""What each pattern asks for."""

Sha256 = Annotated[str, Field(pattern=DIGEST, description=IN_WORDS[DIGEST])]
RunId = Annotated[str, Field(pattern=RUN_ID)]
GraphName = Annotated[str, Field(pattern=GRAPH_NAME, description="letters, digits, _ . and -; the first no sign")]
Tag = Annotated[str, Field(pattern=LABEL, description="1 to 64 characters")]


class Asked(BaseModel):
    """What a client sends: nothing is coerced, and no field is overlooked."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Parameters(BaseModel):
    """What a client says in a path, a query or a header: all of it is text, which is read by the field's type."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """What the server says. A client passes over fields that it does not know."""

    model_config = ConfigDict(extra="ignore", frozen=True, from_attributes=True)


class _GraphShape:
    """Describes a JSON object as a graph; `nodeflow.graph.parse` reads it, and says more of what is wrong with it."""

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(Graph.__pydantic_core_schema__)


Document = Annotated[dict[str, Any], _GraphShape()]
"""A graph document, of any shape as yet."""

"""A graph written in Python: nodes by class or by name, outputs by attribute, mistakes told where they are made."""

from nodeflow.builder.builder import Builder
from nodeflow.builder.handle import NodeHandle, Output, UnknownOutput

__all__ = ["Builder", "NodeHandle", "Output", "UnknownOutput"]

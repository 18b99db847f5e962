"""The project of a new plugin: a node, a sampler, a graph, tests and CI, written from templates."""

from nodeflow.scaffold.writing import write_project

__all__ = ["write_project"]

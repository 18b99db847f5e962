"""Checked, ordered and keyed: what the executor runs."""

from nodeflow.plan.compiler import compile  # noqa: A004 - the word for it
from nodeflow.plan.examination import examine
from nodeflow.plan.step import Plan, Source, Step
from nodeflow.plan.upgrade import Upgraded, upgrade

__all__ = ["Plan", "Source", "Step", "Upgraded", "compile", "examine", "upgrade"]

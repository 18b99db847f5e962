"""Running a plan."""

from nodeflow.executor.executor import Executor, Listener
from nodeflow.executor.result import NodeFailed, Result, StepReport

__all__ = ["Executor", "Listener", "NodeFailed", "Result", "StepReport"]

"""What a node warns of is told to whoever follows the run, and stands in the log as before."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from nodeflow.context import Context
from nodeflow.node import Node
from nodeflow.node_log import MOST, NodeLog
from tests.nodeflow.executor.conftest import Lab

LOG = "nodeflow.node.Talk"


class Talk(Node):
    """Says what it is told to."""

    category = "test"
    cacheable = False

    say: str

    def run(self, ctx: Context) -> str:
        kept.append(ctx.log)
        SAYINGS[self.say](ctx.log)
        return self.say


kept: list[logging.Logger] = []


def _elsewhere(log: logging.Logger) -> None:
    thread = threading.Thread(target=log.error, args=("from another thread",))
    thread.start()
    thread.join()


SAYINGS: dict[str, Callable[[logging.Logger], object]] = {
    "nothing": lambda log: log.info("all is well"),
    "little": lambda log: log.warning("%d of %d were left out", 2, 5),
    "elsewhere": _elsewhere,
    "much": lambda log: [log.warning("again %d", count) for count in range(3 * MOST)],
}


@pytest.mark.parametrize(
    ("say", "told"),
    [("nothing", []), ("little", ["2 of 5 were left out"]), ("elsewhere", ["from another thread"])],
)
def test_warnings_are_told_and_logged(lab: Lab, caplog: pytest.LogCaptureFixture, say: str, told: list[str]) -> None:
    lab.add(Talk)
    with caplog.at_level(logging.INFO, LOG):
        lab.run({"n": {"type": "Talk", "values": {"say": say}}})
    warnings = [(event.node_id, event.data["message"]) for event in lab.events if event.kind == "warning"]
    assert warnings == [("n", message) for message in told]
    assert [record.getMessage() for record in caplog.records if record.name == LOG] == (told or ["all is well"])


def test_of_very_many_the_first_are_told(lab: Lab) -> None:
    lab.add(Talk)
    lab.run({"n": {"type": "Talk", "values": {"say": "much"}}})
    messages = [event.data["message"] for event in lab.events if event.kind == "warning"]
    assert messages[:MOST] == [f"again {count}" for count in range(MOST)]
    assert messages[MOST:] == [f"it warned more than {MOST} times; the rest is in the log"]


def test_what_is_said_after_the_end_is_in_the_log_alone(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    lab.add(Talk)
    lab.run({"n": {"type": "Talk", "values": {"say": "nothing"}}})
    before = len(lab.events)
    kept[-1].warning("too late")
    assert len(lab.events) == before
    assert "too late" in caplog.text


def test_a_text_that_its_arguments_do_not_fit_costs_the_log_a_line_and_the_node_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    quiet = logging.getLogger("nodeflow.node.Quiet")
    quiet.propagate = False
    told: list[str] = []
    quiet.addHandler(logging.StreamHandler())
    log = NodeLog(quiet.name, told.append)
    log.warning("%d", "x")
    log.warning("%d", 1)
    assert told == ["1"]
    assert "Logging error" in capsys.readouterr().err

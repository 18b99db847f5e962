"""The lines in which a child process logs: each is read back with its level."""

from __future__ import annotations

import logging
import subprocess
import sys
from logging import ERROR, INFO, WARNING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.log_lines import Lines, read

LOGGING = """
import logging, warnings
from nodeflow import log_lines
log_lines.configure()
log = logging.getLogger("nodeflow.node.acme/Talk")
log.debug("unheard")
log.info("begins")
log.warning("it is %s,\\nand slow", "old")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("it broke")
warnings.warn("soon gone")
"""


def test_a_process_logs_by_lines_that_keep_their_level() -> None:
    told = subprocess.run([sys.executable, "-c", LOGGING], capture_output=True, text=True, check=True)
    found = [read(line) for line in told.stderr.splitlines()]
    name = "nodeflow.node.acme/Talk: "
    assert found[:4] == [
        (INFO, f"{name}begins"),
        (WARNING, f"{name}it is old,"),
        (WARNING, f"{name}and slow"),
        (ERROR, f"{name}it broke"),
    ]
    assert (ERROR, f"{name}ZeroDivisionError: division by zero") in found
    assert {level for level, said in found[4:] if said.startswith(name)} == {ERROR}
    assert {level for level, said in found if said.startswith("py.warnings: ")} == {WARNING}


@given(st.text(), st.sampled_from([logging.DEBUG, INFO, WARNING, ERROR, logging.CRITICAL]))
def test_every_line_of_a_record_is_read_back(text: str, level: int) -> None:
    lines = Lines().format(logging.LogRecord("acme", level, "", 0, "%s", (text,), None)).splitlines()
    assert [read(line) for line in lines] == [(level, f"acme: {line}") for line in text.splitlines() or [""]]


@pytest.mark.parametrize(
    "line", ["", "plain", "WARNING", "WARNING: to whom", "warning acme: x", " INFO acme: x", "INFO acme:x"]
)
def test_what_is_only_printed_is_as_it_was(line: str) -> None:
    assert read(line) == (INFO, line)

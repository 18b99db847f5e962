"""SIGKILL, at random moments, of the process that holds the service and of its workers, under load."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from nodeflow.config import Config
from nodeflow.queue.database import Database
from nodeflow.queue.records import ENDED, Run
from nodeflow.queue.tables import Tables
from nodeflow.store import Store
from tests.nodeflow.worker.conftest import PATIENCE

HOST = Path(__file__).with_name("host.py")
LIVES = 4
"""How often the service is killed."""
BLOWS = 3
"""How often, in each of its lives, some of the processes below it are: workers, or their guardians."""
KILLED = 4
"""How many of them each time."""


class Killer:
    """Starts the service, lets it work, kills."""

    def __init__(self, config: Path, seed: int) -> None:
        self.config = config
        self.chance = random.Random(seed)
        self.accepted: set[str] = set()
        self.seen: set[psutil.Process] = set()
        self.kills = 0

    def live(self, number: int) -> None:
        """One life of the service: first some of its workers die, then it does."""
        with self.host(str(number)) as host:
            for _ in range(BLOWS):
                self._wait_for_work(host)
                self._kill_below(host)
            self._wait_for_work(host)
            family = self._family(host)
            host.kill()
            self.kills += 1
            self._note(host)
            gone, alive = psutil.wait_procs(family, PATIENCE)
            assert not alive, f"{alive} have outlived the service; {gone} have not"

    @contextmanager
    def host(self, mode: str) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, str(HOST), str(self.config), mode]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
            try:
                yield host
            finally:
                host.kill()

    def drain(self) -> None:
        """A last life, in which everything that was accepted ends."""
        with self.host("drain") as host:
            assert host.wait(4 * PATIENCE) == 0

    def _wait_for_work(self, host: subprocess.Popen[str]) -> None:
        """Until some runs have ended, and a little longer."""
        assert host.stdout is not None
        to_end = self.chance.randrange(1, 30)
        for line in host.stdout:
            self._take(line)
            to_end -= line == "ended\n"
            if to_end <= 0:
                break
        else:
            raise AssertionError("the service has ended by itself")
        time.sleep(self.chance.uniform(0.0, 0.05))

    def _kill_below(self, host: subprocess.Popen[str]) -> None:
        killed = 0
        while killed < KILLED:
            if family := self._family(host):
                with suppress(psutil.NoSuchProcess):
                    self.chance.choice(family).send_signal(signal.SIGKILL)
                    killed += 1
            time.sleep(self.chance.uniform(0.0, 0.02))
        self.kills += killed

    def _family(self, host: subprocess.Popen[str]) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(host.pid).children(recursive=True)
        return []

    def _note(self, host: subprocess.Popen[str]) -> None:
        """What was said before the end; a last line that was cut short was not said."""
        assert host.stdout is not None
        for line in host.stdout:
            self._take(line)

    def _take(self, line: str) -> None:
        if line.startswith("accepted") and line.endswith("\n"):
            self.accepted.add(line.split()[1])


@pytest.fixture
def killer(config: Config, tmp_path: Path) -> Killer:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config.model_copy(update={"devices": ("cpu", "cpu")}).model_dump(mode="json")))
    return Killer(file, seed=20)


def test_nothing_is_lost_and_nothing_ends_twice(killer: Killer, config: Config) -> None:
    for number in range(LIVES):
        killer.live(number)
    killer.drain()
    assert killer.kills >= 50
    assert len(killer.accepted) > LIVES
    database = Database(config.data_dir / "nodeflow.db")
    database.open()
    assert database.damage() == []
    with database.reading.connect() as connection:
        tables = Tables(connection)
        states = [
            check(tables, tables.runs.get(run_id), Store(config.data_dir / "files")) for run_id in killer.accepted
        ]
        assert tables.runs.counts() == {"queued": 0, "running": 0}
    database.close()
    assert "succeeded" in states


def check(tables: Tables, run: Run, store: Store) -> str:
    """A run that was accepted has ended once, its story has no gaps, and what it made is there."""
    assert run.state in ENDED, run
    story = tables.log.after(0, run_id=run.id, limit=10_000)
    assert [envelope.sequence for envelope in story] == list(range(1, len(story) + 1))
    ends = [envelope for envelope in story if envelope.kind == "run_finished"]
    assert ends == [story[-1]]
    assert ends[0].data["state"] == run.state
    assert not any(node.state in ("running", "waiting") for node in run.nodes)
    if run.state == "failed":
        assert run.error is not None
        assert run.error.code in ("worker_died", "interrupted"), run.error
        assert run.error.message
        assert run.attempt >= 3
    if run.state == "succeeded":
        assert {node.state for node in run.nodes} <= {"done", "cached"}
        assert [artifact.node_id for artifact in run.artifacts] == ["save"]
    for artifact in run.artifacts:
        assert store.verify(artifact.sha256)
        assert store.size(artifact.sha256) == artifact.size
    return run.state

"""What a node may ask for, alone, in a run, and on the other side of a pickle."""

import hashlib
import logging
import pickle
import threading
from pathlib import Path
from typing import Any

import pytest

from nodeflow.context import Cancellation, Cancelled, Context
from nodeflow.models import ModelStore
from nodeflow.store import Store


class OneFolder:
    """Model files of one folder per kind."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, kind: str, name: str) -> Path:
        return self.root / kind / name

    def digest(self, kind: str, name: str) -> str:
        return hashlib.sha256(self.path(kind, name).read_bytes()).hexdigest()


class OneTable:
    """One choice."""

    def table(self, name: str) -> dict[str, str]:
        return {"euler": f"the euler of {name}"}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    (tmp_path / "loras").mkdir()
    (tmp_path / "loras" / "ink").write_bytes(b"ink")
    return Context(
        node_id="n",
        run_id="r",
        store=Store(tmp_path / "store"),
        folders=OneFolder(tmp_path),
        choices=OneTable(),
        settings={"device": "cpu"},
        document=lambda: {"graph": {"nodeflow": 1}},
        models=ModelStore(10),
    )


def test_a_bare_context_is_enough_for_most_nodes() -> None:
    context = Context()
    context.check()
    context.progress(1, 2, preview=lambda: pytest.fail("nobody looks"))
    assert context.models.get("key", lambda: "model", 7) == "model"
    assert context.provenance() == {}


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda c: c.save(b"", "a", "b"), "no file store"),
        (lambda c: c.path("loras", "a"), "no model folders"),
        (lambda c: c.digest("loras", "a"), "no model folders"),
        (lambda c: c.choice("samplers", "euler"), "'euler' of 'samplers'"),
    ],
)
def test_a_bare_context_says_what_it_lacks(ask: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        ask(Context())


def test_a_saved_file_is_noted_and_read_back(context: Context) -> None:
    file = context.save(b"data", "a.bin", "application/octet-stream")
    assert (file.sha256, file.size) == (hashlib.sha256(b"data").hexdigest(), 4)
    assert context.saved == [file]
    assert context.read(file) == b"data"


def test_model_files_by_name_and_by_digest(context: Context) -> None:
    assert context.path("loras", "ink").read_bytes() == b"ink"
    assert context.digest("loras", "ink") == hashlib.sha256(b"ink").hexdigest()
    assert context.store is not None
    stored = context.store.put(b"uploaded")
    assert context.path("loras", f"sha256:{stored}").read_bytes() == b"uploaded"
    assert context.digest("loras", f"sha256:{stored}") == stored


def test_choices_by_table_and_name(context: Context) -> None:
    assert context.choice("samplers", "euler") == "the euler of samplers"


def test_progress_reports_and_checks(context: Context) -> None:
    told: list[tuple[float, float, object]] = []
    cancellation = Cancellation()
    running = Context(report=lambda *what: told.append(what), cancellation=cancellation)
    running.progress(3, 20)
    cancellation.cancel()
    for ask in (running.check, lambda: running.progress(4, 20)):
        with pytest.raises(Cancelled):
            ask()
    assert told == [(3, 20, None)]


def test_cancelled_passes_by_a_node_that_catches_exceptions() -> None:
    assert not issubclass(Cancelled, Exception)


def test_it_pickles_without_its_live_parts(context: Context) -> None:
    cancellation = Cancellation()
    live = Context(
        run_id="r",
        store=context.store,
        folders=context.folders,
        settings={"device": "cpu"},
        document=lambda: {"a": 1},
        models=ModelStore(10),
        cancellation=cancellation,
        report=lambda *_: None,
        warn=[].append,
        log=logging.Logger("nodeflow.node.Any"),
        choices=OneTable(),
    )
    cancellation.cancel()
    assert live.provenance() == {"a": 1}
    copy: Context = pickle.loads(pickle.dumps(live))  # noqa: S301
    copy.progress(1, 2)
    assert (copy.run_id, copy.settings, copy.provenance()) == ("r", {"device": "cpu"}, {"a": 1})
    assert copy.read(copy.save(b"x", "x", "text/plain")) == b"x"
    assert copy.models.get("key", lambda: "loaded here", 1) == "loaded here"
    assert (copy.log, copy.warn) == (logging.getLogger("nodeflow.node.Any"), None)


def test_cancellation_calls_back_once() -> None:
    called: list[str] = []
    cancellation = Cancellation()
    cancellation.on_cancel(lambda: called.append("kept"))
    cancellation.on_cancel(lambda: called.append("withdrawn"))()
    cancellation.cancel()
    cancellation.cancel()
    cancellation.on_cancel(lambda: called.append("late"))
    assert called == ["kept", "late"]
    assert cancellation.cancelled


def test_cancellation_from_another_thread() -> None:
    cancellation, heard = Cancellation(), threading.Event()
    cancellation.on_cancel(heard.set)
    threading.Thread(target=cancellation.cancel).start()
    assert heard.wait(20)

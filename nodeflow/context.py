"""What a running node may ask for: progress, cancellation, files, models, choices, settings."""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from nodeflow.types import File, Image

T = TypeVar("T")

STORED = "sha256:"


class Cancelled(BaseException):
    """The run was cancelled.

    Not an `Exception`, for the reason asyncio gives for its own: a node's `except Exception` must not swallow it.
    """


class Cancellation:
    """A flag that is set once, from any thread, and calls back those who wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._next = 0
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        """Set the flag and call every callback, in this thread. A second call does nothing."""
        with self._lock:
            self._cancelled = True
            callbacks = list(self._callbacks.values())
            self._callbacks.clear()
        for callback in callbacks:
            callback()

    def check(self) -> None:
        """Raise `Cancelled` when the flag is set."""
        if self._cancelled:
            raise Cancelled("the run was cancelled")

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` at cancellation, at once if it has already happened; the answer takes it back."""
        with self._lock:
            number = self._next
            self._next += 1
            late = self._cancelled
            if not late:
                self._callbacks[number] = callback
        if late:
            callback()
        return lambda: self._withdraw(number)

    def _withdraw(self, number: int) -> None:
        with self._lock:
            self._callbacks.pop(number, None)


class Models(Protocol):
    """Loaded models by key, as a step sees them: what it gets stays in memory until the step ends."""

    def get(self, key: Hashable, load: Callable[[], T], nbytes: int) -> T: ...


class Files(Protocol):
    """Content-addressed files."""

    def put(self, source: bytes) -> str: ...

    def read(self, sha256: str) -> bytes: ...

    def path(self, sha256: str) -> Path: ...


class ModelFiles(Protocol):
    """Model files by kind and name."""

    def path(self, kind: str, name: str) -> Path: ...

    def digest(self, kind: str, name: str) -> str: ...


class NamedChoices(Protocol):
    """Named choices by table."""

    def table(self, name: str) -> Mapping[str, Any]: ...


class Reporter(Protocol):
    """Where a step's progress goes."""

    def __call__(self, done: float, total: float, preview: Callable[[], Image] | None) -> None: ...


class LoadEachTime:
    """Keeps no model: what a context outside an executor offers as `models`."""

    def get(self, key: Hashable, load: Callable[[], T], nbytes: int) -> T:  # noqa: ARG002
        return load()


@dataclass(frozen=True, kw_only=True, eq=False)
class Context:
    """Handed to every `run`. `Context()` alone is enough to call a node that needs no files.

    What `log` is given from warnings on is told to who follows the run, too. It pickles: the listener, the
    cancellation, the models and the choices stay behind and are inert on the other side.
    """

    node_id: str = ""
    run_id: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("nodeflow.node"))
    store: Files | None = None
    folders: ModelFiles | None = None
    document: Callable[[], Mapping[str, Any]] = dict
    models: Models = field(default_factory=LoadEachTime)
    choices: NamedChoices | None = None
    cancellation: Cancellation = field(default_factory=Cancellation)
    report: Reporter | None = None
    warn: Callable[[str], None] | None = None
    saved: list[File] = field(default_factory=list)

    def check(self) -> None:
        """Raise `Cancelled` when the run was cancelled."""
        self.cancellation.check()

    def progress(self, done: float, total: float, preview: Callable[[], Image] | None = None) -> None:
        """Say that `done` of `total` is done, and check for cancellation.

        `preview` is called only when somebody looks.
        """
        self.check()
        if self.report is not None:
            self.report(done, total, preview)

    def save(self, data: bytes, name: str, media_type: str) -> File:
        """Put `data` into the store as an artifact of this step."""
        from nodeflow.types import File

        sha256 = self._need_store().put(data)
        file = File(sha256=sha256, name=name, media_type=media_type, size=len(data))
        self.saved.append(file)
        return file

    def read(self, file: File) -> bytes:
        """The content of a file of the store."""
        return self._need_store().read(file.sha256)

    def path(self, kind: str, name: str) -> Path:
        """Where the model file `name` of a folder kind lies; `sha256:<hex>` names a file of the store."""
        if name.startswith(STORED):
            return self._need_store().path(name.removeprefix(STORED))
        return self._need_folders().path(kind, name)

    def digest(self, kind: str, name: str) -> str:
        """The sha256 of that file, in hex."""
        if name.startswith(STORED):
            return name.removeprefix(STORED)
        return self._need_folders().digest(kind, name)

    def choice(self, table: str, name: str) -> object:
        """What `name` stands for in a table of choices."""
        if self.choices is None:
            raise RuntimeError(f"this context has no choices: {name!r} of {table!r} can only be had inside an executor")
        return self.choices.table(table)[name]

    def provenance(self) -> dict[str, Any]:
        """The graph as it ran, with the versions and digests it ran with: what a saved picture carries.

        A copy, as the run has one document for all its nodes.
        """
        return copy.deepcopy(dict(self.document()))

    def _need_store(self) -> Files:
        if self.store is None:
            raise RuntimeError("this context has no file store; give Context(store=...) one")
        return self.store

    def _need_folders(self) -> ModelFiles:
        if self.folders is None:
            raise RuntimeError("this context has no model folders; give Context(folders=...) them")
        return self.folders

    def __getstate__(self) -> dict[str, Any]:
        inert = {"models": LoadEachTime(), "choices": None, "report": None, "warn": None, "cancellation": None}
        log = logging.getLogger(self.log.name)
        return {**self.__dict__, **inert, "log": log, "document": self.provenance()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        document = state["document"]
        self.__dict__.update(state, cancellation=Cancellation(), document=lambda: document)

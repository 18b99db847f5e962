"""A process beside each worker that waits for one of two ends: the worker's, or that of the service.

Whichever it is, it ends all that is left of the worker, with whatever the worker itself started. The worker could not
do that on its own: C code that never comes back keeps every Python thread from running.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
KILLED_FIRST = "500"
"""What the kernel adds to the worker's size when memory runs out: it shall be ended rather than the service."""


def guarded() -> None:
    """Return in a new process; the old one watches it, ends with it, and shows the same exit code.

    The old process takes the end of its standard input for the end of the service. Call it while there is one thread.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    guardian = os.getpid()
    wakeup = _children_wake()
    worker = os.fork()
    if worker:
        _watch(worker, wakeup)
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _die_with(guardian)
    _volunteer()
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - os.devnull is no path
        os.dup2(nothing.fileno(), sys.stdin.fileno())


def _children_wake() -> int:
    """A descriptor that can be read from when a child has ended."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writing)
    return reading


def _watch(worker: int, wakeup: int) -> None:
    with contextlib.suppress(PermissionError):
        # Both do it, so that it is done whoever comes first; the worker may have gone on to something else since.
        os.setpgid(worker, worker)
    ended = None
    while ended is None:
        ready, _, _ = select.select([sys.stdin.fileno(), wakeup], [], [])
        if sys.stdin.fileno() in ready:
            break
        os.read(wakeup, 512)
        ended = os.waitid(os.P_PID, worker, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    # Not reaped yet, the worker keeps its number, so this cannot hit anybody else.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(worker, signal.SIGKILL)
    _, status = os.waitpid(worker, 0)
    _end_like(status)


def _end_like(status: int) -> None:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


def _die_with(guardian: int) -> None:
    """Where the kernel can, have it end this process when the guardian is ended by force."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != guardian:
        os._exit(1)


def _volunteer() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(KILLED_FIRST)

"""An isolated plugin's process: `python -m nodeflow.isolation DESCRIPTOR`, started by nodeflow alone."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from multiprocessing.connection import Connection


def main() -> None:
    """Work until told to stop, then end at once, whatever threads nodes have left."""
    # Ctrl-C at a terminal is for whoever started us; they cancel what is under way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Only now, so that they cannot be interrupted either.
    from nodeflow import log_lines
    from nodeflow.isolation.inside import Inside
    from nodeflow.isolation.link import Link

    os.set_inheritable(descriptor := int(sys.argv[1]), False)  # noqa: FBT003
    faulthandler.enable()
    log_lines.configure()
    Inside(Link(Connection(descriptor))).work()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()

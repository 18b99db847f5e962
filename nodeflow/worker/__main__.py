"""A worker process: `python -m nodeflow.worker DESCRIPTOR`, started by the service alone."""

from __future__ import annotations

import sys

from nodeflow.worker.guardian import guarded


def main() -> None:
    """Fork before anything else is imported, so that the guardian stays small; then work."""
    guarded()
    from nodeflow.worker import child

    child.main(int(sys.argv[1]))


if __name__ == "__main__":
    main()

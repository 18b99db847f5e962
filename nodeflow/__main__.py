"""`python -m nodeflow`."""

import sys

from nodeflow.cli import main

if __name__ == "__main__":
    sys.exit(main())

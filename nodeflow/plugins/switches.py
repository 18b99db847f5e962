"""Which plugins are switched off: one file, beside what the settings disable."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from nodeflow.errors import ConfigError


@dataclass(frozen=True)
class Switches:
    """The file that `nodeflow plugins disable` and `enable` write."""

    file: Path

    @property
    def off(self) -> frozenset[str]:
        """The names that are switched off. Raises ConfigError for a file that is not one of ours."""
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))["disabled"]
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"cannot read {str(self.file)!r}: {error}; delete it, and disable plugins anew"
            ) from error
        return frozenset(str(name) for name in found)

    def switch(self, name: str, *, on: bool) -> None:
        """Switch a plugin on or off; whole or not at all."""
        self.write(self.off - {name} if on else self.off | {name})

    def write(self, off: frozenset[str]) -> None:
        """Switch these off and no others."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        beside = self.file.with_suffix(".new")
        beside.write_text(json.dumps({"disabled": sorted(off)}, indent=2) + "\n", encoding="utf-8")
        beside.replace(self.file)

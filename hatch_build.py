"""What hatchling runs while it builds nodeflow: the editor is built first, where it is not there yet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))
import web_build


class WebBuildHook(BuildHookInterface[Any]):
    """Puts the built editor into wheels and source archives."""

    def dependencies(self) -> list[str]:
        """Node.js from PyPI, only where the editor must be built and there is no other."""
        return [web_build.NODE_WHEEL] if self._wanted() and web_build.system_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's names)
        try:
            if self._wanted():
                web_build.build()
        except web_build.WebError as error:
            sys.exit(web_build.HELP.format(why=error))
        if not web_build.is_built():
            self.app.display_warning("nodeflow is packaged without its editor")

    def _wanted(self) -> bool:
        try:
            return web_build.wanted()
        except web_build.WebError as error:
            sys.exit(str(error))

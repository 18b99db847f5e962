"""docs/editor.md: its keys are the editor's, and its pictures are those that the script takes."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image as Pillow

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "editor.md").read_text()
KEYS = (ROOT / "web" / "src" / "keys.ts").read_text()
SHOTS = set(re.findall(r'"(editor-\w+)": Shot', (ROOT / "scripts" / "take_screenshots.py").read_text()))
ELSEWHERE = {"Ctrl", "Shift", "Alt", "Ctrl+Up", "Ctrl+Down", "B", "E", "[", "]"}
"""Keys of numbers, prompts and the painter of masks."""


def test_every_key_on_the_page_is_one_of_the_editor() -> None:
    told = set(re.findall(r"`((?:(?:Ctrl|Shift|Alt)(?:\+[\w]+)*|[A-Z?/\[\]]|Delete))`", PAGE)) - ELSEWHERE
    assert len(told) > 20
    assert [key for key in sorted(told) if f'"{key}"' not in KEYS] == []


def test_every_picture_is_shown_and_taken_by_the_script() -> None:
    pages = PAGE + (ROOT / "README.md").read_text()
    assert set(re.findall(r"pictures/(editor-\w+)\.webp", pages)) == SHOTS
    for name in SHOTS:
        with Pillow.open(ROOT / "docs" / "pictures" / f"{name}.webp") as picture:
            assert min(picture.size) > 500

"""Copies of artifacts: same bytes same name, other bytes another name, never outside the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodeflow.cli import artifacts
from nodeflow.cli.artifacts import copy_artifact


def stored(folder: Path, content: bytes) -> Path:
    file = folder / f"stored-{content.hex()}"
    file.write_bytes(content)
    return file


def test_the_same_content_keeps_its_name_and_other_content_gets_a_number(tmp_path: Path) -> None:
    output = tmp_path / "made" / "here"
    one, two, three = (stored(tmp_path, content) for content in (b"1", b"2", b"3"))
    assert copy_artifact(one, output, "a.png") == output / "a.png"
    assert copy_artifact(one, output, "a.png") == output / "a.png"
    assert copy_artifact(two, output, "a.png") == output / "a-2.png"
    assert copy_artifact(three, output, "a.png") == output / "a-3.png"
    assert copy_artifact(two, output, "a.png") == output / "a-2.png"
    assert sorted(file.read_bytes() for file in output.iterdir()) == [b"1", b"2", b"3"]


def test_a_folder_in_the_way_is_stepped_around(tmp_path: Path) -> None:
    (tmp_path / "out" / "a.png").mkdir(parents=True)
    assert copy_artifact(stored(tmp_path, b"1"), tmp_path / "out", "a.png").name == "a-2.png"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("../../escape.png", "escape.png"),
        ("/etc/passwd", "passwd"),
        ("..\\up.png", "up.png"),
        ("C:\\x\\y.png", "y.png"),
        ("..", "artifact"),
        ("", "artifact"),
        ("no suffix", "no suffix"),
    ],
)
def test_a_name_never_leads_out_of_the_folder(tmp_path: Path, name: str, plain: str) -> None:
    assert copy_artifact(stored(tmp_path, b"1"), tmp_path / "out", name) == tmp_path / "out" / plain


def test_an_interrupted_copy_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_source: object, target: object) -> None:
        target.write(b"half")  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    monkeypatch.setattr(artifacts.shutil, "copyfileobj", interrupted)
    with pytest.raises(KeyboardInterrupt):
        copy_artifact(stored(tmp_path, b"1"), tmp_path / "out", "a.png")
    assert list((tmp_path / "out").iterdir()) == []

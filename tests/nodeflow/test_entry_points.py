"""Entry points: those of one distribution are found whatever state another's metadata are in."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from nodeflow.entry_points import installed, release
from nodeflow.plugins import load_plugins
from tests.nodeflow.plugins.outcomes import GOOD


def test_those_of_a_group_as_they_are_installed(site: Any) -> None:
    site.install("acme", {"first.py": GOOD}, {"acme": "first"}, version="2.1")
    found = list(installed("nodeflow"))
    assert {point.name for point in found} >= {"acme", "basic", "diffusion", "image"}
    assert list(installed("nodeflow.no_such_group")) == []
    (acme,) = (point for point in found if point.name == "acme")
    assert release(acme) == ("acme", "2.1")


def test_without_a_distribution_there_is_no_release() -> None:
    assert release(EntryPoint("a", "b", "nodeflow")) == ("", "")


def test_of_one_distribution_installed_twice_the_first_on_the_path_counts(
    site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for imports: it is not two distributions in each other's way."""
    site.install("acme", {"first.py": GOOD}, {"acme": "first"}, version="2")
    for version in ("1", "3"):
        info = tmp_path / "later" / f"acme-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme\nVersion: {version}\n")
        (info / "entry_points.txt").write_text("[nodeflow]\nacme = first\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "later")])
    assert [release(point) for point in installed("nodeflow") if point.name == "acme"] == [("acme", "2")]


@pytest.mark.parametrize("file", ["entry_points.txt", "METADATA"])
def test_damaged_metadata_spoil_no_other_distribution(site: Any, caplog: pytest.LogCaptureFixture, file: str) -> None:
    site.install("acme", {"first.py": GOOD}, {"acme": "first"})
    site.install("torn", {"second.py": GOOD}, {"torn": "second"}).joinpath(file).write_bytes(b"[nodeflow]\nx = \xff\n")
    plugins = load_plugins()
    assert {"KSampler", "acme/Sharpen"} <= plugins.registry.nodes.keys()
    assert ("torn/Sharpen" in plugins.registry.nodes) is (file == "METADATA")
    assert any("cannot read the metadata" in message for message in caplog.messages)


@pytest.mark.parametrize("metadata", [None, "", "Version: 3\n"])
def test_a_distribution_without_a_name(site: Any, metadata: str | None) -> None:
    place = site.install("acme", {"first.py": GOOD}, {"acme": "first"}) / "METADATA"
    place.unlink() if metadata is None else place.write_text(metadata)
    (plugin,) = site.load().loaded
    assert (plugin.state, plugin.distribution, plugin.version) == ("loaded", "", "3" if metadata else "")

"""The pages agree with the repository: links lead somewhere, and dependencies, codes and settings are all named."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from nodeflow.cli.failures import Exit
from nodeflow.config import Config, load_config

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE):
        plain = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        numbered = (f"{plain}-{number}" if number else plain for number in range(100))
        found.add(next(anchor for anchor in numbered if anchor not in found))
    return found


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Each link to a file: where it leads, and the anchor there."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r'\]\(([^)]+)\)|src="([^"]+)"', prose):
        path, _, anchor = "".join(target).partition("#")
        if "://" not in path:
            yield (page.parent / path if path else page), anchor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in links(page):
        assert path.exists(), f"{page.name}: {path}"
        assert not anchor or anchor in anchors(path), f"{page.name}: {path.name}#{anchor}"


def requirements() -> set[str]:
    """What nodeflow, its extras and the plugins beside it require."""
    plugins = [tomllib.loads(path.read_text())["project"] for path in ROOT.glob("plugins/*/pyproject.toml")]
    assert plugins
    required = [each for project in (PROJECT, *plugins) for each in project["dependencies"]]
    extras = [each for extra in PROJECT["optional-dependencies"].values() for each in extra]
    names = {re.split(r"[\[<>=!~; ]", each)[0].lower() for each in (*required, *extras)}
    return names - {"nodeflow"}


def test_every_dependency_has_its_reason() -> None:
    rows = re.findall(
        r"^\| ([\w@/, -]+) \| (.+) \| .+ \|$", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE
    )
    reasons = {name.lower(): reason for names, reason in rows for name in names.split(", ")}
    assert {name for name, reason in reasons.items() if len(reason) > 10} - {"package"} == (
        requirements() | json.loads((ROOT / "web" / "package.json").read_text())["dependencies"].keys()
    )


def test_every_dependency_has_its_tested_version() -> None:
    pins = {line.partition("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert requirements() <= pins


def test_every_exit_code_is_explained() -> None:
    rows = re.findall(r"^\| (\d+) \| ", (ROOT / "docs" / "cli.md").read_text(), re.MULTILINE)
    assert rows == [str(int(code)) for code in Exit]


def test_the_settings_that_are_shown_are_taken(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "cli.md").read_text(), re.DOTALL)
    (tmp_path / "config.toml").write_text(block)
    config = load_config(tmp_path / "config.toml", environ={})
    assert (config.cache_memory, config.data_dir) == (1 << 30, Path("~/nodeflow").expanduser())


@pytest.mark.parametrize("name", Config.model_fields)
def test_every_setting_is_on_a_page(name: str) -> None:
    assert any(re.search(rf"^\W*{name}\b|`{name}`", page.read_text(), re.MULTILINE) for page in PAGES)


def test_the_changelog_tells_of_the_version() -> None:
    headings = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert PROJECT["version"] in headings


@pytest.mark.parametrize("target", ["picture", "web", "docs", "bench", "bench-model"])
def test_make_runs_what_is_there(target: str) -> None:
    told = subprocess.run(
        ["make", "--no-print-directory", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    last = told.splitlines()[-1]
    module = re.search(r"python -m (\S+)", last)
    assert module is None or importlib.util.find_spec(module[1]) is not None or (ROOT / module[1]).is_dir()
    files = re.findall(r"(?<= )[\w./-]+\.(?:py|json|safetensors)\b", last)
    assert files or module
    assert all((ROOT / file).is_file() for file in files)


def test_make_opens_a_template_that_is_there() -> None:
    told = subprocess.run(
        ["make", "--no-print-directory", "-n", "run"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    template = re.search(r"nodeflow serve .*--template (\S+)$", told.stdout.splitlines()[-1])
    assert template is not None
    assert (ROOT / "graphs" / f"{template[1]}.json").is_file()

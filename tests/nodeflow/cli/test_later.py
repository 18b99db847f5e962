"""A package that is imported when it is first used."""

import subprocess
import sys
from pathlib import Path

PACKAGE = "print('imported')\nvalue = [1]\n\n\ndef __getattr__(name):\n    raise AttributeError(f'no {name}')\n"


def told(tmp_path: Path, code: str) -> list[str]:
    """What a process prints in which a package `heavy` is imported later."""
    (tmp_path / "heavy").mkdir()
    (tmp_path / "heavy" / "__init__.py").write_text(PACKAGE)
    (tmp_path / "heavy" / "part.py").write_text("import heavy\nvalue = heavy.value\n")
    before = "from nodeflow.cli.later import import_later\nimport_later('heavy')\n"
    command = [sys.executable, "-W", "error", "-c", before + code]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.splitlines()


def test_an_import_alone_runs_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, "import heavy\nprint(heavy.__name__)") == ["heavy"]


def test_the_first_use_imports_it_once(tmp_path: Path) -> None:
    code = (
        "import heavy as early\nprint('before')\nprint(early.value)\n"
        "import heavy as late\nprint(late.value is early.value)"
    )
    assert told(tmp_path, code) == ["before", "imported", "[1]", "True"]


def test_a_module_inside_imports_it(tmp_path: Path) -> None:
    code = "import heavy\nfrom heavy.part import value\nprint(heavy.part.value is heavy.value is value)"
    assert told(tmp_path, code) == ["imported", "True"]


def test_what_it_does_not_have_is_told_by_itself(tmp_path: Path) -> None:
    code = "import heavy\ntry:\n    heavy.other\nexcept AttributeError as error:\n    print(error)"
    assert told(tmp_path, code) == ["imported", "no other"]


def test_one_that_is_imported_or_missing_is_left_alone(tmp_path: Path) -> None:
    code = (
        "import json, sys\nimport_later('json')\nimport_later('missing_one')\n"
        "print(sys.modules['json'] is json, 'missing_one' in sys.modules)"
    )
    assert told(tmp_path, code) == ["True False"]


def test_numpy_is_not_imported_to_check_a_graph() -> None:
    code = (
        "import sys\nfrom nodeflow.cli import main\n"
        "assert main(['validate', 'graphs/txt2img.json']) == 0\n"
        "print([name for name in ('numpy.linalg', 'torch', 'rich') if name in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"

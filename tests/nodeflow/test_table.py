"""Tables: choices by name and owner, imported when they are asked for."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.errors import RegistrationError, UnknownName
from nodeflow.table import Table


@pytest.fixture
def samplers() -> Table:
    table = Table("samplers")
    table.add("euler", abs, "diffusion")
    table.add("heun", "math:isqrt", "acme")
    return table


def test_a_table_is_a_mapping_in_the_order_of_addition(samplers: Table) -> None:
    assert isinstance(samplers, Mapping)
    assert list(samplers) == ["euler", "heun"]
    assert len(samplers) == 2
    assert "heun" in samplers
    assert "eular" not in samplers
    assert samplers.get("eular") is None


def test_a_choice_is_what_was_added_or_what_its_import_string_names(samplers: Table) -> None:
    assert samplers["euler"] is abs
    assert samplers["heun"](17) == 4
    assert samplers.raw("heun") == "math:isqrt"


def test_an_import_string_may_lead_into_a_class() -> None:
    table = Table("readers")
    table.add("path", "pathlib:Path.read_text", "acme")
    assert table["path"] is Path.read_text


def test_every_choice_knows_its_owner(samplers: Table) -> None:
    assert [samplers.owner(name) for name in samplers] == ["diffusion", "acme"]


@pytest.mark.parametrize("ask", [Table.__getitem__, Table.raw, Table.owner])
def test_an_unknown_name_gets_the_nearest(samplers: Table, ask: object) -> None:
    with pytest.raises(UnknownName, match=r"^no sampler 'eular'; did you mean 'euler'\?$"):
        ask(samplers, "eular")  # type: ignore[operator]


def test_the_kind_is_what_one_of_them_is_called() -> None:
    with pytest.raises(UnknownName, match=r"^no blend mode 'multiply'; there are none$"):
        Table("blend_modes")["multiply"]


def test_a_clash_names_both_owners(samplers: Table) -> None:
    with pytest.raises(RegistrationError, match=r"^sampler 'heun' of 'other' exists already, from 'acme'$"):
        samplers.add("heun", len, "other")
    assert samplers.owner("heun") == "acme"


@pytest.mark.parametrize(
    "place", ["", "math", "math.isqrt", ":isqrt", "math:", "a b:c", "math:isqrt()", "../x:y", ".x:y"]
)
def test_text_that_is_no_import_string_is_refused_when_it_is_added(place: str) -> None:
    table = Table("samplers")
    with pytest.raises(RegistrationError, match="must look like"):
        table.add("mine", place, "acme")
    assert len(table) == 0


@pytest.mark.parametrize("name", ["", 3, None])
def test_a_name_must_be_text(name: object) -> None:
    with pytest.raises(RegistrationError, match="must be text"):
        Table("samplers").add(name, len, "acme")  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["no_such_package.module:thing", "math:no_such_function"])
def test_an_import_string_that_leads_nowhere_says_whose_it_is(place: str) -> None:
    table = Table("samplers")
    table.add("mine", place, "acme")
    with pytest.raises(RegistrationError, match=f"^sampler 'mine' of 'acme': cannot import '{place}': "):
        table["mine"]


def test_going_through_the_names_imports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "never_imported_by_names.py").write_text("here = 1")
    monkeypatch.syspath_prepend(tmp_path)
    table = Table("things")
    table.add("here", "never_imported_by_names:here", "acme")
    assert list(table) == ["here"]
    assert "here" in table
    assert "never_imported_by_names" not in sys.modules
    assert table["here"] == 1
    del sys.modules["never_imported_by_names"]


def test_a_copy_is_added_to_alone(samplers: Table) -> None:
    copied = samplers.copy()
    copied.add("lms", len, "acme")
    assert "lms" not in samplers
    assert [(name, copied.raw(name), copied.owner(name)) for name in samplers] == [
        ("euler", abs, "diffusion"),
        ("heun", "math:isqrt", "acme"),
    ]


@given(st.dictionaries(st.text(min_size=1), st.integers()))
def test_what_is_added_is_there(choices: dict[str, int]) -> None:
    table = Table("numbers")
    for name, value in choices.items():
        table.add(name, value, "acme")
    assert dict(table) == choices
    assert list(table) == list(choices)

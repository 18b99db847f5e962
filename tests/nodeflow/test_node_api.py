"""Versions of the node API: which plugins fit, and what those that do not are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nodeflow
from nodeflow import node_api
from nodeflow.node_api import VERSION, refusal, spelled

MAJOR, MINOR = map(int, VERSION.split("."))
small = st.integers(0, 9999)


def test_authors_see_the_version() -> None:
    assert nodeflow.API_VERSION == VERSION
    assert refusal(VERSION) == refusal(spelled(VERSION)) == ""


@given(major=small, minor=small, form=st.sampled_from(["{}.{}", "v{}.{}", "v{}_{}", "{}_{}"]))
def test_what_fits_has_the_same_major_and_no_newer_minor(major: int, minor: int, form: str) -> None:
    assert (refusal(form.format(major, minor)) == "") == (major == MAJOR and minor <= MINOR)


@given(have=st.tuples(small, small), wanted=st.tuples(small, small))
def test_a_refusal_says_which_of_the_two_is_too_old(have: tuple[int, int], wanted: tuple[int, int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node_api, "VERSION", "{}.{}".format(*have))
        said = refusal("{}.{}".format(*wanted))
    if said:
        assert f"node API {wanted[0]}.{wanted[1]}" in said and f"has {have[0]}.{have[1]}" in said
        assert ("a newer nodeflow" in said) == (wanted > have)
        assert ("a newer release of the plugin" in said) == (wanted < have)


def test_a_minor_version_may_be_left_out() -> None:
    assert refusal(f"v{MAJOR}") == refusal(str(MAJOR)) == ""


@pytest.mark.parametrize("text", ["", "one", "1.2.3", "1,0", ">=1.0", "v", "-1", "1.x", "١.٠", "99999"])
def test_what_is_no_version_is_told(text: str) -> None:
    assert (
        refusal(text) == f"the node API version {text!r} that it states is none; write one such as 'v{MAJOR}_{MINOR}'"
    )

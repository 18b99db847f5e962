"""Errors say what is wrong and what would be right, and survive the way to another process."""

import pickle

import pytest

from nodeflow.errors import DeclarationError, NodeflowError, UnknownName, ValueProblem, listed, nearest


def test_an_unknown_name_suggests_the_nearest() -> None:
    error = UnknownName("sampler", "eular", ["heun", "euler"])
    assert str(error) == "no sampler 'eular'; did you mean 'euler'?"
    assert error.nearest == "euler"


def test_capitals_do_not_hide_the_nearest() -> None:
    assert UnknownName("node type", "ksampler", ["KSampler"]).nearest == "KSampler"


def test_an_unknown_name_lists_what_there_is_when_nothing_is_near() -> None:
    assert str(UnknownName("sampler", "zzz", ["heun", "euler"])) == "no sampler 'zzz'; there are euler, heun"
    assert str(UnknownName("sampler", "zzz", [])) == "no sampler 'zzz'; there are none"


def test_a_long_list_is_cut() -> None:
    assert listed(f"n{i}" for i in range(25)).endswith("n19 and 5 more")


def test_nearest_is_none_among_strangers() -> None:
    assert nearest("latent", ["Image", "Mask"]) is None


@pytest.mark.parametrize(
    "error",
    [
        NodeflowError("a"),
        DeclarationError("a"),
        UnknownName("sampler", "eular", ["euler"]),
        ValueProblem("unknown_choice", "one of samplers", "'eular'", "euler"),
    ],
)
def test_every_error_pickles_whole(error: NodeflowError) -> None:
    copied = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(copied) is type(error)
    assert str(copied) == str(error)
    assert vars(copied) == vars(error)

"""Why a step has to run: the part of its key that differs from the most similar earlier one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.cache.explanation import Change, Earlier, Explanation, compare

PARTS: dict[str, Any] = {
    "epoch": 1,
    "type": "Blur",
    "version": 1,
    "code": "c1",
    "environment": {"diffusion.torch": "2.5"},
    "values": {"radius": 2, "wrap": False},
    "links": {"image": ["k1", "image"]},
    "files": {"lut": "d1"},
    "fingerprint": "f1",
    "uses": {"acme": "u1"},
}


def changed(group: str, **values: Any) -> dict[str, Any]:
    return {**PARTS, group: {**PARTS[group], **values}}


@pytest.mark.parametrize(
    ("now", "part", "sentence"),
    [
        ({**PARTS, "code": "c2"}, "code", "the code of its plugin changed"),
        ({**PARTS, "version": 2}, "version", "version changed from 1 to 2"),
        ({**PARTS, "fingerprint": "f2"}, "fingerprint", "its fingerprint changed"),
        (changed("values", radius=3), "values/radius", "the value of 'radius' changed from 2 to 3"),
        (changed("values", radius=2.0), "values/radius", "the value of 'radius' changed from 2 to 2.0"),
        (changed("values", wrap=0), "values/wrap", "the value of 'wrap' changed from false to 0"),
        (changed("values", radius="x" * 500), "values/radius", "the value of 'radius' changed from 2 to \"xxx"),
        (changed("links", image=["k2", "image"]), "links/image", "what comes into 'image' changed"),
        (changed("links", image=["k1", "mask"]), "links/image", "what comes into 'image' changed"),
        (changed("files", lut="d2"), "files/lut", "the file of 'lut' changed"),
        (changed("uses", acme="u2"), "uses/acme", "the code of 'acme', which it uses, changed"),
        (
            changed("environment", **{"diffusion.torch": "2.6"}),
            "environment/diffusion.torch",
            'environment/diffusion.torch changed from "2.5" to "2.6"',
        ),
        ({name: part for name, part in PARTS.items() if name != "fingerprint"}, "fingerprint", "its fingerprint"),
    ],
)
def test_the_part_that_changed(now: dict[str, Any], part: str, sentence: str) -> None:
    explanation = compare("n", now, [Earlier(PARTS, "n")])
    assert [change.part for change in explanation.changes] == [part]
    assert sentence in str(explanation)
    assert len(str(explanation)) < 200


def test_a_value_that_became_a_link() -> None:
    now = {**PARTS, "values": {"wrap": False}, "links": {**PARTS["links"], "radius": ["k3", "number"]}}
    explanation = compare("n", now, [Earlier(PARTS, "n")])
    assert explanation.changes == (Change("links/radius", None, ["k3", "number"]), Change("values/radius", 2, None))


def test_the_same_node_is_preferred_and_then_the_most_similar() -> None:
    twin = Earlier(changed("values", radius=3), "other")
    far = Earlier({**changed("values", radius=9), "code": "c0"}, "n")
    near = Earlier(changed("values", radius=7), "n")
    assert compare("n", PARTS, [twin, far, near]).changes == (Change("values/radius", 7, 2),)
    assert compare("m", PARTS, [far, twin]).changes == (Change("values/radius", 3, 2),)


def test_words_for_every_state() -> None:
    assert str(Explanation("n", "cached")) == "it is in the cache"
    assert str(Explanation("n", "volatile", volatile="Draw is not cacheable")) == (
        "it runs every time: Draw is not cacheable"
    )
    assert str(compare("n", PARTS, [])) == "no step of its type is in the cache"
    assert str(compare("n", PARTS, [Earlier(PARTS, "n")])) == "its entry was dropped from the cache"


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from([1, 1.0, True, "1", None])), min_size=1),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from([1, 1.0, True, "1", None])),
)
def test_as_few_changes_as_can_be(earlier: list[dict[str, Any]], now: dict[str, Any]) -> None:
    def differing(before: dict[str, Any]) -> int:
        names = before.keys() | now.keys()
        return sum(name not in before or name not in now or repr(before[name]) != repr(now[name]) for name in names)

    explanation = compare("n", {"values": now}, [Earlier({"values": each}, "n") for each in earlier])
    assert len(explanation.changes) == min(differing(each) for each in earlier)

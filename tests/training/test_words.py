"""The small table of words, and text as its rows."""

from __future__ import annotations

import random

import torch
from nodeflow_training.words import END, STRANGE, TEXT_LENGTH, Words, caption_words


def test_unknown_words_share_a_row_and_captions_end() -> None:
    words = caption_words()
    rows = words.encode(["a red circle", "a zebra circle"], random.Random(0))
    assert rows.shape == (2, TEXT_LENGTH)
    assert rows[0, 0] == rows[1, 0] > END
    assert STRANGE not in rows[0]
    assert rows[1, 2] == STRANGE
    assert Words.ends(rows).tolist() == [4, 4]


def test_strange_words_are_slipped_in_and_nothing_is_left_out() -> None:
    words = caption_words()
    [row] = words.encode(["a red circle"], random.Random(0), strange=1.0).tolist()
    [plain] = words.encode(["a red circle"], random.Random(0)).tolist()
    assert STRANGE in row
    assert [token for token in row if token > END] == [token for token in plain if token > END]


def test_a_caption_that_is_too_long_is_cut_and_still_ends() -> None:
    words = caption_words()
    [row] = words.encode(["red " * 100], random.Random(0))
    assert len(row) == TEXT_LENGTH
    assert Words.ends(torch.stack([row])).tolist() == [TEXT_LENGTH - 1]

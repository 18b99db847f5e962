"""Digests of files: right at any time, remembered where that is safe, and never lost to a damaged memo."""

import hashlib
import json
import logging
import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow import digests
from nodeflow.digests import Digests

LONG_AGO = 1_000_000_000_000_000_000


def written(path: Path, content: bytes, changed: int = LONG_AGO) -> Path:
    """A file that seems to have been changed then, in nanoseconds."""
    path.write_bytes(content)
    os.utime(path, ns=(changed, changed))
    return path


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Counting:
    """Counts how often a file is read through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.digest = hashlib.file_digest
        monkeypatch.setattr(hashlib, "file_digest", self)

    def __call__(self, stream: object, name: str) -> object:
        self.count += 1
        return self.digest(stream, name)  # type: ignore[arg-type]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counting:
    return Counting(monkeypatch)


def test_a_digest_is_that_of_the_content(tmp_path: Path) -> None:
    assert Digests().of(written(tmp_path / "a", b"content")) == sha256(b"content")


def test_a_file_that_stays_is_read_once(tmp_path: Path, reads: Counting) -> None:
    file, known = written(tmp_path / "a", b"content"), Digests()
    assert [known.of(file) for _ in range(3)] == [sha256(b"content")] * 3
    assert reads.count == 1


def test_a_file_that_may_still_change_is_read_again(tmp_path: Path, reads: Counting) -> None:
    file, known = tmp_path / "a", Digests()
    for content in (b"one", b"two", b"six"):
        file.write_bytes(content)
        assert known.of(file) == sha256(content)
    assert reads.count == 3


@pytest.mark.parametrize("content", [b"other", b"longer than before"])
def test_a_replaced_file_has_another_digest_though_its_time_is_the_same(tmp_path: Path, content: bytes) -> None:
    file, known = written(tmp_path / "a", b"first"), Digests()
    assert known.of(file) == sha256(b"first")
    written(tmp_path / "b", content).replace(file)
    assert known.of(file) == sha256(content)


def test_a_file_that_changes_while_it_is_read_is_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, known = written(tmp_path / "a", b"first"), Digests()
    digest = hashlib.file_digest

    def interrupted(stream: object, name: str) -> object:
        found = digest(stream, name)  # type: ignore[arg-type]
        written(file, b"second", LONG_AGO + 1)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "file_digest", interrupted)
        assert known.of(file) == sha256(b"first")
    assert known.of(file) == sha256(b"second")


def test_a_memo_serves_the_next_process(tmp_path: Path, reads: Counting) -> None:
    file, memo = written(tmp_path / "a", b"content"), tmp_path / "new" / "folder" / "memo.json"
    assert Digests(memo).of(file) == sha256(b"content")
    assert Digests(memo).of(file) == sha256(b"content")
    assert reads.count == 1


def test_processes_add_to_one_memo(tmp_path: Path, reads: Counting) -> None:
    memo = tmp_path / "memo"
    files = [written(tmp_path / name, name.encode()) for name in "abc"]
    both = Digests(memo), Digests(memo)
    for known in both:
        known.of(files[0])
    both[0].of(files[1])
    both[1].of(files[2])
    reads.count = 0
    fresh = Digests(memo)
    assert [fresh.of(file) for file in files] == [sha256(name) for name in (b"a", b"b", b"c")]
    assert reads.count == 0


@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_no_damage_to_the_memo_makes_a_digest_wrong(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, start: int, length: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    files = [written(folder / name, name.encode()) for name in ("a", "b c")]
    memo = folder / "memo"
    for file in files:
        Digests(memo).of(file)
    whole = memo.read_bytes()
    memo.write_bytes(whole[:start] + junk + whole[start + length :])
    known = Digests(memo)
    assert [known.of(file) for file in files] == [sha256(b"a"), sha256(b"b c")]
    assert [Digests(memo).of(file) for file in files] == [sha256(b"a"), sha256(b"b c")]


@pytest.mark.parametrize(
    "line",
    [
        b"null",
        b"3",
        b"{}",
        b'["x", 1]',
        b'["x", 1, 2, 3, 4, 5]',
        b'["x", 1, 2, 3, 4, "short"]',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_a_line_that_is_none_is_passed_over(tmp_path: Path, line: bytes, reads: Counting) -> None:
    file, memo = written(tmp_path / "a", b"content"), tmp_path / "memo"
    Digests(memo).of(file)
    memo.write_bytes(line + memo.read_bytes() + line)
    reads.count = 0
    assert Digests(memo).of(file) == sha256(b"content")
    assert reads.count == 0


def test_a_line_cut_short_costs_no_other(tmp_path: Path, reads: Counting) -> None:
    files, memo = [written(tmp_path / name, b"content") for name in "ab"], tmp_path / "memo"
    Digests(memo).of(files[0])
    memo.write_bytes(memo.read_bytes()[:-20])
    Digests(memo).of(files[1])
    reads.count = 0
    Digests(memo).of(files[1])
    assert reads.count == 0


def test_a_memo_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_bytes(b"")
    known = Digests(tmp_path / "file" / "memo")
    with caplog.at_level(logging.WARNING):
        assert known.of(written(tmp_path / "a", b"content")) == sha256(b"content")
    assert "cannot keep the digests of files in" in caplog.text


def test_a_memo_of_what_is_past_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: Counting
) -> None:
    monkeypatch.setattr(digests, "SUPERSEDED", 3)
    file, memo = tmp_path / "a", tmp_path / "memo"
    for change in range(8):
        Digests(memo).of(written(file, b"content", LONG_AGO + change))
    lines = [line for line in memo.read_bytes().splitlines() if line]
    assert len(lines) <= 5
    assert {json.loads(line)[0] for line in lines} == {str(file.resolve())}
    reads.count = 0
    Digests(memo).of(file)
    assert reads.count == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "memo"]


def test_it_pickles(tmp_path: Path, reads: Counting) -> None:
    file = written(tmp_path / "a", b"content")
    known = Digests(tmp_path / "memo")
    known.of(file)
    copied = pickle.loads(pickle.dumps(known))  # noqa: S301
    assert copied.of(file) == sha256(b"content")
    assert reads.count == 1


def test_what_cannot_be_read_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Digests().of(tmp_path / "none")

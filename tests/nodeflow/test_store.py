"""Content-addressed files: named by their content, written whole or not at all."""

import hashlib
import io
import pickle
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.store import BLOCK, Store, StoreError


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files")


def everything_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_bytes_stream_and_path_are_the_same_file(store: Store, tmp_path: Path) -> None:
    data = b"a picture" * 1000
    (tmp_path / "source").write_bytes(data)
    digests = {store.put(data), store.put(io.BytesIO(data)), store.put(tmp_path / "source")}
    assert digests == {hashlib.sha256(data).hexdigest()}
    assert len(everything_under(store.folder)) == 1


@given(data=st.binary(max_size=200), blocks=st.integers(0, 1))
def test_what_was_put_is_read(data: bytes, blocks: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    whole = data + bytes(BLOCK) * blocks
    digest = store.put(io.BytesIO(whole))
    assert store.read(digest) == whole
    assert store.size(digest) == len(whole)
    assert store.verify(digest)
    assert list(store.digests()) == [digest]
    with store.open(digest) as stream:
        assert stream.read() == whole


@pytest.mark.parametrize(
    "digest",
    ["", "../../etc/passwd", "ab", "A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n", "/" * 64, None, 7, "٠" * 64],
)
def test_only_a_digest_becomes_a_path(store: Store, digest: str) -> None:
    for use in (store.path, store.has, store.open, store.read, store.verify, store.size, store.remove):
        with pytest.raises(StoreError, match="is no sha256"):
            use(digest)


def test_a_file_it_does_not_have(store: Store) -> None:
    absent = "a" * 64
    assert not store.has(absent)
    assert not store.remove(absent)
    for use in (store.open, store.read, store.size, store.verify):
        with pytest.raises(StoreError, match=f"has no file {absent}"):
            use(absent)


def test_a_stream_that_breaks_leaves_nothing(store: Store) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError("the cable was pulled")
            return super().read(min(size or 4, 4))

    with pytest.raises(OSError, match="cable"):
        store.put(Broken(b"12345678"))
    assert everything_under(store.folder) == []


def test_a_file_cut_short_is_noticed_and_mended(store: Store) -> None:
    digest = store.put(b"whole")
    store.path(digest).write_bytes(b"who")
    assert not store.verify(digest)
    store.put(b"whole")
    assert store.verify(digest)


def test_removing(store: Store) -> None:
    digest = store.put(b"gone")
    assert store.remove(digest)
    assert not store.has(digest)


def test_it_pickles_as_its_folder(store: Store) -> None:
    digest = store.put(b"x")
    assert pickle.loads(pickle.dumps(store)).read(digest) == b"x"  # noqa: S301


def test_strangers_in_the_folder_are_no_files_of_ours(store: Store) -> None:
    digest = store.put(b"x")
    (store.folder / digest[:2] / "notes.txt").write_text("hello")
    assert list(store.digests()) == [digest]
    assert stat.S_ISREG(store.path(digest).stat().st_mode)

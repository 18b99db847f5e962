"""Entries on disk: found again or not at all, never more bytes than allowed, the longest unused gone first."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodeflow.cache import Entry
from nodeflow.cache.disk_tier import ABANDONED, RECOUNT, DiskTier
from nodeflow.keys import EPOCH
from nodeflow.types import BUILT_IN, Encoded, Image, WireType

TYPES = {wire.name: wire for wire in BUILT_IN}
SIZE = 20_000
PATIENCE = 60


def tier(folder: Path, budget: int = 100 * SIZE) -> DiskTier:
    return DiskTier(folder, budget, TYPES)


def entry(nbytes: int = SIZE, type_name: str = "acme/Sharpen") -> Entry:
    pixels = np.zeros((1, 1, max(nbytes // 12, 1), 3), np.float32)
    return Entry({"image": Image(pixels)}, type=type_name, types={"image": "Image"}, parts={"values": {"a": nbytes}})


def key(number: int) -> str:
    return f"{number:064x}"


def written(folder: Path) -> int:
    """Bytes of every file there is, whatever it is called."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def used(disk: DiskTier, number: int, at: float) -> None:
    os.utime(disk.path(key(number), "acme/Sharpen"), (at, at))


def test_where_an_entry_lies(tmp_path: Path) -> None:
    disk = tier(tmp_path)
    disk.put(key(1), entry())
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()] == [
        f"v{EPOCH}/acme%2FSharpen/00/{key(1)}.safetensors"
    ]
    assert disk.has(key(1), "acme/Sharpen")
    assert disk.get(key(1), "Sharpen") is None
    disk.remove(key(1), "acme/Sharpen")
    disk.remove(key(1), "acme/Sharpen")
    assert disk.get(key(1), "acme/Sharpen") is None


@pytest.mark.parametrize("place", ["length", "header", "tensor"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damage_anywhere_is_a_warning_and_a_miss(
    tmp_path_factory: pytest.TempPathFactory, place: str, data: st.DataObject
) -> None:
    """In the length of the header, in the header with the manifest, in the bytes of the tensor."""
    disk, warned = tier(tmp_path_factory.mktemp("disk")), list[str]()
    disk.put(key(1), entry(600))
    path = disk.path(key(1), "acme/Sharpen")
    whole = path.read_bytes()
    header = 8 + int.from_bytes(whole[:8], "little")
    first, last = {"length": (0, 8), "header": (8, header), "tensor": (header, len(whole))}[place]
    # A share of the place, as the header's names stand in another order each time.
    position = first + (last - first) * data.draw(st.integers(0, 9999)) // 10_000
    if data.draw(st.booleans(), label="cut"):
        path.write_bytes(whole[:position])
    else:
        flipped = whole[position] ^ data.draw(st.integers(1, 255), label="bits")
        path.write_bytes(whole[:position] + bytes([flipped]) + whole[position + 1 :])
    assert disk.get(key(1), "acme/Sharpen", warned.append) is None
    assert len(warned) == 1
    assert f"{key(1)}.safetensors is damaged" in warned[0]
    assert not path.exists(), "it would be found damaged again"
    disk.put(key(1), entry(600))
    assert disk.get(key(1), "acme/Sharpen", warned.append) is not None


class Awaited:
    """A codec whose decoding waits for something, and then fails."""

    def __init__(self, wait: Callable[[], object]) -> None:
        self.wait = wait

    def encode(self, value: Any) -> Encoded:
        return Encoded(meta=value)

    def decode(self, encoded: Encoded) -> Any:
        self.wait()
        raise ValueError("no such thing")


def awaiting(folder: Path, wait: Callable[[], object]) -> DiskTier:
    return DiskTier(folder, 100 * SIZE, {"str": WireType("str", str, "#000000", codec=Awaited(wait))})


TEXT = Entry({"text": "x"}, type="T", types={"text": "str"})


def test_readers_that_find_one_damage_at_the_same_time_tell_it_once(tmp_path: Path) -> None:
    """In one process, and in others that share the folder."""
    together = threading.Barrier(8)
    tiers = [awaiting(tmp_path, lambda: together.wait(PATIENCE)) for _ in range(2)]
    tiers[0].put(key(1), TEXT)
    warned: list[str] = []
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda reader: tiers[reader % 2].get(key(1), "T", warned.append), range(8)))
    assert found == [None] * 8
    assert len(warned) == 1
    assert written(tmp_path) == 0


def test_what_takes_the_place_of_a_damaged_one_stays(tmp_path: Path) -> None:
    """Somebody else has computed it again before the one who found the damage gets to delete it."""
    warned: list[str] = []
    disk = awaiting(tmp_path, lambda: tier(tmp_path).put(key(1), TEXT))
    disk.put(key(1), TEXT)
    assert disk.get(key(1), "T", warned.append) is None
    assert (warned, tier(tmp_path).get(key(1), "T")) == ([], TEXT)


def test_what_cannot_be_deleted_is_told_as_such(tmp_path: Path) -> None:
    disk, warned = awaiting(tmp_path, lambda: disk.path(key(1), "T").parent.chmod(0o500)), list[str]()
    disk.put(key(1), TEXT)
    assert disk.get(key(1), "T", warned.append) is None
    disk.path(key(1), "T").parent.chmod(0o700)
    (told,) = warned
    assert "cannot be deleted" in told or os.geteuid() == 0, "root deletes whatever it likes"


@settings(max_examples=25, deadline=None)
@given(
    budget=st.integers(0, 12 * SIZE),
    puts=st.lists(st.tuples(st.integers(0, 6), st.integers(1, 5 * SIZE)), max_size=25),
)
def test_never_more_bytes_than_allowed(
    tmp_path_factory: pytest.TempPathFactory, budget: int, puts: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("disk")
    disk, latest = tier(folder, budget), dict[int, int]()
    for number, nbytes in puts:
        disk.put(key(number), entry(nbytes))
        latest[number] = nbytes
        assert written(folder) <= budget
        found = disk.get(key(number), "acme/Sharpen")
        # An entry that fits is there; one that does not may leave an older one of its key, which is the same result.
        assert found is not None or written(folder) == 0 or nbytes + 2000 > budget
    assert disk.nbytes() == written(folder)


def test_the_longest_unused_goes_first_and_use_is_remembered(tmp_path: Path) -> None:
    disk = tier(tmp_path, 10 * SIZE)
    now = time.time()
    for number in range(8):
        disk.put(key(number), entry())
        used(disk, number, now - 1000 + number)
    assert disk.get(key(0), "acme/Sharpen") is not None
    for number in range(8, 11):
        disk.put(key(number), entry())
    kept = [number for number in range(11) if disk.has(key(number), "acme/Sharpen")]
    assert kept[0] == 0, "it was used last"
    assert kept[1:] == list(range(11 - len(kept) + 1, 11))


def test_what_is_larger_than_the_budget_is_not_kept_and_drives_nothing_out(tmp_path: Path) -> None:
    disk = tier(tmp_path, 3 * SIZE)
    disk.put(key(1), entry())
    disk.put(key(2), entry(4 * SIZE))
    assert (disk.has(key(1), "acme/Sharpen"), disk.has(key(2), "acme/Sharpen")) == (True, False)


def test_what_is_there_from_before_counts(tmp_path: Path) -> None:
    for number in range(9):
        tier(tmp_path).put(key(number), entry())
    tier(tmp_path, 5 * SIZE).put(key(9), entry())
    assert written(tmp_path) <= 5 * SIZE


def test_what_another_process_writes_is_noticed(tmp_path: Path) -> None:
    mine, other = tier(tmp_path, 20 * SIZE), tier(tmp_path, 20 * SIZE)
    for number in range(60):
        (mine if number % 2 else other).put(key(number), entry())
        assert written(tmp_path) <= 20 * SIZE * 18 // 16 + SIZE


def test_entries_of_an_older_epoch_count_and_go_first(tmp_path: Path) -> None:
    old = tmp_path / "v0" / "Blur" / "00" / f"{key(0)}.safetensors"
    old.parent.mkdir(parents=True)
    old.write_bytes(bytes(3 * SIZE))
    os.utime(old, (1000, 1000))
    disk = tier(tmp_path, 5 * SIZE)
    assert disk.nbytes() == 3 * SIZE
    for number in range(3):
        disk.put(key(number), entry())
    assert not old.exists()
    assert disk.count() == 3


def test_half_written_files_are_nobodys_after_an_hour(tmp_path: Path) -> None:
    disk = tier(tmp_path)
    disk.put(key(1), entry())
    left = [disk.path(key(1), "acme/Sharpen").with_suffix(f".{name}.part") for name in ("old", "new")]
    for path in left:
        path.write_bytes(b"half")
    long_ago = time.time() - ABANDONED - 10
    os.utime(left[0], (long_ago, long_ago))
    assert disk.count() == 1
    assert [path.exists() for path in left] == [False, True]


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    class Broken:
        """Encodes to what cannot be written."""

        def encode(self, value: Any) -> Any:
            raise OSError("no space left")

        def decode(self, encoded: Any) -> Any: ...

    types = {**TYPES, "Image": WireType("Image", Image, "#000000", codec=Broken())}
    with pytest.raises(OSError, match="no space"):
        DiskTier(tmp_path, 10 * SIZE, types).put(key(1), entry())
    assert written(tmp_path) == 0


def test_looking_costs_no_more_than_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in files looked at: twice the entries, about twice the looks' work, not four times."""
    looked = 0
    stat = Path.stat

    def counted(path: Path, **options: Any) -> os.stat_result:
        nonlocal looked
        looked += path.suffix == ".safetensors"
        return stat(path, **options)

    disk = tier(tmp_path, 1 << 40)
    small = Entry({"text": "x"}, type="T", types={"text": "str"})
    monkeypatch.setattr(Path, "stat", counted)
    for number in range(8 * RECOUNT):
        disk.put(key(number), small)
    assert RECOUNT <= looked <= 4 * 8 * RECOUNT


def test_manifests_the_one_used_last_first_and_damaged_ones_left_out(tmp_path: Path) -> None:
    disk = tier(tmp_path)
    for number in range(4):
        disk.put(key(number), entry(1000 + number))
        used(disk, number, 2000 - number)
    disk.put(key(9), entry(type_name="Other"))
    os.truncate(disk.path(key(1), "acme/Sharpen"), 40)
    told = [manifest["parts"]["values"]["a"] for manifest in disk.manifests("acme/Sharpen", 3)]
    assert told == [1000, 1002]


def test_threads_share_it(tmp_path: Path) -> None:
    disk = tier(tmp_path, 10 * SIZE)

    def use(number: int) -> None:
        disk.put(key(number % 13), entry(1000 * (number % 7 + 1)))
        disk.get(key(number % 5), "acme/Sharpen")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(120)))
    assert written(tmp_path) <= 10 * SIZE
    disk.clear()
    assert (disk.count(), written(tmp_path)) == (0, 0)


def test_a_budget_is_no_less_than_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="-5"):
        tier(tmp_path, -5)

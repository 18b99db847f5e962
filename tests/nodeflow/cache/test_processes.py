"""The cache as processes share it: `python -m nodeflow run`, one after the other, at once, and killed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 60
CHAIN: dict[str, Any] = {
    "shout": ("acme/Shout", {"text": "Hello"}),
    "whisper": ("bravo/Whisper", {"text": "Quiet"}),
    "keep": ("acme/Keep", {"text": "shout.text"}),
    "after": ("bravo/Whisper", {"text": "shout.text"}),
}
TARGETS = ("--target", "keep", "--target", "whisper", "--target", "after")


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.002)


def test_a_second_process_finds_everything(site: Any) -> None:
    assert set(site.run(CHAIN, *TARGETS).states.values()) == {"done"}
    assert site.kept() == "HELLO!"
    assert set(site.run(CHAIN, *TARGETS).states.values()) == {"cached"}
    assert site.kept() == "HELLO!", "the artifact of a cached node is there all the same"


def test_an_edited_helper_two_modules_away(site: Any) -> None:
    site.run(CHAIN, *TARGETS)
    site.edit("acme/far/words.py", '"!"', '"?!"')
    ran = site.run(CHAIN, *TARGETS, "--explain")
    assert ran.states == {"shout": "done", "whisper": "cached", "keep": "done", "after": "done"}
    assert ran.reason("shout") == "the code of its plugin changed"
    assert ran.reason("after") == "what comes into 'text' changed"
    assert site.kept() == "HELLO?!"
    site.edit("acme/far/words.py", '"?!"', '"!"')
    assert set(site.run(CHAIN, *TARGETS).states.values()) == {"cached"}, "the old code gives what it gave"


def test_an_edited_choice_of_another_plugin(site: Any) -> None:
    nodes = {
        "loud": ("acme/Sing", {"text": "La"}),
        "soft": ("acme/Sing", {"text": "La", "voice": "soft"}),
        "keep": ("acme/Keep", {"text": "soft.text"}),
    }
    targets = ("--target", "loud", "--target", "keep")
    site.run(nodes, *targets)
    assert site.kept() == "la..."
    site.edit("bravo/__init__.py", '"..."', '"~"')
    ran = site.run(nodes, *targets, "--explain")
    assert ran.states == {"loud": "cached", "soft": "done", "keep": "done"}
    assert ran.reason("soft") == "the code of 'bravo', which it uses, changed"
    assert site.kept() == "la~"


def test_a_b_a_across_processes(site: Any) -> None:
    def nodes(text: str) -> dict[str, Any]:
        return {"shout": ("acme/Shout", {"text": text}), "keep": ("acme/Keep", {"text": "shout.text"})}

    states = [set(site.run(nodes(text)).states.values()) for text in ("a", "b", "a")]
    assert states == [{"done"}, {"done"}, {"cached"}]
    assert site.kept() == "A!"


def test_a_file_replaced_under_its_name(site: Any) -> None:
    """The new one has the size and the time of the old one."""
    long_ago = (1_000_000_000, 1_000_000_000)
    file, nodes = site.texts / "a.txt", {"r": ("acme/Read", {"file": "a.txt"}), "k": ("acme/Keep", {"text": "r.text"})}
    file.write_text("one")
    os.utime(file, long_ago)
    site.run(nodes)
    beside = site.texts / "b.txt"
    beside.write_text("two")
    os.utime(beside, long_ago)
    beside.replace(file)
    ran = site.run(nodes, "--explain")
    assert ran.states == {"r": "done", "k": "done"}
    assert ran.reason("r") == "the file of 'file' changed"
    assert site.kept() == "two"


def test_damaged_entries_are_computed_again(site: Any) -> None:
    site.run(CHAIN, *TARGETS)
    cut, flipped, emptied, _ = site.entries()
    os.truncate(cut, cut.stat().st_size // 2)
    data = bytearray(flipped.read_bytes())
    data[len(data) // 2] ^= 4
    flipped.write_bytes(data)
    emptied.write_bytes(b"")
    ran = site.run(CHAIN, *TARGETS)
    assert sorted(ran.states.values()) == ["cached", "done", "done", "done"]
    assert ran.err.count("is damaged") == 3
    assert site.kept() == "HELLO!"
    mended = site.run(CHAIN, *TARGETS)
    assert (set(mended.states.values()), mended.err) == ({"cached"}, "")


def waiting(site: Any, number: int = 0) -> dict[str, Any]:
    """Three steps, then one that waits for a file, then two more."""
    sign, until = str(site.root / f"sign{number}"), str(site.root / "until")
    return {
        "a": ("acme/Shout", {"text": "a"}),
        "b": ("acme/Shout", {"text": "a.text"}),
        "c": ("bravo/Whisper", {"text": "b.text"}),
        "wait": ("acme/Wait", {"text": "c.text", "sign": sign, "until": until}),
        "d": ("acme/Shout", {"text": "wait.text"}),
        "keep": ("acme/Keep", {"text": "d.text"}),
    }


def test_kill_9_in_the_middle_of_a_run(site: Any) -> None:
    process = site.start(waiting(site))
    wait_for(lambda: (site.root / "sign0").exists() and len(site.entries()) == 3)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(PATIENCE) == -signal.SIGKILL
    process.communicate()
    (site.root / "until").touch()
    ran = site.run(waiting(site))
    assert ran.states == {"a": "cached", "b": "cached", "c": "cached", "wait": "done", "d": "done", "keep": "done"}
    assert ran.err == ""
    assert site.kept() == "A!!!"


def test_kill_9_at_any_moment_of_many_writes(site: Any) -> None:
    """Killed while it writes entries, again and again, each run goes further than the one before, and none is wrong."""
    nodes: dict[str, Any] = {"n0": ("acme/Shout", {"text": "x"})}
    nodes |= {f"n{number}": ("acme/Shout", {"text": f"n{number - 1}.text"}) for number in range(1, 60)}
    nodes["keep"] = ("acme/Keep", {"text": "n59.text"})
    for most in (5, 25):
        process = site.start(nodes)
        wait_for(lambda: len(site.entries()) >= most)  # noqa: B023
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    finished = len(site.entries())
    ran = site.run(nodes)
    assert "damaged" not in ran.err
    assert list(ran.states.values()).count("done") <= len(nodes) - finished
    assert site.kept() == "X" + 60 * "!"


def test_two_processes_at_once(site: Any, finish: Callable[[subprocess.Popen[str]], Any]) -> None:
    running = [site.start(waiting(site, number)) for number in range(2)]
    wait_for(lambda: all((site.root / f"sign{number}").exists() for number in range(2)))
    (site.root / "until").touch()
    runs = [finish(process) for process in running]
    assert [ran.told["state"] for ran in runs] == ["succeeded"] * 2
    assert len({artifact["sha256"] for ran in runs for artifact in ran.told["artifacts"]}) == 1
    assert set(site.run(waiting(site, 1)).states.values()) == {"cached"}
    assert list(site.cache.rglob("*.part")) == []


def test_two_processes_that_evict_each_others_entries(
    site: Any, finish: Callable[[subprocess.Popen[str]], Any]
) -> None:
    def nodes(number: int) -> dict[str, Any]:
        shouts = {f"n{step}": ("acme/Shout", {"text": f"n{step - 1}.text"}) for step in range(1, 40)}
        return {"n0": ("acme/Shout", {"text": f"from {number}"}), **shouts, "k": ("acme/Keep", {"text": "n39.text"})}

    budget = 20_000
    running = [site.start(nodes(number), NODEFLOW_CACHE_DISK=str(budget)) for number in range(2)]
    assert [finish(process).told["state"] for process in running] == ["succeeded"] * 2
    assert sum(entry.stat().st_size for entry in site.entries()) <= budget * 18 // 16
    site.run(nodes(0), NODEFLOW_CACHE_DISK=str(budget))
    assert site.kept() == "FROM 0" + 40 * "!"


def test_a_cache_folder_that_cannot_be_written(site: Any) -> None:
    """A file stands where the folder should be: the run is no worse for it, and says so."""
    Path(site.cache).mkdir()
    (site.cache / "steps").write_text("in the way")
    ran = site.run(CHAIN)
    assert site.kept() == "HELLO!"
    assert "could not be kept on disk" in ran.err

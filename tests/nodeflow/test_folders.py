"""Model folders: which files have names, where they lie, what their digests are, and that no name leads out."""

import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.errors import ConfigError, NodeflowError, UnknownName
from nodeflow.folders import Folders, ModelFolder
from nodeflow.store import Store


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, content: str = "") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content or name)
        return path

    return write


def loras(*roots: Path, **more: Any) -> Folders:
    return Folders(tuple(ModelFolder("loras", root) for root in roots), **more)


def sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def test_names_are_paths_below_the_folder_with_slashes(tmp_path: Path, write: Any) -> None:
    path = write("a/style/ink.safetensors")
    write("a/B.SFT")
    folders = loras(tmp_path / "a")
    assert folders.names("loras") == ["B.SFT", "style/ink.safetensors"]
    assert folders.path("loras", "style/ink.safetensors") == path


def test_the_first_folder_that_has_a_name_wins(tmp_path: Path, write: Any) -> None:
    first, second = write("a/ink.sft", "first"), write("b/ink.sft", "second")
    other = write("b/oil.sft")
    folders = loras(tmp_path / "a", tmp_path / "b")
    assert folders.names("loras") == ["ink.sft", "oil.sft"]
    assert (folders.path("loras", "ink.sft"), folders.path("loras", "oil.sft")) == (first, other)
    assert loras(tmp_path / "b", tmp_path / "a").path("loras", "ink.sft") == second


def test_only_the_endings_of_the_kind_count(tmp_path: Path, write: Any) -> None:
    for name in ("a.safetensors", "b.ckpt", "c.pt", "d.png", "e.cube", "f.JPG", "safetensors"):
        write(f"a/{name}")
    root = tmp_path / "a"
    assert loras(root).names("loras") == ["a.safetensors"]
    assert Folders((ModelFolder("images", root),)).names("images") == ["d.png", "f.JPG"]
    luts = Folders((ModelFolder("luts", root, suffixes=(".cube",)), ModelFolder("luts", tmp_path / "none")))
    assert (luts.names("luts"), luts.suffixes("luts")) == (["e.cube"], (".cube",))


def test_hidden_files_and_unreadable_folders_do_not_count(tmp_path: Path, write: Any) -> None:
    for name in (".hidden.sft", ".git/x.sft", "closed/y.sft", "open/z.sft"):
        write(f"a/{name}")
    (tmp_path / "a" / "folder.sft").mkdir()
    folders = loras(tmp_path / "a", tmp_path / "missing")
    (tmp_path / "a" / "closed").chmod(0)
    try:
        assert set(folders.names("loras")) - {"closed/y.sft"} == {"open/z.sft"}  # root reads every folder
    finally:
        (tmp_path / "a" / "closed").chmod(0o755)


def test_a_new_file_is_there_at_once(tmp_path: Path, write: Any) -> None:
    folders = loras(tmp_path / "a")
    assert folders.names("loras") == []
    write("a/ink.sft")
    assert folders.names("loras") == ["ink.sft"]


def test_files_may_be_links_but_folders_may_not(tmp_path: Path, write: Any) -> None:
    write("elsewhere/deep/ink.sft")
    root = tmp_path / "a"
    root.mkdir()
    (root / "linked.sft").symlink_to(tmp_path / "elsewhere" / "deep" / "ink.sft")
    (root / "folder").symlink_to(tmp_path / "elsewhere")
    (root / "loop").symlink_to(root)
    (root / "dead.sft").symlink_to(tmp_path / "gone")
    assert loras(root).names("loras") == ["linked.sft"]


def test_a_name_that_is_no_text_does_not_count(tmp_path: Path) -> None:
    root = tmp_path / "a"
    root.mkdir()
    try:
        Path(os.fsdecode(bytes(root) + b"/\xff.sft")).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes text alone")
    assert loras(root).names("loras") == []


def test_an_unknown_name_gets_the_nearest(tmp_path: Path, write: Any) -> None:
    write("a/ink.sft")
    with pytest.raises(UnknownName, match=r"^no file of loras 'inc\.sft'; did you mean 'ink\.sft'\?$"):
        loras(tmp_path / "a").path("loras", "inc.sft")
    with pytest.raises(UnknownName, match=r"no file of vae 'ink\.sft'; there are none"):
        loras(tmp_path / "a").digest("vae", "ink.sft")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file in it, and one beside it that nobody may have."""
    root = tmp_path_factory.mktemp("house")
    (root / "a" / "b").mkdir(parents=True)
    for name in ("secret.sft", "a/ink.sft"):
        (root / name).write_text(name)
    return root


PARTS = st.sampled_from(["..", ".", "", "a", "b", "ink.sft", "secret.sft", "~", "\0", "C:", "house0"])


@given(st.lists(PARTS, max_size=5).map("/".join) | st.text())
def test_no_name_leads_out_of_the_folders(house: Path, name: str) -> None:
    """Nor does a second way of writing a name lead anywhere: only what is listed is a path."""
    folders = loras(house / "a")
    if name == "ink.sft":
        assert folders.path("loras", name) == house / "a" / "ink.sft"
        return
    with pytest.raises(UnknownName):
        folders.path("loras", name)


@pytest.mark.parametrize("name", ["../secret.sft", "/etc/passwd", "a/../../secret.sft", "./ink.sft"])
def test_files_that_are_there_but_not_below(tmp_path: Path, write: Any, name: str) -> None:
    write("secret.sft")
    write("a/ink.sft")
    with pytest.raises(UnknownName):
        loras(tmp_path / "a").path("loras", name)


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path, write: Any) -> None:
    write("a/ink.sft", "ink")
    folders = loras(tmp_path / "a", memo=tmp_path / "memo")
    assert folders.digest("loras", "ink.sft") == sha256("ink")
    write("a/ink.sft", "oil")
    assert folders.digest("loras", "ink.sft") == sha256("oil")
    assert pickle.loads(pickle.dumps(folders)).digest("loras", "ink.sft") == sha256("oil")  # noqa: S301


@pytest.fixture
def diffusers(tmp_path: Path, write: Any) -> Folders:
    write("a/model/model_index.json", "{}")
    write("a/model/unet/weights.safetensors", "w")
    write("a/model/tokenizer/vocab.json", "v")
    write("a/model/.cache/x", "x")
    return Folders((ModelFolder("checkpoints", tmp_path / "a"),))


def test_a_folder_with_a_model_index_is_one_model(diffusers: Folders, write: Any) -> None:
    write("a/other.safetensors")
    assert diffusers.names("checkpoints") == ["model", "other.safetensors"]


def test_a_root_with_a_model_index_is_a_folder_of_models_still(tmp_path: Path, write: Any) -> None:
    write("a/model_index.json")
    write("a/ink.sft")
    assert loras(tmp_path / "a").names("loras") == ["ink.sft"]


@pytest.mark.parametrize("change", ["content", "name", "more"])
def test_the_digest_of_a_model_folder_is_of_all_its_files(
    diffusers: Folders, tmp_path: Path, write: Any, change: str
) -> None:
    before = diffusers.digest("checkpoints", "model")
    write("a/model/.cache/x", "y")
    assert diffusers.digest("checkpoints", "model") == before
    if change == "content":
        write("a/model/tokenizer/vocab.json", "u")
    elif change == "name":
        (tmp_path / "a/model/tokenizer").rename(tmp_path / "a/model/tokenizer_2")
    else:
        write("a/model/vae/weights.safetensors", "w")
    assert diffusers.digest("checkpoints", "model") != before


def test_a_file_of_the_store_is_named_by_its_digest(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    digest = store.put(b"uploaded")
    folders = loras(store=store)
    assert folders.path("loras", f"sha256:{digest}").read_bytes() == b"uploaded"
    assert folders.digest("loras", f"sha256:{digest}") == digest
    for name in (f"sha256:{'0' * 64}", "sha256:../../etc/passwd", "sha256:"):
        with pytest.raises(NodeflowError):
            folders.digest("loras", name)
    with pytest.raises(UnknownName):
        loras().path("loras", f"sha256:{digest}")


@pytest.mark.parametrize("kind", ["", "Loras", "lo-ras", "a b", "../x", "__"])
def test_a_kind_that_cannot_be(kind: str) -> None:
    with pytest.raises(ConfigError, match="must be small letters, digits and _, such as 'checkpoints'"):
        ModelFolder(kind, Path())


def test_a_folder_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match=r"ending 'cube' of luts must be like '\.cube', in small letters"):
        ModelFolder("luts", Path(), suffixes=("cube",))
    with pytest.raises(ConfigError, match="in small letters"):
        ModelFolder("luts", Path(), suffixes=(".CUBE",))
    with pytest.raises(ConfigError, match=r"folder 'luts' of luts must be a pathlib\.Path"):
        ModelFolder("luts", "luts")  # type: ignore[arg-type]


def test_kinds_in_the_order_they_are_named(tmp_path: Path) -> None:
    kinds = ("vae", "loras", "vae", "images")
    folders = Folders(tuple(ModelFolder(kind, tmp_path / str(i)) for i, kind in enumerate(kinds)))
    assert folders.kinds == ("vae", "loras", "images")
    assert [folder.path.name for folder in folders.roots("vae")] == ["0", "2"]

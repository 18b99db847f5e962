"""A lock file: every plugin that is here beside nodeflow's own, with all that it needs, to be had elsewhere, too."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nodeflow.catalogue import Catalogue
from nodeflow.installing.errors import InstallError
from nodeflow.installing.installation import own_distributions
from nodeflow.installing.protected import protected
from nodeflow.isolation.sources import Isolated
from nodeflow.plugins import HOST
from nodeflow.plugins.source import InFolder, Installed, Source

LONGEST = 1 << 20
"""Bytes of a file among the plugins that a lock file takes along."""


class Strict(BaseModel):
    """Nothing unknown, and nothing that changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Locked(Strict):
    """A distribution that brings plugins. `source` is where it was had from, where that was no index.

    An `editable` one runs from the folder that `source` names, as its files are there at the moment.
    """

    name: str
    version: str
    source: str | None = None
    editable: bool = False
    isolated: bool = False
    plugins: tuple[str, ...]
    requires: Annotated[dict[str, str], Field(description="versions of all else that came for it")] = {}

    @property
    def requirement(self) -> str:
        """As pip is told of it."""
        if self.editable:
            return f"--editable={self.source}"
        if self.source and urlsplit(self.source).scheme.endswith("+file"):
            # A URL without a host is none to the older pips where a name stands before it.
            return self.source
        return f"{self.name} @ {self.source}" if self.source else f"{self.name}=={self.version}"

    @property
    def commit(self) -> str:
        """The URL of the commit that it is of, where it came from a repository; empty otherwise."""
        return self.source if self.source and "+" in urlsplit(self.source).scheme else ""

    @property
    def form(self) -> str:
        """How it is here, in words; a restored one is of the same."""
        editable = f", editable from {self.source}" if self.editable else ""
        commit = f", from {self.commit}" if self.commit else ""
        return self.version + editable + commit + (", isolated" if self.isolated else "")


class Lock(Strict):
    """A set of plugins. `files` are those that lie in the folder of plugins: their texts by their paths there."""

    lock: Literal[1] = 1
    nodeflow: str
    python: str
    plugins: tuple[Locked, ...]
    files: dict[str, str] = {}
    disabled: tuple[str, ...] = ()

    @classmethod
    def read(cls, file: Path) -> Lock:
        """Raises InstallError for a file that is none."""
        try:
            return cls.model_validate_json(file.read_bytes())
        except OSError as error:
            raise InstallError(f"cannot read {str(file)!r}: {error.strerror or error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise InstallError(f"{str(file)!r} is no lock file: {place}: {first['msg']}") from error

    def write(self, file: Path) -> None:
        """Raises InstallError where it cannot be written."""
        try:
            file.write_text(json.dumps(self.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise InstallError(f"cannot write {str(file)!r}: {error.strerror or error}") from error

    def differences(self, other: Lock) -> list[str]:
        """What `other` has that this one has not, and the other way about, in words."""
        mine, theirs = self._named(), other._named()
        names = sorted(mine.keys() | theirs.keys())
        return [
            f"{name}: {mine.get(name)} -> {theirs.get(name)}" for name in names if mine.get(name) != theirs.get(name)
        ]

    def _named(self) -> Mapping[str, str]:
        found = {each.name: each.form for each in self.plugins}
        for each in self.plugins:
            found |= {f"{each.name} needs {name}": needed for name, needed in each.requires.items()}
        files = {f"file {path}": text for path, text in self.files.items()}
        return found | files | {f"disabled {name}": "yes" for name in self.disabled}


def locked(catalogue: Catalogue) -> Lock:
    """What is here now. No plugin is imported for it. Raises InstallError for a file that cannot be taken along."""
    sources = [source for source in catalogue.sources() if source.distribution != HOST]
    return Lock(
        nodeflow=version(HOST),
        python=f"{sys.version_info[0]}.{sys.version_info[1]}",
        plugins=tuple(_distributions(sources)),
        files=_files(catalogue.config.data_dir / "plugins", sources),
        disabled=tuple(sorted(catalogue.switches.off)),
    )


def warnings(lock: Lock) -> Iterator[str]:
    """What of a lock file will not do elsewhere."""
    for each in lock.plugins:
        if each.editable:
            where = f"{each.name} is installed editable from {each.source}"
            yield f"{where}: its files are not in the lock file, and another machine needs them at that place"
        elif urlsplit(each.source or "").scheme.rpartition("+")[2] == "file":
            yield f"{each.name} came from {each.source}, which another machine does not have"


def check_folders(lock: Lock) -> None:
    """Raises InstallError where a folder is not here that a plugin is to run from."""
    missing = [each for each in lock.plugins if each.editable and not _folder(each).is_dir()]
    if missing:
        lines = [f"{each.name} is editable: it runs from {str(_folder(each))!r}, which is not here" for each in missing]
        hint = "bring it there, or lock it where it is not installed editable"
        raise InstallError("\n".join([*lines, hint]))


def _folder(each: Locked) -> Path:
    return Path(url2pathname(urlsplit(each.source or "").path))


def _distributions(sources: Iterable[Source]) -> Iterator[Locked]:
    named: dict[tuple[str, Path | None], list[Source]] = {}
    for source in sources:
        if source.distribution:
            environment = source.environment if isinstance(source, Isolated) else None
            named.setdefault((source.distribution, environment), []).append(source)
    for (_, environment), group in sorted(named.items(), key=lambda item: (item[0][0], str(item[0][1]))):
        found = _distribution(group[0])
        yield Locked(
            name=canonicalize_name(found.metadata["Name"]),
            version=found.version,
            **_origin(found),
            isolated=environment is not None,
            plugins=tuple(sorted(source.name for source in group)),
            requires=_needed(found, environment),
        )


def _distribution(source: Source) -> Distribution:
    inner = source.source if isinstance(source, Isolated) else source
    assert isinstance(inner, Installed)
    assert inner.entry.dist is not None
    return inner.entry.dist


def _origin(found: Distribution) -> Mapping[str, Any]:
    """The URL that it was installed from (PEP 610), at the very commit where it is one of a repository."""
    text = found.read_text("direct_url.json")
    if text is None:
        return {}
    said = json.loads(text)
    url: str = said["url"]
    if (vcs := said.get("vcs_info")) is not None:
        url = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
    if subdirectory := said.get("subdirectory"):
        url += f"#subdirectory={subdirectory}"
    return {"source": url, "editable": said.get("dir_info", {}).get("editable", False)}


def _needed(found: Distribution, environment: Path | None) -> dict[str, str]:
    """The versions of all that a distribution needs, but not of what nodeflow needs anyhow."""
    if environment is not None:
        own = {canonicalize_name(each.metadata["Name"]): each.version for each in own_distributions(environment)}
        return {name: own[name] for name in sorted(own) if name != canonicalize_name(found.metadata["Name"])}
    needed: dict[str, str] = {}
    pending = [found]
    while pending:
        for text in pending.pop().requires or ():
            requirement = Requirement(text)
            name = canonicalize_name(requirement.name)
            if name in needed or name in protected() or not _applies(requirement):
                continue
            try:
                other = distribution(name)
            except PackageNotFoundError:
                continue
            needed[name] = other.version
            pending.append(other)
    return dict(sorted(needed.items()))


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def _files(folder: Path, sources: Iterable[Source]) -> dict[str, str]:
    found: dict[str, str] = {}
    for source in sources:
        inner = source.source if isinstance(source, Isolated) else source
        if isinstance(inner, InFolder) and inner.path.parent == folder.resolve():
            for file in [inner.path] if inner.path.is_file() else sorted(inner.path.rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    found[file.relative_to(folder.resolve()).as_posix()] = _text(file)
    return found


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
        if len(content) > LONGEST:
            raise InstallError(f"{str(file)!r} is too large for a lock file; make a distribution of the plugin")
        return content.decode()
    except UnicodeDecodeError as error:
        raise InstallError(f"{str(file)!r} is no text; make a distribution of the plugin") from error

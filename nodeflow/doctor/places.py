"""The folders, the database, the room on the disks, the port."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nodeflow.config import Config
from nodeflow.doctor.finding import Finding

LITTLE, TOO_LITTLE = 5 << 30, 500 << 20
"""Bytes of room on a disk: below the one it is a warning, below the other nothing will work for long."""


def places(config: Config) -> Iterator[Finding]:
    """Where things are kept, and where the server is asked."""
    yield _folder("data folder", config.data_dir)
    yield _folder("cache folder", config.cache_dir)
    yield _database(config.data_dir / "nodeflow.db")
    yield _port(config)
    if config.token_file is not None and not config.token_file.is_file():
        fix = "write a token of 32 letters or more into it, or take the setting out"
        yield Finding("token", "failed", f"there is no file {str(config.token_file)!r}", fix)


def _folder(subject: str, folder: Path) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    name = subject.replace(" folder", "_dir")
    try:
        with tempfile.NamedTemporaryFile(dir=there):
            pass
    except OSError as error:
        fix = f"make it writable, or set {name} to another folder"
        return Finding(subject, "failed", f"{str(folder)!r} cannot be written: {error.strerror or error}", fix)
    free = shutil.disk_usage(there).free
    said = f"{folder}, {free >> 30} GiB free" + ("" if folder.exists() else ", not made yet")
    if free < LITTLE:
        state = "failed" if free < TOO_LITTLE else "warning"
        return Finding(subject, state, said, f"make room there, or set {name} to a folder on a larger disk")  # type: ignore[arg-type]
    return Finding(subject, "ok", said)


def _database(file: Path) -> Finding:
    if not file.exists():
        return Finding("database", "ok", "none yet; `nodeflow serve` makes it")
    try:
        with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            said = [row[0] for row in connection.execute("PRAGMA quick_check")]
    except sqlite3.Error as error:
        said = [str(error)]
    if said != ["ok"]:
        fix = f"move {file} away, so that a new one is made; sqlite3 {file} .recover may save what is in it"
        return Finding("database", "failed", f"it is damaged: {said[0]}", fix)
    return Finding("database", "ok", f"{file}, {file.stat().st_size >> 20} MiB")


def _port(config: Config) -> Finding:
    where = f"{config.host}:{config.port}"
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            fix = "if that is no server of nodeflow, set port to another, or to 0 for a free one"
            return Finding("port", "warning", f"{where} cannot be had: {error.strerror or error}", fix)
    return Finding("port", "ok", f"{where} is free")

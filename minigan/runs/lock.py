"""A lock on a directory that does not outlive the process that holds it: the system lets go of it with the process."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

NAME = ".lock"


class Locked(ValueError):
    """Another process is at work in the directory."""


@contextlib.contextmanager
def locked(folder, wait: float = 0.0):
    """Hold the lock of ``folder`` inside the block; `Locked` where another process has it for over ``wait`` seconds.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, locked(folder):
    ...     try:
    ...         with locked(folder):
    ...             pass
    ...     except Locked as error:
    ...         print("at work" in str(error))
    True
    """
    path = Path(folder) / NAME
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        end = time.monotonic() + wait
        while not _taken(handle):
            if time.monotonic() >= end:
                holder = os.read(handle, 32).decode("ascii", "replace").strip()
                who = f"process {holder}" if holder.isdigit() else "another process"
                raise Locked(f"{who} is at work in {folder}: let it end, or choose another place with --out")
            time.sleep(0.1)
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(handle)  # and with it the lock


def _taken(handle) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

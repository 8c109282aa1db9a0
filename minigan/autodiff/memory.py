"""Freed arrays stay with the process, so that the next step finds its memory warm.

A training step frees its whole tape at once. The C library then hands the top of the heap back to the system,
and the next step pays a page fault for every four kilobytes it takes again: more than the arithmetic costs
at batch sizes of a few hundred. `keep_memory` asks glibc to hold on to what it has. It changes no result, only how much
memory stays reserved between steps, for the whole process; ``MINIGAN_KEEP_MEMORY=0`` leaves the allocator alone.
"""

from __future__ import annotations

import functools
import os
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # names of malloc.h
_LARGEST_FROM_HEAP = 32 << 20  # the most that glibc accepts; larger arrays are mapped one by one as before
_KEPT = 512 << 20
_TAKEN_AT_ONCE = 1 << 20


@functools.cache
def keep_memory() -> bool:
    """Ask the C library to keep freed memory; true where it agreed (glibc alone has the setting)."""
    if not sys.platform.startswith("linux") or os.environ.get("MINIGAN_KEEP_MEMORY") == "0":
        return False
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    settings = ((_MMAP_THRESHOLD, _LARGEST_FROM_HEAP), (_TRIM_THRESHOLD, _KEPT), (_TOP_PAD, _TAKEN_AT_ONCE))
    return all([mallopt(name, value) == 1 for name, value in settings])

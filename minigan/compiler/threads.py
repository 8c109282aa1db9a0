"""Threads of a compiled function: a small pool that its loops over large arrays are shared out to.

NumPy lets go of the interpreter inside an operation, so that two threads that go over different rows run at the same
time. The caller does its own share, and all that nobody else has begun: a worker that is late, or busy for another
caller, is not waited for. Workers carry the caller's context (`np.errstate`, `mg.use`); an exception goes to the caller.
"""

from __future__ import annotations

import contextvars
import os
import threading
from queue import SimpleQueue

import numpy as np

from ..validation import count

PIECES = 4  # a thread takes, so that one that is held up does not hold up the others


def threads_of(threads) -> int:
    """How many threads a compiled function has: so many; where that is ``None``, what ``MINIGAN_THREADS`` says, or one.

    >>> threads_of(2)
    2
    """
    if threads is not None:
        return count(threads, "threads of mg.compile")
    said = os.environ.get("MINIGAN_THREADS", "").strip() or "1"
    if not (said.isascii() and said.isdigit() and int(said) > 0):
        raise ValueError(f"MINIGAN_THREADS is how many threads a compiled function has, 1 or more, and is {said!r}")
    return int(said)


def share_out(work, size: int, step: int, threads: int) -> None:
    """Call ``work(seat, start, stop)`` for ranges that make up ``range(size)``, each of whole ``step``s but for the last.

    ``seat`` is below ``threads``, and no two calls that run at the same time have the same. Returns when all calls have;
    of several exceptions, the one of the earliest range is raised.
    """
    steps = -(-size // step)
    length = step * -(-steps // (PIECES * threads))
    job = _Job(work, [(start, min(start + length, size)) for start in range(0, size, length)])
    _pool.ask(job, min(threads, len(job.ranges)) - 1)
    job.run_by_caller()


def sums(step: int, x, y=None, ones=None, length=None) -> list:
    """The sum of everything in each ``step`` rows of ``x``, or of the product of ``x`` and ``y``.

    With ``ones`` that of ``x`` is taken in rows of as many, as it lies, and with a ``length`` that of the product.
    """
    slices = [slice(lo, lo + step) for lo in range(0, len(x), step)]
    if length is not None:
        pairs = ((x[rows].reshape(-1, length), y[rows].reshape(-1, length)) for rows in slices)
        return [np.add.reduce(np.vecdot(*pair), None) for pair in pairs]
    if y is not None:
        product = np.dot if x.ndim == 1 else np.vdot
        return [product(x[rows], y[rows]) for rows in slices]
    parts = [x[rows] if ones is None else x[rows].reshape(-1, len(ones)).dot(ones) for rows in slices]
    return [np.add.reduce(part, None) for part in parts]


def sums_of_rows(x, ones) -> list:
    """The sum of each so many rows of the matrix ``x`` as there are ``ones``."""
    parts = (x[lo : lo + len(ones)] for lo in range(0, len(x), len(ones)))
    return [np.dot(ones[: len(part)], part) for part in parts]


def added(parts, total):
    """``total`` and all that is in the lists ``parts``, in their order; an array is added to where it is."""
    for part in parts:
        for x in part:
            total += x
    return total


class _Job:
    """Ranges of one loop, taken one after the other by whoever takes part."""

    def __init__(self, work, ranges):
        self.work, self.ranges = work, ranges
        self.waiting = iter(range(len(ranges)))
        self.errors: dict[int, BaseException] = {}
        self.context = contextvars.copy_context()
        self.lock = threading.Lock()
        self.inside, self.seats = 0, 1  # workers at work; the caller's seat is the first
        self.over = False
        self.left = threading.Lock()  # held until the last worker has left
        self.left.acquire()

    def take_part(self, seat: int) -> None:
        while True:
            with self.lock:
                i = next(self.waiting, None)
            if i is None:
                return
            try:
                self.work(seat, *self.ranges[i])
            except BaseException as error:  # the caller's to raise
                self.errors[i] = error
                return

    def run_by_worker(self) -> None:
        with self.lock:
            if self.over:
                return
            self.inside += 1
            seat, self.seats = self.seats, self.seats + 1
        self.context.copy().run(self.take_part, seat)
        with self.lock:
            self.inside -= 1
            if self.over and not self.inside:
                self.left.release()

    def run_by_caller(self) -> None:
        try:
            self.take_part(0)
        finally:
            self._finish()
        if self.errors:
            first = self.errors[min(self.errors)]
            self.errors.clear()
            try:
                raise first
            finally:
                del first  # its traceback holds this frame

    def _finish(self) -> None:
        """Wait for the workers that are inside, whatever comes: they write where the caller's arrays are."""
        interrupted = None
        while True:
            try:
                with self.lock:
                    self.over, waits = True, self.inside > 0
                if waits:
                    self.left.acquire()
                break
            except BaseException as error:  # Ctrl-C
                interrupted = error
        self.work = None  # a worker that comes late holds none of the caller's arrays
        if interrupted is not None:
            raise interrupted


class _Pool:
    """Threads that wait for jobs, made when they are first asked for."""

    def __init__(self):
        self.jobs: SimpleQueue[_Job] = SimpleQueue()
        self.workers = 0
        self.lock = threading.Lock()

    def ask(self, job: _Job, workers: int) -> None:
        """Let so many workers take part in a job."""
        if workers > self.workers:
            with self.lock:
                while self.workers < workers and self._hire():
                    self.workers += 1
        for _ in range(workers):
            self.jobs.put(job)

    def _hire(self) -> bool:
        try:
            threading.Thread(target=self._work, name="minigan", daemon=True).start()
        except RuntimeError:  # the interpreter is on its way out, or the system has no more: the caller does it all
            return False
        return True

    def _work(self) -> None:
        while True:
            self.jobs.get().run_by_worker()


_pool = _Pool()


def _forked() -> None:
    """In a forked child, which has none of its parent's workers."""
    global _pool
    _pool = _Pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

"""Claims in several processes at once, one BLAS thread each.

A process is started fresh (``spawn``), is given claims by their ids, and answers with plain data: checks, error, seconds.
It has a pipe of its own, so that one which is killed takes nothing along but the claim it was at. (The pools of the
standard library are broken as a whole by the death of one process, and do not tell which claim it was at.)
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import wait

from ..backend import active, use
from .registry import Check, Claim, Run, all_claims
from .run import Outcome, measure, told

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_processes(claims: list[Claim], run: Run, jobs: int, progress) -> Iterator[Outcome]:
    """`outcomes` for more than one of ``jobs``: the dearest claims are started first, and told in the order given."""
    for one in claims:
        if one.file is None and not one.function.__module__.startswith("minigan.claims."):
            raise ValueError(
                f"claim {one.id!r} is known to this process alone: run it with one job, or put it into a file of its own"
            )
    files = tuple(dict.fromkeys(one.file for one in claims if one.file is not None))
    return _told_in_order(claims, (run, active().name, files), jobs, progress)


def _together(claims) -> deque[deque[Claim]]:
    """The claims in groups that keep the same work, each for one process, the dearest group first."""
    groups: dict[str, deque[Claim]] = {}
    for one in claims:
        groups.setdefault(one.shares or f"claim {one.id}", deque()).append(one)
    return deque(sorted(groups.values(), key=lambda group: -sum(one.cost for one in group)))


def _told_in_order(claims, setting, jobs, progress):
    waiting = _together(claims)
    workers, done = [_Worker(setting) for _ in range(min(jobs, len(waiting)))], {}
    try:
        for worker in workers:
            worker.group = waiting.popleft()
            worker.take(worker.group.popleft(), progress)
        for one in claims:
            while one.id not in done:
                busy = {worker.connection: worker for worker in workers if worker.claim is not None}
                for connection in wait(list(busy)):
                    worker = busy[connection]
                    outcome = worker.answer()
                    done[outcome.claim.id] = outcome
                    progress(outcome.claim, outcome)
                    if not worker.group and waiting:
                        worker.group = waiting.popleft()
                    if worker.group:
                        worker.take(worker.group.popleft(), progress)
            yield done.pop(one.id)
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process that runs one claim of its group at a time; where it dies, another takes its place with the next claim."""

    def __init__(self, setting):
        self.setting, self.process, self.connection = setting, None, None
        self.group: deque[Claim] = deque()  # what is still to come
        self.claim, self.since = None, 0.0

    def take(self, claim: Claim, progress) -> None:
        """Start on a claim."""
        self.claim, self.since = claim, time.perf_counter()
        progress(claim, None)
        if self.process is None:
            self._start()
        with contextlib.suppress(OSError):  # it died between two claims: `answer` says so
            self.connection.send(claim.id)

    def answer(self) -> Outcome:
        """What came of its claim; an error where the process is no more."""
        claim, self.claim = self.claim, None
        try:
            checks, error, seconds = self.connection.recv()
        except (EOFError, OSError):
            self.process.join(5.0)
            error = f"the process that ran the claim {_ended(self.process.exitcode)}"
            checks, seconds = [], time.perf_counter() - self.since
            self.end()
        return Outcome(claim, [Check(*check) for check in checks], error, seconds)

    def end(self) -> None:
        """Make an end of the process, whatever it is at."""
        if self.process is None:
            return
        self.connection.close()
        if self.claim is None:
            self.process.join(1.0)  # it ends by itself where nothing more is asked of it
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(1.0)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, *self.setting))
        with _one_blas_thread(), _without_ctrl_c():
            self.process.start()
        theirs.close()  # or its end would go unnoticed


def _serve(connection, run: Run, backend: str, files) -> None:
    """Run what is asked for until nothing more is."""
    from .selection import load_claims

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends Ctrl-C to all; the parent ends the others
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    failed = None
    try:
        use(backend)
        for file in files:
            load_claims(file)
        claims = all_claims()
    except Exception as exception:  # told once for each claim
        failed = told(exception)
    with contextlib.suppress(EOFError, OSError):  # nobody is there any more
        while True:
            id = connection.recv()
            checks, error, seconds = ([], failed, 0.0) if failed else measure(claims[id], run)
            connection.send(([tuple(check) for check in checks], error, seconds))


def _end_with_the_parent() -> None:
    """Leave in the middle of a claim for which nobody waits any more."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _ended(exitcode: int | None) -> str:
    """How a process came to its end.

    >>> _ended(-9), _ended(3)
    ('was killed (SIGKILL); where nobody did so, memory ran out', 'ended (exit status 3)')
    """
    if exitcode is None:
        return "hung up"
    if exitcode >= 0:
        return f"ended (exit status {exitcode})"
    name = signal.Signals(-exitcode).name
    return f"was killed ({name})" + ("; where nobody did so, memory ran out" if name == "SIGKILL" else "")


@contextlib.contextmanager
def _one_blas_thread():
    """The environment in which a process starts with one BLAS thread, unless it says how many already."""
    ours = {} if any(name in os.environ for name in ONE_THREAD) else dict.fromkeys(ONE_THREAD, "1")
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            del os.environ[name]


@contextlib.contextmanager
def _without_ctrl_c():
    """A process that is started here does not see Ctrl-C, not even while it still imports."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # which would be started with the first process, and unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

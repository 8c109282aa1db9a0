"""Runs in child processes that are killed: at a moment of the clock, or in the middle of something they write."""

import os
import signal
import time

import numpy as np

from minigan.runs import RunDirectory, execute
from minigan.training import tensors
from minigan.training.tensors import File

EVERY = 7  # steps between checkpoints


def die(*args, **how):
    os.kill(os.getpid(), signal.SIGKILL)


def half_a_file(path, content):
    """A write that ends in the middle, as `write_whole` would begin it."""
    with open(path.with_name(f"{path.name}.{os.getpid()}.part"), "wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
    die()


def half_a_line(rows, step, row):
    rows.file.write(b'{"step": %d, "discrim' % step)
    die()


def after_replacing(source, target):
    os.rename(source, target)
    die()


def counting(calls, then, otherwise):
    """``otherwise`` for so many calls, and then ``then``."""
    left = [calls]

    def called(*args, **how):
        left[0] -= 1
        return then(*args, **how) if left[0] < 0 else otherwise(*args, **how)

    return called


def plant(where: str, calls: int) -> None:
    """Make this process die at the ``calls``-th time that it comes to that place."""
    from minigan.runs import directory
    from minigan.training import checkpoints

    if where == "half a checkpoint":
        tensors.write_whole = counting(calls, half_a_file, tensors.write_whole)
    elif where == "before it is on the disk":
        os.fsync = counting(2 * calls, die, os.fsync)
    elif where == "before it takes its place":
        os.replace = counting(calls, die, os.replace)
    elif where == "after it took its place":
        os.replace = counting(calls, after_replacing, os.replace)
    elif where == "half a line of metrics":
        directory.Rows.write = counting(EVERY * calls, half_a_line, directory.Rows.write)
    elif where == "while an old one is removed":
        keep = checkpoints.Checkpoints.save
        checkpoints.Checkpoints.save = lambda self, *args: (keep(self, *args), calls <= self.last_step // EVERY and die())
    else:
        raise ValueError(where)


INSIDE = (
    "half a checkpoint",
    "before it is on the disk",
    "before it takes its place",
    "after it took its place",
    "half a line of metrics",
    "while an old one is removed",
)


def child(folder, request, system, *, seconds=None, where=None, calls=0) -> int:
    """Train in a child process, or go on there; killed after ``seconds``, or at a place. Its exit status, or -9."""
    process = os.fork()
    if process == 0:
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            if where is not None:
                plant(where, calls)
            directory = RunDirectory(folder)
            directory.folder.mkdir(exist_ok=True)
            begun = directory.exists and bool(directory.checkpoints.steps())
            execute(directory, request, system, resume=begun, checkpoint_every=EVERY, pictures=False)
            os._exit(0)
        except BaseException:
            os._exit(1)
    if seconds is not None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if os.waitpid(process, os.WNOHANG) != (0, 0):
                return 0
            time.sleep(0.002)
        os.kill(process, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def newest(folder) -> int:
    """The step of the newest checkpoint; -1 where there is none."""
    return (RunDirectory(folder).checkpoints.steps() or [-1])[-1]


def arrays_of(folder) -> dict[str, np.ndarray]:
    """All arrays of the newest checkpoint, by name."""
    directory = RunDirectory(folder)
    file = File(directory.checkpoints.path(newest(folder)))
    return {name: file._read(name) for name in sorted(file.names)}


def same_to_the_bit(one, two) -> bool:
    """Whether two runs have the same parameters, memories and metrics by step, each to the last bit."""
    a, b = arrays_of(one), arrays_of(two)
    equal = a.keys() == b.keys() and all(
        a[name].dtype == b[name].dtype and a[name].tobytes() == b[name].tobytes() for name in a
    )
    lines = [(RunDirectory(folder).folder / "metrics.jsonl").read_bytes() for folder in (one, two)]
    return equal and lines[0] == lines[1]

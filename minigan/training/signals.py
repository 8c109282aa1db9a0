"""Signals that ask a run to end: the step is finished, everything is written, and the run says how to go on."""

from __future__ import annotations

import contextlib
import signal

ASKING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextlib.contextmanager
def asked_to_stop():
    """Yields a list that is empty until SIGINT, SIGTERM or SIGHUP comes, and then holds its number.

    A second one does what it always did, so that nobody has to wait. Outside the main thread, where Python allows no
    handlers, the list stays empty.

    >>> import os, signal
    >>> with asked_to_stop() as asked:
    ...     os.kill(os.getpid(), signal.SIGTERM)
    ...     print([int(number) for number in asked])
    [15]
    """
    asked: list[int] = []
    before = {number: signal.getsignal(number) for number in ASKING}

    def note(number, frame):
        asked.append(number)
        restore()

    def restore():
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    try:
        for number in ASKING:
            if before[number] is not signal.SIG_IGN:  # under nohup a hang-up is no request
                signal.signal(number, note)
    except ValueError:  # only the main thread may
        yield asked
        return
    try:
        yield asked
    finally:
        restore()

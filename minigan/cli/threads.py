"""One BLAS thread for networks this small: a second one costs more in hand-overs than it computes, and on a busy machine
it made a step several times slower. ``OPENBLAS_NUM_THREADS`` or ``OMP_NUM_THREADS``, where set, are left alone."""

from __future__ import annotations

import os


def one_blas_thread() -> None:
    """Limit the BLAS of this process to one thread, unless the environment says how many."""
    if "OPENBLAS_NUM_THREADS" in os.environ or "OMP_NUM_THREADS" in os.environ:
        return
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")

"""Products shared out by rows and convolutions by samples, BLAS on one thread for each share.

OpenBLAS has threads of its own, but once they have worked they spin for a while, on the cores that shared loops need:
six products of 256 to 1,024 rows and columns took 13.5 ms on one BLAS thread for each of two shares, 26.8 while BLAS's own
were spinning, and 26 on one thread. Convolutions gain more by samples, for the copies between their products are shared,
too. One thread against two on two busy cores of an EPYC, least of many, with BLAS's AVX2 kernels: `benchmarks` W4 84 and
58 ms, W3 74 and 55; with its AVX-512 kernels 52 and 44, 55 and 51. Where something is shared, and BLAS has one thread,
products of a fourth of that are shared, too: 5 % of W3. Where nothing is, BLAS keeps its threads: W1, whose products have
2^23 multiplications, takes 1.4 ms with BLAS's and 2.1 with ours.

Products of fewer rows may be rounded otherwise, and a kernel's gradient is the sum of those of the shares: results may
differ with the number of threads, by rounding.
"""

from __future__ import annotations

import functools
import math
import os
import threading

import numpy as np

from .threads import share_out

LINES = 32  # rows or columns of which a share of a product has a multiple: most kernels then round as for the whole
SHARES = 2  # of a product that a thread takes, so that one that is held up does not hold up the others
WORTH_SHARING = 1 << 25  # multiplications from which on a product or a convolution is shared out
BESIDES = 4  # how many times fewer are enough beside others that are shared: BLAS has one thread then
SHARED = {"conv2d": "share_samples", "conv2d_input_gradient": "share_samples", "conv2d_kernel_gradient": "share_gradient"}
NAMES = ("one_blas_thread", "share_gradient", "share_product", "share_samples")  # what a module imports from here


def is_shared_product(equation, threads: int, besides: bool = False) -> bool:
    """Whether an equation is a product of matrices, or a convolution, that is worth being shared out to ``threads``, by
    itself or ``besides`` others."""
    least = WORTH_SHARING // BESIDES if besides else WORTH_SHARING
    name, (out,) = equation.primitive.name, equation.outputs[:1]
    if threads == 1 or (name not in SHARED and name not in ("dot", "matmul")):
        return False
    x, y = equation.inputs
    if name in SHARED:
        small, kernel = {"conv2d": (out, y), "conv2d_input_gradient": (x, y), "conv2d_kernel_gradient": (y, out)}[name]
        return x.shape[0] >= threads and math.prod(small.shape) * math.prod(kernel.shape[:3]) >= least
    if not (len(x.shape) == len(y.shape) == 2 and str(x.dtype) == str(y.dtype) == out.dtype in ("float32", "float64")):
        return False
    return max(out.shape) >= LINES * threads and math.prod(out.shape) * x.shape[1] >= least


def shared(line: str, equation, threads: int) -> str:
    """The ``line`` of such a product, ``np.dot(a, b, out)`` or ``conv2d(np, ...)``, as that of a shared one."""
    name = equation.primitive.name
    if name in SHARED:
        return line.replace(f"{name}(np, ", f"{SHARED[name]}({name}, {threads}, ", 1)
    return line.replace("np.dot(", f"share_product({threads}, ", 1)


def share_product(threads, a, b, out) -> None:
    """``out = a @ b``, some of the longer side's rows or columns at a time: every share reads the other factor whole."""
    rows, columns = out.shape

    def some_rows(seat, start, stop):
        np.matmul(a[start:stop], b, out[start:stop])

    def some_columns(seat, start, stop):
        np.matmul(a, b[:, start:stop], out[:, start:stop])

    size = max(rows, columns)
    step = LINES * -(-size // (LINES * SHARES * threads))
    share_out(some_rows if rows >= columns else some_columns, size, step, threads)


def share_samples(function, threads, x, *operands, out, **how) -> None:
    """``out = function(np, x, *operands, **how)``, some samples of ``x`` and ``out`` at a time."""

    def work(seat, start, stop):
        function(np, x[start:stop], *operands, out=out[start:stop], **how)

    share_out(work, len(x), -(-len(x) // threads), threads)


def share_gradient(function, threads, x, g, *operands, out, **how) -> None:
    """``out = function(np, x, g, *operands, **how)``, the sum of what some samples at a time make."""
    step = -(-len(x) // threads)
    parts = [None] * -(-len(x) // step)

    def work(seat, start, stop):
        parts[start // step] = function(np, x[start:stop], g[start:stop], *operands, **how)

    share_out(work, len(x), step, threads)
    np.add(parts[0], parts[1], out)
    for part in parts[2:]:
        np.add(out, part, out)


# -- BLAS's own threads --------------------------------------------------------------------------------------


@functools.cache
def _libraries() -> list:
    """What sets the threads of every BLAS that is loaded: its setter takes a microsecond, to find it takes 400."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas").lib_controllers


class OneBlasThread:
    """While somebody is inside, BLAS takes one thread for a product; the last who leaves gives back what it had."""

    def __init__(self):
        self.lock = threading.Lock()
        self.inside = 0
        self.before: list = []  # libraries that had more, and how many

    def __enter__(self):
        with self.lock:
            if not self.inside:
                had = [(library, library.get_num_threads()) for library in _libraries()]
                self.before = [(library, number) for library, number in had if number != 1]
                for library, _ in self.before:
                    library.set_num_threads(1)
            self.inside += 1

    def __exit__(self, *error):
        with self.lock:
            self.inside -= 1
            if not self.inside:
                self.give_back()

    def give_back(self) -> None:
        for library, number in self.before:
            library.set_num_threads(number)

    def forked(self) -> None:
        """In a forked child the forking thread alone goes on; those who were inside are not there to leave."""
        self.lock = threading.Lock()
        if self.inside:
            self.give_back()
        self.inside = 0


one_blas_thread = OneBlasThread()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=one_blas_thread.forked)

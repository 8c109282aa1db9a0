"""The chain rule as a model of bits: log p(x) = sum over t of log p(x_o(t) | x_o(1), ..., x_o(t - 1)) in an order o.

One evaluation of a network gives every conditional of an x that is there already, and so its likelihood. A sample is drawn
bit by bit: plainly, by as many evaluations as there are bits; or with a cache, which computes nothing twice. Both add up
the same terms in the same order, so they draw the same bits from the same uniform numbers, which are all that a sample
depends on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import minigan.numpy as mnp

from ...arrays import takes_lists
from ...autodiff import tree_leaves
from ...backend import dtype_name
from ...names import nearest
from ...nn.masked_dense import checked_order


class Autoregressive(NamedTuple):
    """A model of n bits.

    * ``order``: which bit comes when, a permutation of 0 .. n - 1.
    * ``init(rng, dtype)``: its parameters.
    * ``logits(params, x, given=None, products=None)``: of p(x_i = 1 | those before i) for bits x (N, n), shape (N, n);
      ``given`` are classes (N,) for a model that has them, ``products`` is `products_in_order` or one like it, in the
      place of matrix products.
    * ``conditionals(params, N, given=None, products=products_in_order)``: a coroutine, which yields the logits (N,) of
      the first bit, is sent the bits (N,), yields those of the second, and so on.
    * ``masked_out``: how many of the parameters no mask lets through.
    """

    order: tuple[int, ...]
    init: Callable
    logits: Callable
    conditionals: Callable
    masked_out: int = 0

    def log_density(self, params, x, given=None):
        """log p(x) in nats, or log p(x | given), of bits x (N, n): shape (N,). One evaluation of the network."""
        return log_likelihood(self.logits(params, x, given), x)

    def count(self, params) -> int:
        """How many parameters the model has, those that are masked out not counted."""
        return sum(math.prod(leaf.shape) for leaf in tree_leaves(params)) - self.masked_out

    def sample(self, params, n: int, rng, given=None):
        """``n`` samples, bit by bit, with a cache."""
        return drawn(self, params, uniforms(self, params, n, rng), given)


@takes_lists("logits", "x")
def log_likelihood(logits, x):
    """sum_i log p(x_i) of bits x (..., n) in {0, 1} with p(x_i = 1) = sigmoid(logits_i); logits may be infinite.

    >>> import minigan as mg
    >>> float(log_likelihood(mnp.asarray([0.0, mnp.inf]), mnp.asarray([1.0, 1.0])))
    -0.6931471805599453
    """
    return mnp.sum(mnp.log_sigmoid(mnp.where(x > 0.5, logits, -logits)), -1)


def products_in_order(terms: Iterable[tuple], total=None):
    """``total`` + sum of x @ W over pairs (x, W) of ``terms``, x (..., k) and W (k, outputs), one term after the other.

    A matrix product adds up as suits the shape of the whole. Here every entry is the same sum to the last bit, however
    many rows are computed beside it, and terms that are 0 change nothing.

    >>> import minigan as mg
    >>> mg.to_numpy(products_in_order([(mnp.asarray([[1.0, 2.0]]), mnp.asarray([[3.0], [4.0]]))]))
    array([[11.]])
    """
    for x, matrix in terms:
        for k in range(matrix.shape[0]):
            term = x[..., k : k + 1] * matrix[k, :]
            total = term if total is None else total + term
    return total


def uniforms(model: Autoregressive, params, n: int, rng):
    """What ``n`` samples are made of: a number in [0, 1) for each bit, in the dtype of the parameters."""
    return rng.uniform((n, len(model.order)), dtype=dtype_name(tree_leaves(params)[0].dtype))


def drawn(model: Autoregressive, params, numbers, given=None, products=products_in_order):
    """The samples that ``numbers`` (N, n) in [0, 1) stand for, each bit 1 where its number is below p(1 | those before).

    With a cache: the n steps together compute what one evaluation of the network computes.
    """
    bits, bit = [None] * len(model.order), None
    asked = model.conditionals(params, numbers.shape[0], given, products)
    for i in model.order:
        bits[i] = bit = _below(numbers[:, i], asked.send(bit))
    return mnp.stack(bits, 1)


def drawn_plainly(model: Autoregressive, params, numbers, given=None, products=products_in_order):
    """The same samples by n evaluations of the network, each for one bit."""
    bits = [mnp.zeros_like(numbers[:, 0])] * len(model.order)
    for i in model.order:
        logits = model.logits(params, mnp.stack(bits, 1), given, products)
        bits[i] = _below(numbers[:, i], logits[:, i])
    return mnp.stack(bits, 1)


def _below(numbers, logits):
    return mnp.astype(numbers < mnp.sigmoid(logits), dtype_name(numbers.dtype))


def all_states(n: int, dtype: str = "float64"):
    """Every state of n bits, (2^n, n), the first bit changing slowest; n at most 20.

    >>> import minigan as mg
    >>> mg.to_numpy(all_states(2))
    array([[0., 0.],
           [0., 1.],
           [1., 0.],
           [1., 1.]])
    """
    if not 1 <= n <= 20:
        raise ValueError(f"2^n states are written down for n in 1 .. 20, and n was {n}")
    halves = 2 ** (n - 1 - mnp.arange(n))
    return mnp.astype(mnp.arange(2**n)[:, None] // halves % 2, dtype)


def enumerated(model: Autoregressive, params, given=None, block: int = 1 << 13):
    """log p of `all_states`, shape (2^n,), evaluated in blocks; ``given`` is one class, for a model that has classes."""
    states = all_states(len(model.order))
    found = []
    for start in range(0, states.shape[0], block):
        x = states[start : min(start + block, states.shape[0]), ...]
        classes = None if given is None else mnp.full((x.shape[0],), given, dtype="int64")
        found.append(model.log_density(params, x, classes))
    return mnp.concatenate(found)


ORDERS = ("raster", "columns", "reversed", "spread")


def order_called(word: str, rows: int, columns: int) -> tuple[int, ...]:
    """The order of an image's pixels that a ``word`` stands for, numbers row by row from the upper left corner.

    ``"raster"`` row by row, ``"columns"`` column by column, ``"reversed"`` row by row from the end, ``"spread"`` far from
    each other first (multiples of the golden section); or numbers with commas between. `ValueError` where it is none.

    >>> order_called("columns", 2, 3), order_called("1,0", 1, 2)
    ((0, 3, 1, 4, 2, 5), (1, 0))
    """
    n = rows * columns
    if word == "raster":
        return tuple(range(n))
    if word == "columns":
        return tuple(r * columns + c for c in range(columns) for r in range(rows))
    if word == "reversed":
        return tuple(range(n))[::-1]
    if word == "spread":
        return tuple(sorted(range(n), key=lambda i: i * 0.6180339887498949 % 1.0))
    try:
        numbers = [int(part) for part in word.split(",")]
    except ValueError:
        close = nearest(word, ORDERS)
        told = f"the nearest is {close!r}" if close else f"or {n} numbers with commas between"
        raise ValueError(f"an order is one of {', '.join(ORDERS)}, and was {word!r}; {told}") from None
    return checked_order(numbers, n)

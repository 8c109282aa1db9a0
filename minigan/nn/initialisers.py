"""Initialisers: how weights start. Each is a function ``(rng, shape, dtype=None) -> array``.

A weight has shape (inputs, outputs); for more axes, the last is the outputs and the product of the others the inputs.
"""

from __future__ import annotations

import math

from .. import numpy as mnp
from ..backend import backend_of
from ..random import as_generator
from ..rebuilt import rebuilt_by_name
from ..validation import function, is_count, non_negative, number, positive


def _fans(shape) -> tuple[int, int]:
    if not isinstance(shape, tuple | list) or len(shape) < 2 or not all(map(is_count, shape)):
        raise ValueError(f"this initialiser needs inputs and outputs, a shape of two axes or more, and got {shape!r}")
    return math.prod(shape[:-1]), shape[-1]


def initialiser(given, default, what: str):
    """``given``, if it is an initialiser, or ``default()`` for ``None``."""
    if given is None:
        return default()
    return function(given, f"the initialiser of the {what}", "(rng, shape, dtype)")


@rebuilt_by_name
def normal(std: float = 0.02):
    """N(0, std^2), in any shape; float64 unless another dtype is asked for.

    The default is the DCGAN paper's (Radford et al., 2015). Raises `ValueError` for a std that is not positive.

    >>> import minigan as mg
    >>> w = mg.nn.normal(0.02)(mg.random.generator(0), (300, 500))
    >>> round(float(mg.numpy.std(w)), 3)
    0.02
    """
    std = positive(std, "the std of an initialiser")
    return lambda rng, shape, dtype=None: std * as_generator(rng).standard_normal(shape, dtype=dtype)


@rebuilt_by_name
def constant(value: float):
    """The same value everywhere, in any shape. Raises `ValueError` for one that is no finite number.

    >>> import minigan as mg
    >>> float(mg.numpy.sum(mg.nn.constant(0.5)(mg.random.generator(0), (3, 4))))
    6.0
    """
    value = number(value, "the value of constant")
    return lambda rng, shape, dtype=None: mnp.full(tuple(shape), value, dtype=dtype or "float64")


@rebuilt_by_name
def zeros():
    """0 everywhere, in any shape; the biases' default.

    >>> import minigan as mg
    >>> float(mg.numpy.sum(mg.numpy.abs(mg.nn.zeros()(mg.random.generator(0), (4,)))))
    0.0
    """
    return constant(0.0)


@rebuilt_by_name
def glorot_normal(gain: float = 1.0):
    """N(0, 2 gain^2 / (inputs + outputs)), also known as Xavier's.

    Raises `ValueError` for a gain that is not positive, and for a shape of one axis. Source: Glorot & Bengio (2010),
    equation 12 as a variance.

    >>> import minigan as mg
    >>> w = mg.nn.glorot_normal()(mg.random.generator(0), (300, 500))
    >>> round(float(mg.numpy.var(w)) * 800 / 2, 1)
    1.0
    """
    gain = positive(gain, "the gain of an initialiser")
    return lambda rng, shape, dtype=None: (
        gain * math.sqrt(2.0 / sum(_fans(shape))) * as_generator(rng).standard_normal(shape, dtype=dtype)
    )


@rebuilt_by_name
def glorot_uniform(gain: float = 1.0):
    """Uniform on [-a, a] with a = gain sqrt(6 / (inputs + outputs)): the variance of `glorot_normal`.

    Raises `ValueError` as that does. Source: Glorot & Bengio (2010), equation 16.

    >>> import math, minigan as mg
    >>> w = mg.nn.glorot_uniform()(mg.random.generator(0), (300, 500))
    >>> round(float(mg.numpy.std(w)) / math.sqrt(2 / 800), 2), round(float(mg.numpy.max(w)) / math.sqrt(6 / 800), 3)
    (1.0, 1.0)
    """
    gain = positive(gain, "the gain of an initialiser")
    return lambda rng, shape, dtype=None: _symmetric(rng, shape, gain * math.sqrt(6.0 / sum(_fans(shape))), dtype)


@rebuilt_by_name
def he_normal(slope: float = 0.0):
    """N(0, 2 / ((1 + slope^2) inputs)), which keeps the second moment under (leaky) relu.

    Raises `ValueError` for a negative slope, and for a shape of one axis. Source: He et al. (2015), equations 10
    and 15.

    >>> import math, minigan as mg
    >>> w = mg.nn.he_normal(slope=0.2)(mg.random.generator(0), (300, 500))
    >>> round(float(mg.numpy.std(w)) / math.sqrt(2 / (1.04 * 300)), 2)
    1.0
    """
    slope = non_negative(slope, "the slope of he_normal")
    return lambda rng, shape, dtype=None: (
        math.sqrt(2.0 / ((1.0 + slope**2) * _fans(shape)[0])) * as_generator(rng).standard_normal(shape, dtype=dtype)
    )


@rebuilt_by_name
def he_uniform(slope: float = 0.0):
    """Uniform on [-a, a] with a = sqrt(6 / ((1 + slope^2) inputs)): the variance of `he_normal`.

    Raises `ValueError` as that does.

    >>> import math, minigan as mg
    >>> w = mg.nn.he_uniform()(mg.random.generator(0), (300, 500))
    >>> round(float(mg.numpy.std(w)) / math.sqrt(2 / 300), 2), round(float(mg.numpy.max(w)) / math.sqrt(6 / 300), 3)
    (1.0, 1.0)
    """
    slope = non_negative(slope, "the slope of he_uniform")
    return lambda rng, shape, dtype=None: _symmetric(
        rng, shape, math.sqrt(6.0 / ((1.0 + slope**2) * _fans(shape)[0])), dtype
    )


def _symmetric(rng, shape, bound, dtype):
    return as_generator(rng).uniform(shape, -bound, bound, dtype=dtype)


@rebuilt_by_name
def orthogonal(gain: float = 1.0):
    """gain Q with orthonormal rows or columns (whichever are fewer), uniformly among all such Q.

    Q of a QR factorisation of a normal matrix, with the signs that make R's diagonal positive, without which Q
    is not uniform. Raises `ValueError` for a gain that is not positive, and for a shape of one axis. Sources: Saxe,
    McClelland & Ganguli (2014); Mezzadri (2007) for the signs.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> w = mg.nn.orthogonal(gain=3.0)(mg.random.generator(0), (5, 2))
    >>> mg.to_numpy(mnp.matrix_transpose(w) @ w).round(12) + 0.0  # 9 times the identity
    array([[9., 0.],
           [0., 9.]])
    """
    gain = positive(gain, "the gain of an initialiser")

    def initialise(rng, shape, dtype=None):
        rows, columns = _fans(shape)
        tall = as_generator(rng).standard_normal((max(rows, columns), min(rows, columns)), dtype=dtype)
        q, r = backend_of(tall).function("linalg.qr")(tall)
        q = q * mnp.sign(mnp.diagonal(r))
        return gain * mnp.reshape(q if rows >= columns else mnp.matrix_transpose(q), tuple(shape))

    return initialise


xavier_normal, xavier_uniform = glorot_normal, glorot_uniform

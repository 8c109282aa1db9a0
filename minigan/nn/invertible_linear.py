"""Linear maps that stay invertible, for one channel of an image or all numbers of a row."""

from __future__ import annotations

import math

import numpy as np

from .. import numpy as mnp
from ..rebuilt import rebuilt_by_name
from .bijection import Bijection
from .layer import features


@rebuilt_by_name
def invertible_linear() -> Bijection:
    """y = x C L U over the last axis: L lower triangular with ones on its diagonal, U upper with diagonal exp(s).

    ``x`` has shape (n, ..., c). C is a fixed orthogonal matrix, that of the cosine transform, so that all channels mix
    from the beginning. The parameters are ``{"below", "above", "log_diagonal"}``, all 0 at first, and no values of theirs
    make the map singular; log |det| is the sum of s times the places of an image. Source: Kingma & Dhariwal (2018),
    section 3.2, with C in place of a drawn permutation.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> linear = nn.invertible_linear()
    >>> params = linear.init(mg.random.generator(0), (None, 3))
    >>> y, log_det = linear.forward(params, mnp.asarray([[1.0, 2.0, 3.0]]))
    >>> mg.to_numpy(linear.inverse(params, y)).round(12), float(log_det[0])
    (array([[1., 2., 3.]]), 0.0)
    """

    def init(rng, shape, dtype=None):
        width = features(shape, "invertible_linear")
        none = mnp.zeros((width, width), dtype=dtype or "float64")
        return {"below": none, "above": none, "log_diagonal": mnp.zeros((width,), dtype=none.dtype)}

    def forward(params, x):
        places = math.prod(x.shape[1:-1])
        log_det = places * mnp.sum(params["log_diagonal"])
        return mnp.matmul(x, matrix_of(params)), mnp.broadcast_to(log_det, x.shape[:1])

    def inverse(params, y):
        return mnp.matmul(y, mnp.linalg.inv(matrix_of(params)))

    return Bijection(init, forward, inverse, name="invertible_linear")


def matrix_of(params):
    """The matrix of an `invertible_linear`, C L U."""
    dtype = params["log_diagonal"].dtype
    width = params["log_diagonal"].shape[0]
    one = mnp.eye(width, dtype=dtype)
    lower = mnp.tril(params["below"], -1) + one
    upper = mnp.triu(params["above"], 1) + one * mnp.exp(params["log_diagonal"])
    return mnp.matmul(mnp.matmul(mnp.asarray(cosines(width), dtype=dtype), lower), upper)


def cosines(width: int) -> np.ndarray:
    """The orthogonal matrix of the cosine transform (DCT-II), in the rows of which frequencies rise.

    >>> cosines(2).round(4)
    array([[ 0.7071,  0.7071],
           [ 0.7071, -0.7071]])
    """
    from scipy.fft import dct

    return dct(np.eye(width), norm="ortho", axis=0)

"""As a plain namespace mnp is NumPy, bit for bit; traced values are the plain ones, bit for bit."""

import itertools

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

pytestmark = pytest.mark.usefixtures("on_numpy")

rng = np.random.default_rng(5)
A = rng.standard_normal((3, 4))
B = rng.standard_normal((3, 4))
ROW = rng.standard_normal(4)
CUBE = rng.standard_normal((2, 3, 4))
VECTOR = rng.standard_normal(257)  # long enough for pairwise summation
LONG = rng.standard_normal((40, 300))
POSITIVE = np.abs(A) + 0.25
UNIT = rng.uniform(-0.9, 0.9, (3, 4))
MASK = A > 0.0
HOLES = np.array([[1.0, np.nan, -2.0, 0.5], [np.nan, np.nan, 3.0, 1.5], [0.25, 2.0, -1.0, 4.0]])
TURNED = A + 1j * B
COUNTS = np.array([[0, 2, 1, 3], [1, 1, 0, 2], [3, 0, 0, 1]])
SQUARE = rng.standard_normal((3, 3))
STACKED = rng.standard_normal((2, 3, 3))
SYMMETRIC = STACKED + np.swapaxes(STACKED, -1, -2)
DEFINITE = STACKED @ np.swapaxes(STACKED, -1, -2) + 3 * np.eye(3)
EDGES = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 1e300, 5e-324, -1e-300])


class Call(tuple):
    """Arguments of one call, printed as such."""

    def __repr__(self):
        shown = [*map(brief, self[0]), *(f"{k}={brief(v)}" for k, v in self[1].items())]
        return f"({', '.join(shown)})"


def brief(x):
    return f"{x.dtype}{list(x.shape)}" if isinstance(x, np.ndarray) else repr(x)[:20]


def call(*args, **kwargs):
    return Call((args, kwargs))


def over(keywords, *args):
    """One call for each combination of keyword values."""
    names = list(keywords)
    return [call(*args, **dict(zip(names, values))) for values in itertools.product(*keywords.values())]


def each(names, calls):
    """The same calls for several functions."""
    return dict.fromkeys(names.split(), calls)


AXES = {"axis": [None, 0, 1, -1, (0, 2), (1,)], "keepdims": [False, True]}
ONE_AXIS = {"axis": [None, 0, -1], "keepdims": [False, True]}
UNARY = [call(A), call(EDGES), call(0.5), call([0.5, 1.5]), call(CUBE[:, ::2]), call(COUNTS), call(A[0, 0])]
BINARY = [call(A, B), call(A, ROW), call(A, 0.5), call(2, B), call(EDGES[:, None], EDGES), call(A, COUNTS)]
BINARY += [call([1.0, 2.0], [[3.0], [4.0]]), call(2.0, 3.0)]
COMPARED = [*BINARY, call(A, A)]
BOOLEAN = [call(MASK, ~MASK), call(MASK, True)]
MOMENTS = [*over({**AXES, "dtype": [None]}, CUBE), call(VECTOR), call(LONG), call(LONG, axis=0)]
MOMENTS += [call(LONG, axis=1), call(A, 0), call([1.0, 2.0, 4.0]), call(COUNTS, axis=1), call(A.T, axis=0)]
MOMENTS += [call(LONG[::2, ::3])]
VARIANCES = [*over({**AXES, "ddof": [0, 1]}, CUBE), call(VECTOR, ddof=1), call(LONG, axis=1), call(COUNTS)]
WIDER = [call(LONG.astype("f4"), dtype=np.float64), call(COUNTS, dtype="float32"), call(A, None, np.float32)]

CALLS = {
    **each(
        "abs absolute fabs negative positive square sign floor ceil trunc rint round around isfinite "
        "isnan isinf signbit exp exp2 expm1 sin cos tan tanh sinh cosh arctan atan arcsinh "
        "asinh",
        UNARY,
    ),
    **each("real imag conj conjugate", [*UNARY, call(TURNED), call(TURNED[1:, ::2]), call(1j)]),
    "angle": [*UNARY, call(TURNED), call(TURNED, deg=True), call(1j)],
    **each("sqrt log log1p log2 log10 reciprocal", [call(POSITIVE),
            call(EDGES), call(0.5), call([2.0])]),
    **each("arcsin asin arccos acos arctanh atanh", [call(UNIT), call(0.3),
            call(EDGES)]),
    **each("arccosh acosh", [call(POSITIVE + 1.0), call(2.5), call(EDGES)]),
    **each(
        "add subtract multiply divide true_divide maximum minimum logaddexp arctan2 atan2 "
        "hypot floor_divide", BINARY
    ),
    **each("remainder mod", [call(A, B), call(A, 0.5), call(7, 4), call(COUNTS, 2)]),
    **each("power pow",
        [call(POSITIVE, B), call(A, 2), call(A, 3), call(A, -1.0), call(2.0, A), call(EDGES, 2.0),
            call(COUNTS, 2),
         call(POSITIVE, 0.5), call(EDGES[:, None], EDGES)],
    ),
    **each("equal not_equal less less_equal greater greater_equal", COMPARED),
    **each("logical_and logical_or logical_xor", [*BOOLEAN, call(A, MASK)]),
    **each("bitwise_and bitwise_or bitwise_xor", [*BOOLEAN, call(COUNTS, 2)]),
    "logical_not": [call(MASK), call(A)],
    **each("bitwise_invert bitwise_not invert", [call(MASK), call(COUNTS)]),
    "where": [call(MASK, A, B), call(MASK, A, 0.0), call(A > ROW, 1.0, ROW), call(True, A, B), call(MASK)],
    "clip": [call(A, -0.5, 0.5), call(A, None, 0.5), call(A, 0.5, None), call(A, a_min=-0.1, a_max=0.1),
            call(A, -ROW, 2.0),
             call(A, min=0.0), call(A, max=0.0), call(EDGES, -1.0, 1.0), call(COUNTS, 0, 2),
             call(COUNTS, 1, None), call(A)],
    "astype": [call(A, np.float32), call(A, np.int64), call(A, bool), call(COUNTS, np.float64),
             call(A, float)],
    **each("fmax fmin logaddexp2 copysign", [call(A, B), call(A, ROW), call(A, 0.5), call(EDGES[:, None], EDGES)]),
    "fmod": [call(A, B), call(A, 0.5)],
    "heaviside": [call(A, B), call(A, 0.5), call(EDGES, 0.5)],
    "sinc": [call(A), call(A * 1e-3), call(np.array([0.0, 1.0, 0.5]))],
    "float_power": [call(POSITIVE, B), call(A, 2), call(2.0, A)],
    **each("isclose allclose", [call(A, A), call(A, B), call(EDGES, EDGES), call(EDGES, EDGES, equal_nan=True),
                               call(A, A + 1e-9), call(A, A + 1e-3, atol=1e-2)]),
    # statistics
    **each("nansum nanprod", [call(HOLES), call(HOLES, axis=0), call(HOLES, axis=1, keepdims=True), call(A)]),
    **each("nanmax nanmin nanmean nanmedian", [call(HOLES), call(HOLES, axis=1, keepdims=True), call(A, axis=0)]),
    **each("nanvar nanstd", [call(HOLES), call(HOLES, axis=1, keepdims=True), call(A, axis=0), call(A, ddof=1)]),
    **each("nancumsum nancumprod", [call(HOLES), call(HOLES, axis=1)]),
    "quantile": [call(A, 0.3), call(A, [0.25, 0.5], axis=0), call(CUBE, 0.1, axis=(0, 2), keepdims=True),
                 call(VECTOR, np.array([[0.1], [0.9]])), call(A, 1.0, axis=1)],
    "nanquantile": [call(HOLES, 0.3), call(HOLES, [0.25, 0.5], axis=0), call(HOLES, 0.7, axis=1, keepdims=True),
                    call(A, np.array([[0.1], [0.9]]))],
    "nanpercentile": [call(HOLES, 30), call(HOLES, [25.0, 50.0], axis=0)],
    "percentile": [call(A, 30), call(A, [25.0, 50.0], axis=0)],
    "cov": [call(A), call(A, rowvar=False), call(ROW), call(A, B), call(A, bias=True), call(ROW, ROW**2), call(A, ddof=0)],
    "corrcoef": [call(A), call(A, rowvar=False), call(A, B)],
    # signals
    **each("convolve correlate", [call(VECTOR, ROW, mode) for mode in ("full", "same", "valid")]
           + [call(ROW, VECTOR, mode) for mode in ("full", "same", "valid")] + [call(ROW, ROW), call(ROW, ROW[:3])]),
    "ediff1d": [call(A), call(ROW, to_end=1.0), call(ROW, to_end=ROW, to_begin=[1.0, 2.0])],
    "gradient": [call(VECTOR), call(A), call(A, axis=0), call(A, 2.0), call(A, 2.0, 0.5), call(A, axis=(1, 0)),
                 call(ROW, np.array([0.0, 1.0, 3.0, 4.0])), call(CUBE, np.array([0.0, 1.0, 3.0]), axis=1)],
    "interp": [call(UNIT, np.array([-0.5, 0.0, 0.25, 0.75]), ROW), call(0.3, [0.0, 1.0], np.array([2.0, 5.0]))],
    "unwrap": [call(10.0 * A), call(10.0 * A, axis=0), call(10.0 * VECTOR, period=3.0), call(VECTOR, discont=4.0)],
    "kaiser": [call(7, np.float64(8.6)), call(1, np.float64(2.0)), call(6, np.float64(0.0))],
    # numbers taken apart
    **each("frexp modf", [call(A), call(1e3 * A), call(EDGES[[0, 1, 5, 6, 7]])]),
    "ldexp": [call(A, COUNTS), call(A, 3), call(ROW, -COUNTS), call(0.5, COUNTS)],
    "divmod": [call(A, B), call(A, 0.5), call(7, 4), call(COUNTS, 2)],
    **each("fix spacing", [call(A), call(EDGES), call(0.5)]),
    **each("isneginf isposinf", [call(A), call(EDGES)]),
    **each("iscomplex isreal", [call(A), call(EDGES), call(TURNED), call(COUNTS), call(TURNED.real + 0j)]),
    # functions applied, polynomials, counts
    "piecewise": [call(A, [A < 0.0, A > 0.5], [lambda x: -x, lambda x: x * x, 7.0]), call(A, [A > 0.0], [np.exp, 0.5]),
                  call(ROW, ROW > 0.0, [np.exp, 0.5]),
                  call(ROW, [ROW > 0.0], [np.sqrt]), call(A, [MASK, ~MASK], [1.0, np.sin])],
    "apply_along_axis": [call(lambda v: v[0] + v[-1], 0, A), call(lambda v: v * v, 1, CUBE), call(lambda v: v[:2], -1, A)],
    "apply_over_axes": [call(lambda a, axis: a.sum(axis), CUBE, (0, 2)), call(lambda a, axis: a.max(axis), A, 1)],
    "vander": [call(ROW), call(ROW, 3), call(ROW, 5, increasing=True), call(ROW, 1)],
    "polyval": [call(ROW, A), call([1.0, 2.0], A), call(ROW, 2.0)],
    **each("polyadd polysub polymul", [call(ROW, ROW), call(ROW, A[0, :2]), call(A[0, :2], ROW)]),
    "polydiv": [call(ROW, ROW[:2]), call(ROW[:2], ROW), call(VECTOR[:8], ROW)],
    "polyder": [call(ROW), call(ROW, 2), call(ROW, 4)],
    "polyint": [call(ROW), call(ROW, 2), call(ROW, 2, [1.0, 2.0]), call(ROW, 1, 3.0)],
    "polyfit": [call(VECTOR[:9], VECTOR[9:18], 3), call(ROW, A[0], 1, w=np.abs(ROW)), call(ROW, A.T, 2)],
    "roots": [call(np.array([1.0, -6.0, 11.0, -6.0])), call(np.array([0.0, 2.0, -6.0, 4.0, 0.0])), call(ROW[:1])],
    "poly": [call(ROW), call(SQUARE + SQUARE.T)],
    "bincount": [call(COUNTS[0]), call(COUNTS[0], ROW), call(COUNTS[1], ROW, 9), call(COUNTS[0], minlength=7)],
    "histogram": [call(A), call(A, 4), call(A, 5, (-1.0, 1.0)), call(A, [-1.0, 0.0, 2.0]), call(A, 4, density=True),
                  call(A, 4, weights=B), call(np.ones(3), 2), call(VECTOR, np.sort(ROW))],
    "histogram_bin_edges": [call(A), call(A, 4), call(A, 5, (-1.0, 1.0)), call(A, np.sort(ROW)), call(np.ones(3, int), 2)],
    # reductions
    **each("sum mean", MOMENTS + WIDER),
    "prod": [*MOMENTS, call(A, dtype=np.float32), call(np.zeros((0, 3)), axis=0)],
    **each("var std", [*VARIANCES, call(LONG.astype("f4"), dtype=np.float64)]),
    **each("max min amax amin", [*over(AXES, CUBE), call(A, 0), call(EDGES[:4])]),
    **each("argmax argmin", over(ONE_AXIS, CUBE)),
    **each("any all count_nonzero", [*over(AXES, CUBE > 0.5), call(COUNTS, axis=1)]),
    "ptp": [call(CUBE), call(CUBE, 0), call(CUBE, axis=-1, keepdims=True)],
    "average": [call(A), call(A, axis=0), call(A, weights=np.abs(B)), call(A, axis=1, weights=np.abs(ROW)),
                call(A, 0, np.abs(B), keepdims=True), call(COUNTS, axis=0)],
    "cumsum": [call(CUBE), call(CUBE, 1), call(CUBE, axis=-1), call(COUNTS, 0), call(A, 0, np.float32),
            call(VECTOR)],
    "median": [call(A), call(A, 0), call(A, axis=1), call(CUBE, axis=1, keepdims=True),
            call(A, keepdims=True), call(VECTOR)],
    # products
    "dot": [call(ROW, ROW), call(A, ROW), call(A, B.T), call(CUBE, B.T), call(2.0, A), call(ROW, A.T)],
    "matmul": [call(A, B.T), call(CUBE, B.T), call(ROW, ROW), call(A, ROW), call(ROW, A.T),
            call(CUBE, np.swapaxes(CUBE, 1, 2)),
               call(LONG, LONG.T)],
    "inner": [call(ROW, ROW), call(A, B), call(CUBE, ROW), call(2.0, A), call(CUBE, B)],
    "matvec": [call(A, ROW), call(CUBE, ROW), call(CUBE, B[:1]), call(STACKED, STACKED[:, 0])],
    "vecmat": [call(A[:, 0], A), call(A[:, 0], CUBE), call(STACKED[:, 0], STACKED), call(TURNED[:, 0], TURNED)],
    "outer": [call(ROW, ROW), call(A, ROW), call([1.0, 2.0], [3.0])],
    "vdot": [call(ROW, ROW), call(A, B), call(VECTOR, VECTOR)],
    "vecdot": [call(A, B), call(CUBE, ROW), call(A, B, axis=0), call(VECTOR, VECTOR)],
    "tensordot": [call(CUBE, A, 2), call(A, B, axes=([0, 1], [0, 1])), call(A, B, axes=(1, 1)),
            call(ROW, ROW, 0), call(A, B.T, 1)],
    "einsum": [call("ij,kj->ik", A, B), call("ij->j", A), call("ii", SQUARE), call("ii->i", SQUARE),
            call("ij,ij", A, B),
               call("...j,j", CUBE, ROW), call("bij,bjk->bik", STACKED, STACKED), call("ij->ji", A),
               call("i,j,k->ijk", ROW, ROW, ROW),
               call("i...->...", CUBE), call("ji,jk", A, B), call(A, [0, 1], B, [2, 1], [0, 2]),
               call("ij,jk,kl->il", A, B.T, A, optimize=True)],
    # shapes
    "reshape": [call(A, (2, 6)), call(A, -1), call(A, (4, -1)), call(A.T, (6, 2)), call(3.0, (1, 1)),
            call(A, (2, 6), order="F"),
                call([1.0, 2.0], (2, 1)), call(A, shape=(12,))],
    "ravel": [call(A), call(A.T), call(2.0), call([[1.0], [2.0]])],
    **each("transpose permute_dims", [call(CUBE), call(CUBE, (1, 2, 0)),
            call(CUBE, axes=(0, -1, 1)), call(ROW), call([[1.0, 2.0]])]),
    "matrix_transpose": [call(A), call(CUBE)],
    "swapaxes": [call(CUBE, 0, 2), call(CUBE, -1, 0)],
    "moveaxis": [call(CUBE, 0, -1), call(CUBE, (0, 1), (-1, 0)), call(CUBE, [2], [0]), call(CUBE, -1, 0)],
    "squeeze": [call(A[None, :, None]), call(A[None], 0), call(A[None, :, None], axis=(0, 2)), call(A)],
    "expand_dims": [call(A, 0), call(A, -1), call(A, (0, 2)), call(A, axis=1), call(2.0, 0)],
    "broadcast_to": [call(ROW, (3, 4)), call(2.0, (2, 2)), call(A[:, :1], (3, 4)),
            call(ROW, shape=(2, 4)), call(2.0, 3)],
    "broadcast_arrays": [call(A, ROW), call(ROW, A[:, :1], 2.0)],
    **each("atleast_1d atleast_2d atleast_3d", [call(2.0), call(ROW), call(A),
            call(CUBE), call(ROW, 2.0)]),
    **each("concatenate concat", [call([A, B]), call((A, B), 1), call([A, B], axis=-1),
            call([A, ROW], axis=None),
                                                call([A, COUNTS]), call(CUBE), call([[1.0], [2.0]])]),
    "stack": [call([A, B]), call((A, B), 1), call([A, B], axis=-1), call([1.0, 2.0]), call(CUBE)],
    **each("hstack vstack row_stack column_stack dstack", [call([A, B]), call((ROW, ROW)),
            call([[1.0, 2.0], [3.0, 4.0]])]),
    "split": [call(A, 2, 1), call(A, [1, 2]), call(ROW, 4), call(ROW, [1], axis=0),
            call(CUBE, 3, axis=1), call(CUBE, 2, -1),
              call(ROW, np.array([1, 3])), call(ROW, [3, 1])],
    "array_split": [call(ROW, 3), call(A, 2), call(A, [1, 2], axis=1), call(VECTOR, 7)],
    **each("hsplit vsplit", [call(np.tile(A, (2, 1)), 2), call(np.tile(A, (2, 1)), [1])]),
    "flip": [call(CUBE), call(CUBE, 0), call(CUBE, axis=(0, -1)), call(ROW)],
    **each("fliplr flipud", [call(A), call(CUBE)]),
    "rot90": [call(A), call(A, 2), call(A, -1), call(CUBE, 1, (1, 2)), call(A, 4)],
    "roll": [call(A, 1), call(A, -2, 1), call(A, (1, 2), (0, 1)), call(A, 1, axis=(0, 1)), call(ROW, 7),
            call(A, (1, 1), axis=(0, 0))],
    "tile": [call(ROW, 3), call(A, (2, 1)), call(A, (2, 1, 3)), call(A, 2), call(2.0, 3),
            call(A, reps=(1, 2))],
    "repeat": [call(A, 2), call(A, 2, 1), call(A, [1, 0, 2], axis=0), call(ROW, [2, 1, 1, 0]),
            call(2.0, 3), call(A, 2, axis=-1),
               call(A, np.array([1, 0, 2]), 0), call(A, [2], axis=0)],
    "pad": [call(A, 1), call(A, (1, 2)), call(A, ((1, 0), (2, 3))),
            call(A, 1, "constant", constant_values=7.0),
            call(A, 2, "edge"), call(A, 2, "reflect"), call(A, 5, mode="symmetric"), call(A, 2, "wrap"),
            call(ROW, [(1, 2)]),
            call(A, [[1], [2]]), call(A, [2]), call(A, ((1, 1),)),
            call(A, 1, "constant", constant_values=((1, 2), (3, 4))), call(A, 1, "mean"), call(COUNTS, 1)],
    "select": [call([MASK, A > 1.0], [A, B]), call([MASK], [A], 7.0)],
    "choose": [call(COUNTS % 2, [A, B]), call(COUNTS, [A, B, A, B])],
    "delete": [call(A, 1, 0), call(A, [0, 2], axis=1), call(A, slice(1, 3), 1), call(ROW, -1), call(A, 3)],
    "insert": [call(A, 1, ROW, 0), call(A, [0, 2], 5.0, axis=1), call(ROW, 2, 7.0), call(A, 3, [1.0, 2.0]),
               call(A, slice(0, 2), B[:2], 0), call(A, [3, 1, 1], B[:, :3], 1), call(A, 1, B[:, :1].T, 1),
               call(A, [1], B[:2], 0), call(ROW, -1, A[0]), call(A, 2, 1.5, axis=1)],
    "trim_zeros": [call(np.array([0.0, 0.0, 1.0, 0.0, 2.0, 0.0])), call(np.array([0.0, 1.0, 0.0]), "f"), call(np.zeros(3)),
                   call(np.array([0.0, 1.0, 0.0]), "b")],
    "resize": [call(A, (2, 3)), call(ROW, 7), call(A, (5, 4))],
    "rollaxis": [call(CUBE, 2), call(CUBE, 0, 3), call(CUBE, 1, 0), call(CUBE, -1, -2)],
    "dsplit": [call(CUBE, 2), call(CUBE, [1, 3])],
    "diagflat": [call(A), call(ROW, 1)],
    "block": [call([[A, B], [B, A]]), call([ROW, ROW]), call([A, B])],
    "cumulative_sum": [call(ROW), call(A, axis=0), call(A, axis=-1, include_initial=True)],
    "cumulative_prod": [call(ROW), call(A, axis=0), call(A, axis=-1, include_initial=True)],
    "append": [call(A, B), call(A, B, 0), call(A, B, axis=1), call(ROW, 3.0)],
    "unstack": [call(A), call(CUBE, axis=1)],
    **each("tril triu", [call(A), call(A, 1), call(CUBE, k=-1), call(ROW)]),
    "size": [call(A), call(A, 0), call([1, 2])],
    "ndim": [call(A), call(2.0), call([[1]])],
    "shape": [call(A), call(2.0), call([[1]])],
    "copy": [call(A), call([1.0, 2.0])],
    # indices and order
    "take": [call(A, [0, 2]), call(A, [0, 2], 1), call(A, COUNTS % 3, axis=0), call(A, 1, axis=0),
            call(A, -1), call(A, [5, -1])],
    "take_along_axis": [call(A, np.argsort(A, 1), 1), call(A, np.argsort(A, 0), axis=0),
            call(A, np.array([3, 1]), None),
                        call(A, np.array([[0], [1], [2]]), -1), call(A, np.argsort(A))],
    "compress": [call([True, False, True], A, 0), call(ROW > 0, A, axis=1), call([False, True], A)],
    "extract": [call(MASK, A), call([True, False, True], A)],
    "diagonal": [call(A), call(A, 1), call(CUBE, -1, 1, 2), call(CUBE, axis1=0, axis2=2), call(A, offset=-2)],
    "diag": [call(A), call(ROW), call(ROW, 1), call(A, -1), call([1.0, 2.0]), call(ROW, k=-2)],
    "trace": [call(A), call(A, 1), call(CUBE), call(CUBE, 0, 1, 2), call(LONG), call(COUNTS)],
    "partition": [call(VECTOR, 20), call(VECTOR, (3, 100)), call(LONG, 7), call(LONG, 7, axis=0),
                  call(CUBE, 1, axis=None)],
    "sort_complex": [call(A), call(TURNED), call(COUNTS)],
    "sort": [call(CUBE), call(CUBE, 0), call(CUBE, axis=None), call([3.0, 1.0])],
    "argsort": [call(CUBE), call(CUBE, 0), call(CUBE, axis=None), call([3.0, 1.0])],
    "searchsorted": [call([1.0, 2.0, 3.0], 2.0), call([1.0, 2.0, 3.0], [0.5, 2.0], side="right"),
            call(np.sort(VECTOR), A)],
    "diff": [call(VECTOR), call(A), call(A, 2), call(A, axis=0), call(A, n=1, axis=-1),
            call(ROW, prepend=0.0, append=1.0)],
    "cumprod": [call(A), call(CUBE, 1), call(A, axis=-1)],
    "trapezoid": [call(VECTOR), call(A, dx=0.5), call(A, ROW), call(A, axis=0),
            call(ROW, x=[0.0, 1.0, 3.0, 4.0])],
    "kron": [call(A, SQUARE), call(ROW, ROW), call(2.0, A)],
    "cross": [call(SQUARE, SQUARE[::-1]), call(STACKED, SQUARE)],
    **each("cbrt deg2rad rad2deg radians degrees", UNARY),
    "i0": [call(A), call(10.0 * A), call(0.5), call(COUNTS)],
    "nan_to_num": [call(EDGES), call(EDGES, nan=2.0, posinf=3.0, neginf=-3.0), call(A)],
    "array_equal": [call(A, A.copy()), call(A, B), call(A, ROW)],
    # creation
    **each("asanyarray ascontiguousarray asfortranarray asarray_chkfinite",
           [call([1, 2]), call(A), call(2.5), call(A, np.float32)]),
    **each("array asarray", [call([1, 2]), call(A), call(2.5),
            call([[1.0, 2]], np.float32), call(A, dtype="float32"),
                                           call([True]), call(np.float32(2.0)), call([A, B]),
                                           call((1, 2.5)), call([1], dtype=complex)]),
    **each("zeros ones", [call(3), call((2, 3)), call((2,), np.float32),
            call((2, 2), dtype=int), call(())]),
    "empty": [],
    "empty_like": [],  # its values mean nothing
    "full": [call((2, 3), 1.5), call(3, 2), call((2, 4), ROW), call((), 1.0, np.float32), call(2, True),
            call((2,), 3, dtype=float), call((2,), np.float32(3))],
    **each("zeros_like ones_like", [call(A), call(A, np.float32), call(A, dtype=int),
            call(A, shape=(2, 2)), call(2), call([1, 2])]),
    "full_like": [call(A, 2.0), call(COUNTS, 2.5), call(A, 2, dtype=np.float32), call(A, ROW),
            call(A, np.nan), call(A, 1.0, shape=(2,)), call([1, 2], 3)],
    "arange": [call(5), call(2, 9), call(0.0, 1.0, 0.1), call(5, dtype=np.float32), call(10, 0, -3),
            call(3.0), call(1, 4, dtype=float)],
    "linspace": [call(0.0, 1.0), call(-3.0, 7.0, 11), call(0, 1, 5, endpoint=False),
            call(0, 1, num=4, dtype=np.float32), call(0, 1, 1),
                 call(ROW, 2.0, 5), call(0.0, 1.0, 5, retstep=True), call(0, 1, 5, False)],
    "logspace": [call(0.0, 2.0), call(0.0, 2.0, 7), call(-3, 3, 5, endpoint=False), call(0, 3, 4, base=2.0),
                 call(ROW, ROW + 1.0, 5), call(0.0, ROW, 5, base=POSITIVE[0]), call(ROW, 2.0, 3, axis=-1)],
    "geomspace": [call(1.0, 1000.0, 4), call(-2.0, -0.5, 5), call(ROW**2 + 1.0, 7.0, 5), call(2.0, 9.0, 6, endpoint=False),
                  call(POSITIVE, 2.0 * POSITIVE, 3, axis=-1)],
    "eye": [call(3), call(3, 4), call(3, k=1), call(3, 2, -1, np.float32), call(2, dtype=int)],
    "identity": [call(3), call(2, np.float32)],
    "meshgrid": [call(ROW, [1.0, 2.0]), call(ROW, [1.0, 2.0], indexing="ij"), call(ROW),
            call(ROW, [1.0], [2.0, 3.0]), call(ROW, 2.0)],
}  # fmt: skip

LINALG = {
    "inv": [call(SQUARE), call(STACKED)],
    "solve": [call(SQUARE, SQUARE), call(SQUARE, np.ones(3)), call(STACKED, STACKED),
            call(STACKED, np.ones((3, 2)))],
    "det": [call(SQUARE), call(STACKED)],
    "slogdet": [call(SQUARE), call(STACKED)],
    "cholesky": [call(DEFINITE), call(DEFINITE[0])],
    "eigh": [call(SYMMETRIC), call(SYMMETRIC[0])],
    "eigvalsh": [call(SYMMETRIC), call(SYMMETRIC[0])],
    "norm": [call(ROW), call(A), call(A, axis=1), call(A, None, 0), call(CUBE, axis=(0, 2)),
            call(A, 1, axis=0), call(A, np.inf, 1),
             call(A, -np.inf, axis=1, keepdims=True), call(ROW, 3), call(A, 2.5, axis=0),
             call(A, "fro"), call(ROW, 0), call(CUBE),
             call(A, keepdims=True), call(A, axis=-1, keepdims=True), call(ROW, 2), call(ROW, ord=1),
             call(SQUARE, 2), call(SQUARE, "nuc"), call(CUBE, 1, (2, 0)), call(CUBE, np.inf, (0, 1), True),
             call(VECTOR), call(LONG)],
    **each("eig eigvals", [call(SYMMETRIC[0]), call(SYMMETRIC), call(np.triu(SQUARE))]),
    "lstsq": [call(A.T, ROW), call(A, SQUARE), call(SQUARE, SQUARE[0]), call(LONG.T, LONG[0])],
    "matrix_rank": [call(A), call(np.outer(ROW, ROW)), call(STACKED), call(ROW), call(A, 1.0)],
    "tensorsolve": [call(STACKED[0].reshape(3, 3, 1), ROW[:3]),
                    call(LONG[:24, :24].reshape(6, 4, 2, 3, 4), LONG[0, :24].reshape(6, 4)),
                    call(LONG[:24, :24].reshape(2, 12, 24).transpose(2, 0, 1), LONG[0, :24].reshape(24), axes=(1, 2))],
    "tensorinv": [call(LONG[:24, :24].reshape(4, 6, 8, 3)), call(SQUARE, 1)],
    "svd": [call(SQUARE), call(A, full_matrices=False), call(A.T, False), call(STACKED), call(A, compute_uv=False)],
    "svdvals": [call(A), call(STACKED)],
    "qr": [call(SQUARE), call(A.T), call(STACKED), call(A.T, "r")],
    "pinv": [call(A), call(STACKED), call(A.T)],
    "matrix_norm": [*[call(A, ord=order) for order in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)],
                    call(STACKED, ord=2, keepdims=True), call(STACKED, keepdims=True), call(STACKED, ord=1)],
    "cond": [call(SQUARE), call(STACKED), call(SQUARE, 1), call(SQUARE, "fro"), call(SQUARE, -2), call(SQUARE, np.inf)],
    "multi_dot": [call([A, B.T, A]), call([ROW, A.T, SQUARE, B]), call([A, ROW]), call([LONG, LONG.T, LONG])],
    "vecdot": [call(A, B), call(A, B, axis=0)],
    "cross": [call(SQUARE, SQUARE[::-1]), call(STACKED, SQUARE)],
    "tensordot": [call(CUBE, A, axes=2), call(A, B, axes=([0, 1], [0, 1]))],
    "trace": [call(SQUARE), call(STACKED), call(STACKED, offset=1)],
    "diagonal": [call(SQUARE), call(STACKED), call(STACKED, offset=1)],
    "matrix_power": [call(SQUARE, 3), call(SQUARE, -2), call(SQUARE, 0), call(STACKED, 2),
            call(SQUARE, 1), call(SQUARE, 5)],
    "matmul": [call(A, B.T), call(CUBE, B.T)],
    "outer": [call(ROW, ROW)],
    "matrix_transpose": [call(CUBE)],
    "vector_norm": [call(A), call(A, axis=1), call(A, axis=0, keepdims=True), call(A, ord=1)],
}  # fmt: skip

FFT = {
    **each("fft ifft rfft irfft hfft ihfft", [call(ROW), call(A), call(A, axis=0), call(A, 6), call(A, 3, 1, "ortho"),
                                              call(A, norm="forward"), call(VECTOR)]),
    **each("fft2 ifft2 rfft2 irfft2 fftn ifftn rfftn irfftn", [call(A), call(CUBE), call(CUBE, axes=(0, 2)),
                                                               call(A, (4, 3), (0, 1)), call(A, norm="ortho")]),
    **each("fftfreq rfftfreq", [call(7), call(8, 0.5), call(9, np.float64(0.1))]),
    **each("fftshift ifftshift", [call(A), call(CUBE, 1), call(CUBE, axes=(0, 2))]),
}  # fmt: skip

OURS_ALONE = set(
    [
        "sigmoid",
        "expit",
        "softplus",
        "log_sigmoid",
        "log1mexp",
        "logit",
        "xlogy",
        "erf",
        "gammaln",
        "digamma",
        "polygamma",
        "wrightomega",
        "lambertw",
        "logsumexp",
        "softmax",
        "erfc",
        "erfinv",
        "ndtr",
        "log_ndtr",
        "gamma",
        "betaln",
        "entr",
        "rel_entr",
        "kl_div",
        "xlog1py",
        "i1",
        "i0e",
        "i1e",
        "log_softmax",
        "index_add",
        "conv2d",
        "conv_transpose2d",
        "max_pool2d",
        "avg_pool2d",
        "upsample_nearest2d",
        "upsample_bilinear2d",
    ]
)


EVERY = [*CALLS, *(f"linalg.{name}" for name in LINALG), *(f"fft.{name}" for name in FFT)]
each_function = pytest.mark.parametrize("name", EVERY)


def functions(name):
    """Ours, NumPy's, and the calls to compare them in."""
    for module, calls in (("linalg", LINALG), ("fft", FFT)):
        if name.startswith(f"{module}."):
            short = name.removeprefix(f"{module}.")
            return getattr(getattr(mnp, module), short), getattr(getattr(np, module), short), calls[short]
    return getattr(mnp, name), getattr(np, name), CALLS[name]


def test_every_function_of_the_namespace_is_compared():
    assert set(mnp.__all__) - set(CALLS) - OURS_ALONE == set()
    assert set(mnp.linalg.EXPORTS) - set(LINALG) == set()
    assert set(mnp.fft.EXPORTS) - set(FFT) == set()
    assert all(not hasattr(np, name) for name in OURS_ALONE)


def leaves(x):
    return [leaf for part in x for leaf in leaves(part)] if isinstance(x, tuple | list) else [x]


def assert_same_bits(found, expected, what):
    found, expected = leaves(found), leaves(expected)
    assert len(found) == len(expected), what
    for a, b in zip(found, expected):
        if not hasattr(b, "dtype"):
            assert a == b, what
            continue
        assert (a.dtype, a.shape) == (b.dtype, b.shape), what
        np.testing.assert_array_equal(a, b, err_msg=repr(what))
        if a.dtype.kind == "f":
            np.testing.assert_array_equal(np.signbit(a), np.signbit(b), err_msg=f"signs in {what!r}")


def test_argsort_is_stable_everywhere():
    """Ties in numbers: below 17 elements any sort is stable."""
    x = np.random.default_rng(0).integers(0, 5, (3, 200)).astype(float)
    for axis in (-1, 0, None):
        expected = np.argsort(x, axis=axis, kind="stable")
        for found in (mnp.argsort(x, axis=axis), mg.compile(lambda x, a=axis: mnp.argsort(x, axis=a))(x)):
            np.testing.assert_array_equal(found, expected)


def recast(x, dtype):
    if isinstance(x, np.ndarray | np.generic) and x.dtype == np.float64:
        return x.astype(dtype)
    if isinstance(x, list | tuple) and any(isinstance(part, np.ndarray) for part in x):
        return type(x)(recast(part, dtype) for part in x)
    return x


def cases(calls):
    """Every call in both dtypes."""
    for dtype in ("float64", "float32"):
        for args, kwargs in calls:
            args = [recast(x, dtype) for x in args]
            kwargs = {key: recast(value, dtype) for key, value in kwargs.items()}
            yield Call((args, kwargs))


@pytest.mark.filterwarnings("ignore")
@each_function
def test_plain_values_are_numpy_s(name):
    ours, numpys, calls = functions(name)
    for case in cases(calls):
        args, kwargs = case
        assert_same_bits(ours(*args, **kwargs), numpys(*args, **kwargs), case)


def floats_in(args):
    """The places of floating-point arrays, those in a list of arrays included."""
    found = []
    for i, x in enumerate(args):
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            found.append((i, None))
        elif isinstance(x, list | tuple):
            found += [(i, j) for j, part in enumerate(x) if isinstance(part, np.ndarray) and part.dtype.kind == "f"]
    return found


def put(args, places, values):
    args = list(args)
    for (i, j), value in zip(places, values):
        args[i] = value if j is None else [value if k == j else part for k, part in enumerate(args[i])]
    return args


NOT_DISPATCHED = {"array", "asarray", "full", "arange", "astype", "asanyarray", "ascontiguousarray", "asfortranarray",
                  "asarray_chkfinite"}  # NumPy's do not ask their arguments' type


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("callee", ["mnp", "np"])
@each_function
def test_traced_values_are_the_plain_ones(name, callee):
    """Under vjp and under jvp; and NumPy's own function, called on a traced array, is ours."""
    ours, numpys, calls = functions(name)
    if callee == "np" and name in NOT_DISPATCHED:
        return
    function = ours if callee == "mnp" else numpys
    for case in cases(calls):
        args, kwargs = case
        places = floats_in(args)
        if not places:
            continue
        values = [args[i] if j is None else args[i][j] for i, j in places]
        plain = ours(*args, **kwargs)

        def f(*values, args=args, places=places, kwargs=kwargs):
            return function(*put(args, places, values), **kwargs)

        assert_same_bits(mg.vjp(f, *values)[0], plain, case)
        assert_same_bits(mg.jvp(f, values, [np.ones_like(v) for v in values])[0], plain, case)

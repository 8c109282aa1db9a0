"""A traced array has NumPy's surface: operators, methods, and NumPy's own functions called on it."""

import operator

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

X = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])
Y = np.array([[1.0, 2.0, -0.5], [0.25, -1.0, 3.0]])
ROW = np.array([0.5, -2.0, 1.5])


def gradient(f, x):
    """The gradient of a weighted sum of ``f``, the weights making every output count differently."""

    def weighted(x):
        parts = [mnp.ravel(part) for part in mg.tree_leaves(f(x))]
        flat = parts[0] if len(parts) == 1 else mnp.concatenate(parts)
        return mnp.sum(flat * mnp.sqrt(mnp.asarray(np.arange(1.0, flat.shape[0] + 1.0))))

    return mg.to_numpy(mg.grad(weighted)(mnp.asarray(x)))


def assert_same_gradient(f, oracle, x=X):
    np.testing.assert_allclose(gradient(f, x), gradient(oracle, x), rtol=1e-14, atol=1e-14)


# -- methods and operators, on every backend -----------------------------------------------------------------

METHODS = {
    "sum": (lambda x: x.sum(), lambda x: mnp.sum(x)),
    "sum axis": (lambda x: x.sum(axis=0, keepdims=True), lambda x: mnp.sum(x, axis=0, keepdims=True)),
    "mean": (lambda x: x.mean(1), lambda x: mnp.mean(x, axis=1)),
    "var": (lambda x: x.var(ddof=1), lambda x: mnp.var(x, ddof=1)),
    "std": (lambda x: x.std(0), lambda x: mnp.std(x, axis=0)),
    "prod": (lambda x: x.prod(axis=1), lambda x: mnp.prod(x, axis=1)),
    "max": (lambda x: x.max(axis=1), lambda x: mnp.max(x, axis=1)),
    "min": (lambda x: x.min(), lambda x: mnp.min(x)),
    "cumsum": (lambda x: x.cumsum(axis=1), lambda x: mnp.cumsum(x, axis=1)),
    "cumprod": (lambda x: x.cumprod(axis=1), lambda x: mnp.cumprod(x, axis=1)),
    "T": (lambda x: x.T, lambda x: mnp.transpose(x)),
    "mT": (lambda x: x.mT, lambda x: mnp.swapaxes(x, 0, 1)),
    "reshape": (lambda x: x.reshape(3, 2), lambda x: mnp.reshape(x, (3, 2))),
    "reshape tuple": (lambda x: x.reshape((3, -1)), lambda x: mnp.reshape(x, (3, 2))),
    "ravel": (lambda x: x.ravel(), lambda x: mnp.reshape(x, (-1,))),
    "flatten": (lambda x: x.flatten(), lambda x: mnp.reshape(x, (-1,))),
    "transpose": (lambda x: x.transpose(), lambda x: mnp.transpose(x)),
    "transpose axes": (lambda x: x.transpose(1, 0), lambda x: mnp.transpose(x)),
    "transpose tuple": (lambda x: x.transpose((1, 0)), lambda x: mnp.transpose(x)),
    "swapaxes": (lambda x: x.swapaxes(0, 1), lambda x: mnp.transpose(x)),
    "squeeze": (lambda x: x[None].squeeze(0), lambda x: 1.0 * x),
    "repeat": (lambda x: x.repeat(2, axis=0), lambda x: mnp.repeat(x, 2, axis=0)),
    "take": (lambda x: x.take(mnp.asarray([2, 0, 2]), axis=1), lambda x: mnp.stack([x[:, 2], x[:, 0], x[:,
            2]], 1)),
    "diagonal": (lambda x: x.diagonal(), lambda x: mnp.stack([x[0, 0], x[1, 1]])),
    "trace": (lambda x: x.trace(), lambda x: x[0, 0] + x[1, 1]),
    "dot": (lambda x: x.dot(mnp.asarray(ROW)), lambda x: mnp.dot(x, mnp.asarray(ROW))),
    "clip": (lambda x: x.clip(-1.0, 1.0), lambda x: mnp.where((x > -1.0) & (x < 1.0), x, 0.0)),
    "copy": (lambda x: x.copy(), lambda x: 1.0 * x),
    "astype": (lambda x: x.astype("float64", copy=True), lambda x: 1.0 * x),
    "round": (lambda x: x * x.round(), lambda x: x * mnp.round(x)),
    "argmax": (lambda x: mnp.take(mnp.ravel(x), x.argmax()), lambda x: mnp.max(x)),
    "len": (lambda x: x * float(len(x)), lambda x: 2.0 * x),
    "shape": (lambda x: x * float(x.ndim + x.size + x.shape[1]), lambda x: 11.0 * x),
    "iteration": (lambda x: [row * float(i + 1) for i, row in enumerate(x)], lambda x: mnp.stack([x[0, ...],
            2.0 * x[1, ...]])),
    "unpacking": (lambda x: (lambda a, b: a * b)(*x), lambda x: x[0, ...] * x[1, ...]),
    "sum builtin": (lambda x: sum(x), lambda x: mnp.sum(x, axis=0)),
    "row": (lambda x: x[1], lambda x: x[1, :]),
    "negative": (lambda x: x[-1, -2], lambda x: x[1, 1]),
    "slice": (lambda x: x[:, ::2], lambda x: mnp.stack([x[:, 0], x[:, 2]], 1)),
    "backwards": (lambda x: x[::-1, ::-1], lambda x: mnp.flip(x)),
    "newaxis": (lambda x: x[:, None, 0], lambda x: mnp.reshape(x[:, 0], (2, 1))),
    "ellipsis": (lambda x: x[..., 1], lambda x: x[:, 1]),
    "list": (lambda x: x[[1, 0, 1]], lambda x: mnp.stack([x[1, :], x[0, :], x[1, :]])),
    "pairs": (lambda x: x[[0, 1, 0], [2, 1, 2]], lambda x: mnp.stack([x[0, 2], x[1, 1], x[0, 2]])),
    "mask": (lambda x: x[x > 0.0], lambda x: mnp.stack([x[0, 0], x[0, 2], x[1, 0], x[1, 1]])),
    "row mask": (lambda x: x[:, mnp.asarray(ROW) > 0.0], lambda x: x[:, ::2]),
    "index array": (lambda x: x[mnp.asarray([[0, 1], [1, 1]])], lambda x: mnp.stack(
        [mnp.stack([x[0, :], x[1, :]]), mnp.stack([x[1, :], x[1, :]])])),
    "abs": (lambda x: abs(x), lambda x: mnp.where(x > 0.0, x, -x)),
    "neg pos": (lambda x: -x + +x * 3.0, lambda x: 2.0 * x),
    "mod": (lambda x: x % 0.7, lambda x: 1.0 * x),
    "floordiv": (lambda x: x * (x // 0.7), lambda x: x * mnp.floor(x / 0.7)),
    "pow": (lambda x: x**3, lambda x: x * x * x),
    "rpow": (lambda x: 2.0**x, lambda x: mnp.exp(x * float(np.log(2.0)))),
    "rsub rdiv": (lambda x: 1.0 - 2.0 / x, lambda x: mnp.negative(2.0 * mnp.reciprocal(x))),
    "matmul": (lambda x: x @ mnp.asarray(ROW), lambda x: mnp.sum(x * mnp.asarray(ROW), axis=1)),
    "rmatmul": (lambda x: mnp.asarray(Y).T @ x if hasattr(mnp.asarray(Y), "T") else x,
            lambda x: mnp.matmul(mnp.transpose(mnp.asarray(Y)), x)),
    "comparisons": (lambda x: mnp.where((x > 0.0) | ~(x <= 1.0) & (x != 0.5), x, 2.0 * x),
            lambda x: mnp.where(x > 0.0, x, 2.0 * x)),
    "any all": (lambda x: mnp.where((x > 0).any() & ~(x > 0).all(), x, 0.0) if hasattr(x > 0, "any") else x,
            lambda x: 1.0 * x),
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_methods_and_operators(name):
    assert_same_gradient(*METHODS[name])


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow])
@pytest.mark.parametrize("other", [Y + 4.0, 2.5, 2], ids=["array", "float", "int"])
def test_arithmetic_from_both_sides(operation, other):
    other = mnp.asarray(other) if isinstance(other, np.ndarray) else other
    name = {"sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "power"}.get(
        operation.__name__, operation.__name__
    )
    named = getattr(mnp, name)
    x = np.abs(X)
    assert_same_gradient(lambda x: operation(x, other), lambda x: named(x, other), x)
    assert_same_gradient(lambda x: operation(other, x), lambda x: named(other, x), x)


def test_comparisons_from_both_sides():
    def f(x):
        plain = mnp.asarray(Y)
        for operation in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
            for left, right in ((x, plain), (plain, x), (x, 0.5), (0.5, x)):
                found = mg.to_numpy(operation(left, right))
                strip = [X if part is x else mg.to_numpy(part) for part in (left, right)]
                np.testing.assert_array_equal(found, operation(*strip))
        return x

    gradient(f, X)


# -- NumPy's own functions, on NumPy -------------------------------------------------------------------------

NUMPYS = {
    "tanh": np.tanh,
    "sum": lambda x: np.sum(x, axis=0),
    "mean": lambda x: np.mean(x, axis=1, keepdims=True),
    "linalg.norm": lambda x: np.linalg.norm(x, axis=1),
    "linalg.solve": lambda x: np.linalg.solve(x @ x.T, np.eye(2)),
    "linalg.slogdet": lambda x: np.linalg.slogdet(x @ x.T).logabsdet,
    "linalg.eigh": lambda x: np.linalg.eigh(x @ x.T)[0],
    "concatenate": lambda x: np.concatenate([x, Y]),
    "concatenate plain first": lambda x: np.concatenate([Y, x], axis=1),
    "stack": lambda x: np.stack([Y, x]),
    "vstack": lambda x: np.vstack([x, ROW]),
    "where": lambda x: np.where(x > 0, x, Y),
    "maximum": lambda x: np.maximum(Y, x),
    "add.reduce": np.add.reduce,
    "add.reduce axis": lambda x: np.add.reduce(x, axis=1, keepdims=True),
    "multiply.reduce": lambda x: np.multiply.reduce(x, axis=None),
    "maximum.reduce": lambda x: np.maximum.reduce(x),
    "logaddexp.reduce": lambda x: np.logaddexp.reduce(x, axis=1),
    "plain + traced": lambda x: Y + x,
    "traced + plain": lambda x: x + Y,
    "plain @ traced": lambda x: Y.T @ x,
    "plain - broadcast": lambda x: ROW - x,
    "np.float64 *": lambda x: np.float64(2.0) * x,
    "* np.float64": lambda x: x * np.float64(2.0),
    "np.float64 **": lambda x: np.float64(2.0) ** x,
    "plain comparisons": lambda x: x * (x > Y),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, Y),
    "clip": lambda x: np.clip(x, -1.0, 1.0),
    "zeros_like": lambda x: x + np.zeros_like(x) + np.ones_like(x) + np.full_like(x, 2.0),
    "expand_dims": lambda x: np.expand_dims(x, 1),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 2, 3)),
    "interchange": lambda x: np.moveaxis(np.swapaxes(x, 0, 1), 0, 1),
    "outer": lambda x: np.outer(x, x),
    "dot": lambda x: np.dot(x, ROW),
    "sort": lambda x: np.sort(x, axis=1),
    "take_along_axis": lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1),
    "diff": np.diff,
    "trapezoid": np.trapezoid,
    "amax": lambda x: np.amax(x, axis=0),
    "linspace": lambda x: np.linspace(x, 2.0 * x, 3),
    "isclose": lambda x: np.where(np.isclose(x, 0.5), 0.0, x),
    "nonzero": lambda x: x[np.nonzero(x > 0)],
    "shape": lambda x: x * float(np.ndim(x) + np.size(x) + np.shape(x)[0]),
    "list of traced": lambda x: np.stack([x[0], x[1] * 2.0]),
    "iterated index": lambda x: x[np.ix_([0, 1], [2, 0])],
}


@pytest.mark.parametrize("name", NUMPYS)
def test_numpy_s_own_functions_differentiate(name, on_numpy):
    mg.check_grads(NUMPYS[name], (X.copy(),))


@pytest.mark.parametrize("scalar", [np.float64(2.5), np.float32(2.5), np.int64(2), np.array(2.5), np.True_])
def test_numpy_scalars_from_both_sides(scalar, on_numpy):
    for operation in (operator.add, operator.sub, operator.mul, operator.truediv):
        assert_same_gradient(lambda x, op=operation: op(x, scalar), lambda x, op=operation: op(x, float(scalar)))
        assert_same_gradient(lambda x, op=operation: op(scalar, x), lambda x, op=operation: op(float(scalar), x))


def test_promotion_is_numpy_s(on_numpy):
    """float32 with a Python number stays; with a float64 array or NumPy scalar it widens, and its gradient
    comes back.
    """
    x = np.float32([1.0, 2.0])
    for other in (2.0, 2, np.float32(2.0), np.float64(2.0), np.ones(2), np.arange(2), True):
        y, pullback = mg.vjp(lambda x, other=other: x * other, x)
        assert y.dtype == (x * other).dtype
        assert pullback(np.ones_like(y))[0].dtype == np.float32


CONSTANTS = """
    pi e inf nan euler_gamma newaxis float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32
    uint64 bool bool_ complex64 complex128 finfo iinfo dtype ndarray intp single double generic number
    integer floating inexact errstate longdouble index_exp s_
"""


def test_constants_and_dtype_names_are_numpy_s():
    for name in CONSTANTS.split():  # fmt: skip
        assert getattr(mnp, name) is getattr(np, name), name


def test_the_rest_of_the_namespace_is_numpy_s_on_plain_arrays(on_numpy):
    np.testing.assert_array_equal(mnp.partition(X[0], 1), np.partition(X[0], 1))
    np.testing.assert_array_equal(mnp.unique([3, 1, 1]), [1, 3])
    np.testing.assert_array_equal(mnp.linalg.svd(X)[1], np.linalg.svd(X)[1])
    assert mnp.linalg.LinAlgError is np.linalg.LinAlgError
    with pytest.raises(np.linalg.LinAlgError):
        mnp.linalg.inv(np.zeros((2, 2)))
    assert mnp.array_equal(X, X) and "unique" not in mnp.__all__
    with pytest.raises(AttributeError):
        mnp.linalg.no_such_function  # noqa: B018


def test_numpy_s_further_keywords_work_on_plain_arrays(on_numpy):
    out = np.empty(3)
    assert mnp.sum(X, axis=0, out=out) is out
    np.testing.assert_array_equal(mnp.sum(X, where=X > 0, initial=1.0), np.sum(X, where=X > 0, initial=1.0))
    assert mnp.tanh(X, out=np.empty_like(X)).shape == X.shape
    assert mnp.array(X, ndmin=3, copy=True).shape == (1, 2, 3)
    assert mnp.zeros((2, 2), order="F").flags.f_contiguous
    with pytest.raises(TypeError, match=r"minigan\.numpy\.var has no derivative rule with mean="):
        mg.grad(lambda x: mnp.var(x, mean=0.0))(X)


def test_tracers_can_be_inside_lists():
    f = lambda x: mnp.asarray([[x[0], 2.0], [x[1] * x[0], 1.0]])
    np.testing.assert_allclose(gradient(f, np.array([3.0, 5.0])), [1.0 + 5.0 * np.sqrt(3.0), 3.0 * np.sqrt(3.0)])
    g = lambda x: mnp.sum([x[0], x[1] * x[0]])
    np.testing.assert_allclose(gradient(g, np.array([3.0, 5.0])), [6.0, 3.0])
    h = lambda x: mnp.maximum([x[0], x[1]], 4.0)
    np.testing.assert_allclose(gradient(h, np.array([3.0, 5.0])), [0.0, np.sqrt(2.0)])


def test_empty_arrays():
    x = mnp.zeros((0, 3))
    for f in (
        mnp.sum,
        mnp.exp,
        lambda x: mnp.sum(x, axis=0),
        lambda x: mnp.concatenate([x, x]),
        lambda x: x @ mnp.ones((3, 2)),
    ):
        y, pullback = mg.vjp(f, x)
        (g,) = pullback(mnp.ones_like(y))
        assert g.shape == (0, 3)
    assert mg.to_numpy(mg.grad(lambda x: mnp.sum(mnp.prod(x, axis=0)))(x)).shape == (0, 3)

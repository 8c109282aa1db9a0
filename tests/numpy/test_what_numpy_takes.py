"""What NumPy takes is taken under transformations too: its integers, lists, Python numbers, empty things."""

import inspect

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from tests.numpy.test_against_numpy import EVERY, assert_same_bits, floats_in, functions, put

pytestmark = pytest.mark.usefixtures("on_numpy")
A = np.random.default_rng(8).standard_normal((3, 4))


def numpys_integers(x):
    """``x`` with NumPy's integers in place of Python's."""
    if type(x) is int:
        return np.int64(x)
    if isinstance(x, tuple | list) and all(isinstance(part, int | tuple | list) for part in x):
        return type(x)(map(numpys_integers, x))
    return x


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EVERY)
def test_numpy_s_integers_are_integers(name):
    ours, _, calls = functions(name)
    for args, kwargs in ((list(args), kwargs) for args, kwargs in calls):
        places = floats_in(args)
        if not places:
            continue
        values = [args[i] if j is None else args[i][j] for i, j in places]
        plain = ours(*args, **kwargs)
        turned = [x if i in {p[0] for p in places} else numpys_integers(x) for i, x in enumerate(args)]
        keywords = {key: numpys_integers(value) for key, value in kwargs.items()}
        if name == "power" and any(isinstance(x, np.integer) for x in turned):
            continue  # a strong integer: another power
        found = mg.vjp(lambda *v: ours(*put(turned, places, v), **keywords), *values)[0]  # noqa: B023
        assert_same_bits(found, plain, (args, kwargs))


def test_argnums_may_be_numpy_s():
    f = lambda x, y: mnp.sum(x * y)
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    np.testing.assert_array_equal(mg.grad(f, argnums=np.int64(1))(x, y), x)
    np.testing.assert_array_equal(mg.jacobian(f, argnums=np.int32(0))(x, y), y)


LISTS = {
    "power": lambda a: a ** [1, 2, 3, 4],
    "subtract": lambda a: a - [1.0, 2.0, 3.0, 4.0],
    "list first": lambda a: [1.0, 2.0, 3.0, 4.0] * a,
    "divided": lambda a: [[1.0], [2.0], [3.0]] / (a * a + 1.0),
    "arctan2": lambda a: mnp.arctan2(a, [1.0, 2.0, 3.0, 4.0]),
    "hypot": lambda a: mnp.hypot([1.0, 2.0, 3.0, 4.0], a),
    "maximum": lambda a: mnp.maximum(a, [0.0, 1.0, -1.0, 0.5]),
    "where": lambda a: mnp.where([True, False, True, False], a, [1.0, 2.0, 3.0, 4.0]),
    "matmul": lambda a: a @ [1.0, 2.0, 3.0, 4.0],
    "matmul, list first": lambda a: [[1.0, 2.0, 3.0]] @ a,
    "dot": lambda a: mnp.dot(a, [1.0, 2.0, 3.0, 4.0]),
    "clip": lambda a: mnp.clip(a, [0.0, -1.0, 0.0, -1.0], 1.0),
    "logaddexp": lambda a: mnp.logaddexp(a, [0.0, 1.0, 2.0, 3.0]),
    "average": lambda a: mnp.average(a, axis=1, weights=[1.0, 2.0, 3.0, 4.0]),
    "solve": lambda a: mnp.linalg.solve(a[:, :3] + 3.0 * np.eye(3), [1.0, 2.0, 3.0]),
    "einsum": lambda a: mnp.einsum("ij,j->i", a, [1.0, 2.0, 3.0, 4.0]),
    "trapezoid": lambda a: mnp.trapezoid(a, [0.0, 1.0, 3.0, 4.0]),
    "indices": lambda a: a[[0, 2]],
    "no indices": lambda a: a[[]],
    "no indices, second": lambda a: a[:, []],
    "take": lambda a: mnp.take(a, [0, 2], axis=1),
    "take nothing": lambda a: mnp.take(a, []),
    "take nothing along": lambda a: mnp.take(a, [], axis=1),
    "along, broadcast": lambda a: mnp.take_along_axis(a, np.array([[0, 2, 1]]), 1),
    "along, broadcast down": lambda a: mnp.take_along_axis(a, np.array([[0], [2]]), 0),
    "median over axes": lambda a: mnp.median(mnp.reshape(a, (3, 2, 2)), axis=(0, 2)),
    "median over axes, kept": lambda a: mnp.median(mnp.reshape(a, (3, 2, 2)), axis=(0, -1), keepdims=True),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_arrays(name):
    f = LISTS[name]
    plain = f(A) if "/" not in name else None
    y, pullback = mg.vjp(f, A)
    np.testing.assert_allclose(y, plain, rtol=1e-15)
    assert pullback(np.ones_like(y))[0].shape == A.shape
    mg.check_grads(f, (A,))
    np.testing.assert_allclose(mg.compile(f)(A), plain, rtol=1e-14)


_NAMES = """
    sigmoid expit softplus log_sigmoid log1mexp logit erf gammaln digamma wrightomega lambertw logsumexp
    exp sin sqrt abs sum mean max prod square sign tanh ravel cumsum median
"""
NUMBERS = _NAMES.split()


@pytest.mark.parametrize("name", NUMBERS)
def test_python_numbers_are_arrays(name):
    f = getattr(mnp, name)
    found, array = f(0.5), f(np.array(0.5))
    np.testing.assert_array_equal(found, array)
    assert np.asarray(found).dtype == "float64"
    if name not in ("logit", "log1mexp"):
        np.testing.assert_array_equal(f(1), f(np.array(1.0)))


def test_small_integers_do_not_wrap():
    x = np.array([0, 255], np.uint8)
    np.testing.assert_allclose(mnp.sigmoid(x), [0.5, 1.0])
    np.testing.assert_allclose(mnp.softplus(x), [np.log(2.0), 255.0])
    np.testing.assert_allclose(mnp.log_sigmoid(x), [-np.log(2.0), 0.0], atol=1e-100)
    np.testing.assert_allclose(mnp.logsumexp(x), 255.0)
    np.testing.assert_allclose(mnp.softmax(x), [0.0, 1.0], atol=1e-100)


def test_logsumexp_of_nothing():
    assert mnp.logsumexp(np.zeros(0)) == -np.inf
    np.testing.assert_array_equal(mnp.logsumexp(np.zeros((2, 0)), axis=1), [-np.inf, -np.inf])
    np.testing.assert_array_equal(mnp.logsumexp(np.zeros((2, 0)), axis=1, keepdims=True), [[-np.inf], [-np.inf]])
    y, pullback = mg.vjp(lambda x: mnp.logsumexp(x, axis=1), np.zeros((2, 0)))
    np.testing.assert_array_equal(y, [-np.inf, -np.inf])
    assert pullback(y)[0].shape == (2, 0)
    np.testing.assert_array_equal(mg.compile(lambda x: mnp.logsumexp(x, axis=1))(np.zeros((2, 0))), y)


def test_dtypes_by_python_s_names():
    for dtype in (float, "float32", np.float32, np.dtype("float64"), complex, int, bool):
        f = lambda x, dtype=dtype: (mnp.zeros_like(x, dtype=dtype), mnp.sum(x, dtype=dtype), mnp.astype(x, dtype))
        for found, expected in zip(mg.compile(f)(np.ones(3)), f(np.ones(3))):
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("shape", [(1,), (1, 1)])
def test_one_number_in_any_shape_has_a_gradient(shape):
    x = np.array([1.0, 2.0])
    f = lambda x: mnp.reshape(mnp.sum(x * x), shape)
    value, g = mg.value_and_grad(f)(x)
    assert value.shape == shape
    np.testing.assert_array_equal(g, 2.0 * x)
    np.testing.assert_array_equal(mg.hessian(f)(x), 2.0 * np.eye(2))
    with pytest.raises(TypeError, match=r"float64\[2\]"):
        mg.grad(lambda x: x)(x)


def test_methods_of_ufuncs_on_plain_arrays_are_numpy_s():
    x = np.arange(1.0, 7.0).reshape(2, 3)
    np.testing.assert_array_equal(mnp.add.reduce(x), np.add.reduce(x))
    np.testing.assert_array_equal(mnp.multiply.accumulate(x, axis=1), np.multiply.accumulate(x, axis=1))
    np.testing.assert_array_equal(mnp.subtract.outer(x, x), np.subtract.outer(x, x))
    y = np.zeros(3)
    mnp.add.at(y, [0, 0, 2], 1.0)
    np.testing.assert_array_equal(y, [2.0, 0.0, 1.0])
    with pytest.raises(AttributeError, match=r"sigmoid.*reduce"):
        _ = mnp.sigmoid.reduce
    with pytest.raises(TypeError, match=r"np.add.accumulate has no derivative rule"):
        mg.grad(lambda x: mnp.sum(mnp.add.accumulate(x)))(x)


def functions_of_numpy():
    for prefix, ours, numpys in (("", mnp, np), ("linalg.", mnp.linalg, np.linalg), ("fft.", mnp.fft, np.fft)):
        for name in numpys.__all__:
            function = getattr(numpys, name)
            if callable(function) and not isinstance(function, type):
                yield prefix + name, getattr(ours, name), function


def test_signatures_are_numpy_s():
    """Those without a rule too: a tool and an editor look there."""
    compared = 0
    for name, ours, numpys in functions_of_numpy():
        try:
            expected = inspect.signature(numpys)
        except (TypeError, ValueError):
            continue
        assert inspect.signature(ours) == expected, name
        compared += 1
    assert compared > 300


def test_the_namespace_tells_about_itself_as_the_standard_has_it():
    info, numpys = mnp.__array_namespace_info__(), np.__array_namespace_info__()
    assert mnp.__array_api_version__ == np.__array_api_version__
    assert info.dtypes(kind="real floating") == numpys.dtypes(kind="real floating")
    assert (info.default_device(), info.capabilities()) == (numpys.default_device(), numpys.capabilities())
    with mg.use("strict"):
        assert str(mnp.__array_namespace_info__().default_dtypes()["real floating"]) == "array_api_strict.float64"


def test_arrays_of_others_come_by_their_protocol():
    x = np.arange(3.0)
    found = mnp.from_dlpack(x)
    assert np.shares_memory(found, x)
    assert mnp.searchsorted(np.array([1.0, 2.0]), 1.5) == 1
    assert mnp.isdtype(np.float32, "real floating") and not mnp.isdtype(mnp.bool, "numeric")
    np.testing.assert_array_equal(mnp.unique_values(np.array([2, 1, 2])), [1, 2])
    np.testing.assert_allclose(mnp.linalg.eigvals(np.diag([1.0, 2.0])), [1.0, 2.0])


@pytest.mark.parametrize("axes", [5, ([3], [0]), (0, 7)])
def test_tensordot_over_axes_that_there_are_not_says_so(axes):
    a, b = mnp.ones((2, 3)), mnp.ones((3, 2))
    for call in (lambda: mnp.tensordot(a, b, axes=axes), lambda: mg.vjp(lambda a: mnp.tensordot(a, b, axes=axes), a)):
        with pytest.raises(ValueError, match=r"axes|axis"):
            call()


def test_lists_beside_what_moves_keep_the_keywords():
    """Forward, backward and twice: what a list becomes on its way in changes nothing of how the function is called."""
    x = mnp.asarray([[1.0, 2.0]])
    for call, stated in (
        (lambda x: mnp.concatenate([x, [[3.0, 4.0]]], axis=1), [[1.0, 1.0, 0.0, 0.0]]),
        (lambda x: mnp.stack([x, [[3.0, 4.0]]], axis=2), [[[1.0, 0.0], [1.0, 0.0]]]),
        (lambda x: mnp.where([[True, False]], x, 2.0 * x), [[1.0, 2.0]]),
        (lambda x: mnp.tensordot(x, [[1.0], [2.0]], axes=1), [[3.0]]),
    ):
        y, moved = mg.jvp(call, (x,), (mnp.ones_like(x),))
        np.testing.assert_array_equal(mg.to_numpy(moved), stated)
        twice = mg.jvp(lambda x, call=call: mg.jvp(call, (x,), (x,))[1], (x,), (mnp.ones_like(x),))[1]
        np.testing.assert_array_equal(mg.to_numpy(twice), stated)
        assert y.shape == moved.shape

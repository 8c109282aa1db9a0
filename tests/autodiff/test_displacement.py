"""Kinks that the next operation smooths: second derivatives through them are those of the smooth function."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff.displacement import Displacement, inside_of
from minigan.autodiff.reverse import Tape
from minigan.autodiff.tracer import Tracer, new_level
from minigan.backend import dtype_name

norm = mnp.linalg.norm
V = np.array([0.5, -2.0, 1.5])
# a function of a vector at zero, written with a kink, and the Hessian of the polynomial that it is
AT_ZERO = {
    "abs(x) ** 2": (lambda x: mnp.sum(mnp.abs(x) ** 2), 2.0 * np.eye(3)),
    "weighted": (lambda x: mnp.sum(mnp.abs(x) ** 2 * mnp.asarray(V)), 2.0 * np.diag(V)),
    "norm(x) ** 2": (lambda x: norm(x) ** 2, 2.0 * np.eye(3)),
    "abs(norm(x)) ** 2": (lambda x: mnp.abs(norm(x)) ** 2, 2.0 * np.eye(3)),
    "norm of a linear map": (lambda x: norm(x * mnp.asarray(V)) ** 2, 2.0 * np.diag(V**2)),
    "two norms": (lambda x: norm(x) ** 2 + 3.0 * norm(2.0 * x) ** 2, 26.0 * np.eye(3)),
    "a product that is of order four": (lambda x: norm(x) ** 2 * mnp.sum(mnp.abs(x) ** 2), np.zeros((3, 3))),
    "one norm and a smooth term": (lambda x: norm(x) ** 2 + x[0] * x[1], np.array([[2, 1, 0], [1, 2, 0], [0, 0, 2.0]])),
    "cosh of a norm": (lambda x: mnp.cosh(norm(x)), np.eye(3)),
    "std(x) ** 2": (lambda x: mnp.std(x) ** 2, 2.0 / 3.0 * (np.eye(3) - 1.0 / 3.0)),
    "two kinks in a row": (lambda x: norm(mnp.abs(x)) ** 2, 2.0 * np.eye(3)),
    "an axis kept": (lambda x: mnp.sum(norm(x, axis=0, keepdims=True) ** 2), 2.0 * np.eye(3)),
    "an axis gone": (lambda x: norm(x, axis=-1) ** 2, 2.0 * np.eye(3)),
    "three kinks, each in the next": (lambda x: mnp.abs(norm(mnp.abs(x))) ** 2, 2.0 * np.eye(3)),
}


def columns(f, x):
    return mnp.stack([mg.hvp(f)(x, mnp.asarray(e)) for e in np.eye(3)])


WAYS = {
    "hessian": lambda f, x: mg.hessian(f)(x),
    "hvp": columns,
    "jacobian of grad": lambda f, x: mg.jacobian(mg.grad(f))(x),
    "grad of each partial": lambda f, x: mnp.stack([mg.grad(lambda x, i=i: mg.grad(f)(x)[i])(x) for i in range(3)]),
    "recorded off the kink": lambda f, x: mg.trace(mg.hessian(f))(x + mnp.asarray(V))(x),
    "recorded at the kink": lambda f, x: mg.trace(mg.hessian(f))(x)(x),
    "grad of a directional derivative": lambda f, x: mnp.stack(
        [mg.grad(lambda x, e=e: mnp.sum(mg.grad(f)(x) * mnp.asarray(e)))(x) for e in np.eye(3)]
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", AT_ZERO)
def test_hessians_at_a_smoothed_kink(name, way):
    f, expected = AT_ZERO[name]
    found = WAYS[way](f, mnp.zeros(3))
    np.testing.assert_allclose(mg.to_numpy(found), expected, atol=1e-14)


@pytest.mark.parametrize("name", AT_ZERO)
def test_gradients_there_are_zero_and_of_the_arguments_dtype(name):
    f = AT_ZERO[name][0]
    value, gradient = mg.value_and_grad(f)(mnp.zeros(3))
    np.testing.assert_array_equal(mg.to_numpy(gradient), np.zeros(3))
    assert not any(type(leaf).__name__ == "Tracer" for leaf in (value, gradient))  # no displacement leaves the tape
    narrow = mnp.zeros(3, dtype="float32")
    if "weighted" not in name and "linear" not in name:
        assert dtype_name(mg.hessian(f)(narrow).dtype) == "float32"


@pytest.mark.parametrize("at", [(0.0, 2.0), (2.0, 0.0), (0.0, 0.0)])
def test_two_kinks_are_displaced_apart(at):
    """|x|^2 |y|^2 + |x|^2 + |y|^2: each kink's direction is its own."""
    f = lambda x, y: mnp.abs(x) ** 2 * mnp.abs(y) ** 2 + mnp.abs(x) ** 2 + mnp.abs(y) ** 2
    x, y = map(mnp.asarray, at)
    second = lambda i, j: float(mg.grad(lambda *z: mg.grad(f, i)(*z), j)(x, y))
    a, b = at
    assert [second(0, 0), second(0, 1), second(1, 0), second(1, 1)] == [2 * b * b + 2, 4 * a * b, 4 * a * b, 2 * a * a + 2]


@pytest.mark.parametrize("norm", [norm, mg.PRIMITIVES["norm"]], ids=["function", "primitive"])
def test_rows_of_zeros_among_others(norm):
    """The primitive's axes are gone unless it is told to keep them."""
    rows = np.array([[0.0, 0.0], [3.0, 4.0]])
    f = lambda x: mnp.sum(norm(x, axis=1) ** 2 * mnp.asarray([1.0, 10.0]))
    found = mg.to_numpy(mg.hessian(f)(mnp.asarray(rows)))
    np.testing.assert_allclose(found.reshape(4, 4), np.diag([2.0, 2.0, 20.0, 20.0]), atol=1e-12)


def test_off_the_kink_nothing_is_changed():
    x = mnp.asarray(V)
    for name, (f, _) in AT_ZERO.items():
        if name not in ("cosh of a norm", "std(x) ** 2"):
            mg.check_grads(f, (x,), order=2)


def test_a_displacement_lies_between_its_tape_and_what_was_there_before():
    """Above every transformation that began earlier, below the tape, and later ones above earlier ones."""
    earlier, tape = new_level(), Tape()
    assert tape.level - 1 == earlier
    levels = [Displacement(tape, object()).level for _ in range(5)]
    assert levels == sorted(set(levels)) and earlier < levels[0] and levels[-1] < tape.level
    assert tape.displacements == 5


def test_what_is_inside_of_a_traced_value_from_the_latest_transformation_to_the_array():
    x = mnp.asarray(0.0)
    seen = []

    def inner(y):
        seen.extend(inside_of(y))
        return y

    mg.grad(lambda z: mg.grad(inner)(z))(x)
    assert len(seen) == 2 and type(seen[0]) is Tracer and seen[1] is x
    assert inside_of(x) == []


def test_where_no_second_derivative_is_asked_for_nothing_is_displaced():
    """And where nothing is zero, even if one is."""
    made = []

    def f(x):
        y = norm(x)
        made.append(y.owner.displacements)
        return y**2

    mg.grad(f)(mnp.zeros(3))
    mg.hvp(f)(mnp.asarray(V), mnp.ones(3))
    assert made == [0, 0]
    mg.hvp(f)(mnp.zeros(3), mnp.ones(3))
    assert made[2] > 0

"""Every mistake is answered with what was wrong and the line to write instead."""

import operator

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff import Example, elementwise, linear, multilinear, reduction


def under_grad(f, x=None):
    """Run ``f`` on a traced vector."""
    x = mnp.asarray([1.0, 2.0, 3.0]) if x is None else x
    return mg.grad(lambda x: mnp.sum(f(x)))(x)


# -- what leaves the trace -----------------------------------------------------------------------------------


def test_in_place_assignment():
    def f(x):
        x[0] = 1.0
        return x

    with pytest.raises(TypeError, match=r"in-place assignment.*float64\[3\].*mnp\.where.*mnp\.index_add"):
        under_grad(f)


def test_in_place_assignment_into_a_plain_array(on_numpy):
    def f(x):
        y = np.zeros(3)
        y[:] = x
        return y

    with pytest.raises(TypeError, match=r"turning it into a NumPy array.*mnp\.stack"):
        under_grad(f, np.ones(3))

    def g(x):
        y = np.zeros(3)
        y[0] = x[0]
        return y

    for transformed in (under_grad, lambda f, x: mg.jvp(f, (x,), (x,)), lambda f, x: mg.compile(f)(x)):
        with pytest.raises(TypeError, match=r"storing it in an array \(array\[i\] = traced\)") as caught:
            transformed(g, np.ones(3))
        assert isinstance(caught.value.__cause__, ValueError)  # NumPy's, whose traceback has the line


def test_storing_a_traced_number_in_an_array_of_any_library():
    def f(x):
        y = mnp.zeros(3)
        y[0] = x[0]
        return mnp.sum(y)

    x = mnp.ones(3)
    for transformed in (lambda: mg.grad(f)(x), lambda: mg.hvp(f)(x, x), lambda: mg.compile(mg.grad(f))(x)):
        with pytest.raises(TypeError, match=r"array\[i\] = traced"):
            transformed()


def test_adding_a_traced_array_to_a_plain_one_in_place(on_numpy):
    def f(x):
        y = np.zeros(3)
        y += x
        return y

    with pytest.raises(TypeError, match=r"np\.add was asked to write a traced value into an existing array"):
        under_grad(f, np.ones(3))


def test_adding_to_a_traced_array_in_place_makes_a_new_one():
    def f(x):
        y = x
        y += 1.0  # rebinds y; x is as it was
        return x * y

    np.testing.assert_allclose(mg.to_numpy(under_grad(f)), [3.0, 5.0, 7.0])


@pytest.mark.parametrize(
    ("leave", "name"),
    [
        (lambda x: float(x[0]), r"float\(\)"),
        (lambda x: int(x[0]), r"int\(\)"),
        (lambda x: complex(x[0]), r"complex\(\)"),
        (lambda x: np.array(x), "np.array"),
        (lambda x: np.asarray(x), "np.asarray"),
        (lambda x: np.array([x[0], x[1]]), "np.array"),
        (lambda x: x[0].item(), r"\.item\(\)"),
        (lambda x: x.tolist(), r"\.tolist\(\)"),
        (lambda x: range(x[0]), "an index or a length"),
        (lambda x: [1, 2, 3][x[0]], "an index or a length"),
    ],
)
def test_leaving_the_trace(leave, name):
    with pytest.raises(TypeError, match=f"{name}.*out of the transformation.*stop_gradient"):
        under_grad(lambda x: mnp.sum(x) * leave(x))


def test_stop_gradient_is_the_way_out():
    def f(x):
        assert float(mg.to_numpy(mg.stop_gradient(x)[0, ...])) == 1.0
        return x

    under_grad(f)


def test_to_numpy_of_a_traced_array_says_the_same():
    with pytest.raises(TypeError, match="stop_gradient"):
        under_grad(lambda x: mg.to_numpy(x))


def test_a_traced_array_is_not_hashable():
    with pytest.raises(TypeError, match="unhashable"):
        under_grad(lambda x: {x: 1})


# -- what may be differentiated ------------------------------------------------------------------------------


@pytest.mark.parametrize("transformation", [mg.grad, mg.value_and_grad, mg.hessian])
def test_an_output_that_is_not_a_scalar(transformation):
    with pytest.raises(TypeError, match=r"scalar.*float64\[3\].*mnp\.sum or.*has_aux=True.*mg\.jacobian"):
        transformation(lambda x: x * 2.0)(mnp.asarray([1.0, 2.0, 3.0]))


def test_an_output_that_is_a_tree():
    with pytest.raises(TypeError, match=r"scalar.*a tree of 2 arrays.*has_aux"):
        mg.grad(lambda x: (x, x))(1.0)


def test_an_output_that_is_nothing():
    with pytest.raises(TypeError, match="scalar"):
        mg.grad(lambda x: None)(1.0)


def test_an_integer_output():
    with pytest.raises(TypeError, match="real-valued"):
        mg.grad(lambda x: mnp.argmax(x))(mnp.asarray([1.0, 2.0]))


@pytest.mark.parametrize(
    ("bad", "name"),
    [(3, "int"), ([1, 2], "int"), (True, "bool"), ("text", "str")],
    ids=["int", "list", "bool", "str"],
)
def test_an_input_that_is_not_floating_point(bad, name):
    for asked, run in {
        "grad": lambda: mg.grad(lambda x: 1.0)(bad),
        "jacobian": lambda: mg.jacobian(lambda x: 1.0)(bad),
        "vjp": lambda: mg.vjp(lambda x: 1.0, bad),
        "jvp": lambda: mg.jvp(lambda x: 1.0, (bad,), (bad,)),
        "check_grads": lambda: mg.check_grads(lambda x: 1.0, (bad,)),
    }.items():
        with pytest.raises(TypeError, match=rf"^{asked} was given .*{name}.*no derivative.*floating-point.*argnums"):
            run()


def test_an_integer_array():
    with pytest.raises(TypeError, match=r"int64\[2\].*no derivative.*floating-point"):
        mg.grad(mnp.sum)(mnp.asarray([1, 2]))


def test_a_complex_result():
    with pytest.raises(TypeError, match=r"real-valued.*complex128"):
        mg.grad(lambda z: z)(1j)
    with pytest.raises(TypeError, match=r"complex128\[2\].*mnp.real\(y\)"):
        mg.jacobian(lambda x: x * 1j)(mnp.asarray([1.0, 2.0]))


def test_argnums_out_of_range():
    with pytest.raises(ValueError, match=r"argnums names argument 2 and the function was called with 1"):
        mg.grad(lambda x: x, argnums=2)(1.0)
    with pytest.raises(ValueError, match="argnums"):
        mg.grad(lambda x: x, argnums="x")(1.0)


def test_has_aux_without_a_pair():
    with pytest.raises(TypeError, match=r"has_aux=True.*pair"):
        mg.grad(lambda x: x * 1.0, has_aux=True)(1.0)


def test_tangents_and_cotangents_must_fit():
    x = mnp.asarray([1.0, 2.0])
    with pytest.raises(ValueError, match=r"tangent has shape \(3,\).*\(2,\)"):
        mg.jvp(lambda x: x, (x,), (mnp.zeros(3),))
    with pytest.raises(ValueError, match="structure"):
        mg.jvp(lambda x: x, (x,), ((x, x),))
    with pytest.raises(TypeError, match="tuples"):
        mg.jvp(lambda x: x, x, x)
    _, pullback = mg.vjp(lambda x: x * 2.0, x)
    with pytest.raises(ValueError, match=r"cotangent has shape \(3,\).*\(2,\)"):
        pullback(mnp.zeros(3))
    with pytest.raises(ValueError, match="structure"):
        pullback((x, x))


# -- shapes and libraries ------------------------------------------------------------------------------------

MISMATCHES = {
    "add": lambda x, y: x + y,
    "multiply": lambda x, y: x * y,
    "maximum": lambda x, y: mnp.maximum(x, y),
    "matmul": lambda x, y: x @ y,
    "dot": lambda x, y: mnp.dot(x, y),
    "where": lambda x, y: mnp.where(x > 0, x, y),
    "concatenate": lambda x, y: mnp.concatenate([x, y]),
    "stack": lambda x, y: mnp.stack([x, y]),
    "tensordot": lambda x, y: mnp.tensordot(x, y, 1),
    "solve": lambda x, y: mnp.linalg.solve(mnp.eye(3) * mnp.sum(x), y),
}


@pytest.mark.parametrize("traced", [False, True], ids=["plain", "traced"])
@pytest.mark.parametrize("name", MISMATCHES)
def test_a_shape_mismatch_names_the_operation_and_both_shapes(name, traced):
    f = MISMATCHES[name]
    x, y = mnp.ones((2, 3)), mnp.ones((4, 5))
    with pytest.raises(ValueError) as caught:
        if traced:
            mg.grad(lambda x: mnp.sum(f(x, y)))(x)
        elif name in ("add", "multiply", "matmul"):  # the operator of a plain array is not ours
            mg.PRIMITIVES[name](x, y)
        else:
            f(x, y)
    text = str(caught.value)
    assert name in text
    assert "4,5" in text.replace(" ", "")
    assert ("3,3" if name == "solve" else "2,3") in text.replace(" ", "")


@pytest.mark.parametrize("operation", [operator.add, operator.mul, operator.matmul, mnp.add, mnp.dot, mnp.maximum])
@pytest.mark.parametrize("traced", [False, True], ids=["plain", "traced"])
def test_two_libraries_in_one_operation(operation, traced):
    if not traced and operation.__module__ == "_operator":
        operation = {operator.add: mnp.add, operator.mul: mnp.multiply, operator.matmul: mnp.matmul}[operation]
    with mg.use("numpy"):
        ours = mnp.ones((2, 2))
    with mg.use("strict"):
        theirs = mnp.ones((2, 2))
    for x, y in ((ours, theirs), (theirs, ours)):
        with pytest.raises(TypeError, match=r"two libraries") as caught:
            if traced:
                mg.grad(lambda x, y=y: mnp.sum(operation(x, y)))(x)
            else:
                operation(x, y)
        assert "numpy" in str(caught.value)
        assert "array_api_strict" in str(caught.value)
        assert "mg.to_numpy" in str(caught.value)


# -- functions without a rule --------------------------------------------------------------------------------


def test_a_numpy_function_without_a_rule():
    for f, name, why in (
        (np.unique, "unique", "which values are equal"),
        (np.histogramdd, "histogramdd", "bincount"),
        (np.real_if_close, "real_if_close", r"mnp\.real"),
        (lambda x: np.may_share_memory(x, x), "may_share_memory", "how memory lies"),
    ):
        with pytest.raises(TypeError, match=rf"numpy\.{name} does not take a traced array: .*{why}"):
            under_grad(f, mnp.ones((3, 3)))


def test_a_ufunc_without_a_rule():
    with pytest.raises(TypeError, match=r"nextafter does not take a traced array: .*next"):
        under_grad(lambda x: np.nextafter(x, 1.0))
    with pytest.raises(TypeError, match=r"np\.add\.accumulate has no derivative rule"):
        under_grad(np.add.accumulate)


def test_a_function_of_the_namespace_without_a_rule():
    assert callable(mnp.union1d)
    with pytest.raises(TypeError, match=r"minigan\.numpy\.union1d does not take a traced array: .*mnp\.take"):
        under_grad(lambda x: mnp.union1d(x, [1.0]))
    with pytest.raises(AttributeError, match="no_such_function"):
        mnp.no_such_function  # noqa: B018


def test_sorting_in_place():
    with pytest.raises(TypeError, match=r"mnp\.sort"):
        under_grad(lambda x: x.sort())


def test_length_and_iteration_of_a_number():
    with pytest.raises(TypeError, match="0-d"):
        mg.grad(lambda x: len(x))(1.0)
    with pytest.raises(TypeError, match="0-d"):
        mg.grad(lambda x: sum(x))(1.0)


def test_registering_a_name_twice():
    with pytest.raises(ValueError, match=r"'exp' is registered already; .* mg.PRIMITIVES.pop\('exp'\)"):
        elementwise("exp", lambda g, out, x: g)


def _product(xp, x, y):
    return x * y


@pytest.mark.parametrize(
    ("register", "told"),
    [
        (
            lambda: elementwise("own", lambda g, x: g),
            r"the only rule of the primitive 'own' takes \(g, x\), and is called with \(g, out, x\): state as many rules",
        ),
        (
            lambda: elementwise("own", lambda g, out, x, y: g * y, library=_product),
            r"takes \(g, out, x, y\), and is called with \(g, out, x\): state as many rules as there are arguments",
        ),
        (
            lambda: elementwise("own", lambda g, out, x, y: g * y, lambda g, out, x: g, library=_product),
            r"rule 2 of 2 of the primitive 'own' takes \(g, out, x\), and is called with \(g, out, x, y\)",
        ),
        (
            lambda: elementwise("own", lambda g, out, *x: g, library=_product),
            r"the library function of the primitive 'own' takes \(xp, x, y\), and is called with \(xp, x\)",
        ),
        (
            lambda: elementwise("own", lambda g, out, x: g, library=lambda x: 2.0 * x),
            r"takes \(x\), and is called with \(xp, x\): xp is the array library",
        ),
        (lambda: elementwise("own", 2.0), "the only rule of the primitive 'own' must be a function, and is 2.0"),
        (
            lambda: reduction("own", lambda x: x, library=lambda xp, x, axis=None, keepdims=False: x),
            r"the partial derivative of the primitive 'own' takes \(x\), and is called with \(out, x, axis=...\)",
        ),
        (
            lambda: linear("own", lambda g: g, library=lambda xp, x: x, examples=[Example(((3,),))]),
            r"the transpose of the primitive 'own' takes \(g\), and is called with \(g, x\)",
        ),
        (
            lambda: multilinear("own", lambda g, x, y: g, library=_product, examples=[Example(((3,), (3,)))]),
            r"the transpose of the primitive 'own' takes \(g, x, y\), and is called with \(position, g, x, y\)",
        ),
    ],
)
def test_a_primitive_whose_functions_take_something_else_is_not_registered(register, told):
    with pytest.raises(ValueError, match=told):
        register()
    assert "own" not in mg.PRIMITIVES


def test_a_primitive_that_no_library_has_says_how_to_state_it():
    own = elementwise("own", lambda g, out, x: g)
    try:
        with pytest.raises(NotImplementedError, match=r"'own' cannot run: .* no function 'own'; state library="):
            own(mnp.asarray(1.0))
    finally:
        del mg.PRIMITIVES["own"]


def test_rules_may_take_static_parameters_and_any_number_of_arguments():
    """As leaky_relu does; a ``*`` says nothing of how many arguments there are."""
    try:
        scaled = elementwise(
            "own",
            lambda g, out, *args, factor: g * factor,
            library=lambda xp, x, factor: factor * x,
            examples=[Example(((3,),), {"factor": 3.0})],
        )
        assert float(mg.grad(lambda x: scaled(x, factor=5.0))(2.0)) == 5.0
    finally:
        mg.PRIMITIVES.pop("own", None)


def test_jacobians_of_every_kind_of_result():
    x, y = mnp.asarray([1.0, 2.0]), mnp.asarray([3.0, 4.0])
    in_x, in_y = mg.jacobian(lambda x, y: x * y, (0, 1))(x, y)
    assert mg.to_numpy(in_x).tolist() == [[3.0, 0.0], [0.0, 4.0]]
    assert mg.to_numpy(in_y).tolist() == [[1.0, 0.0], [0.0, 2.0]]
    assert mg.jacobian(lambda x: x[:0])(x).shape == (0, 2)
    assert mg.to_numpy(mg.jacobian(lambda x: 3.0)(x)).tolist() == [0.0, 0.0]
    assert mg.to_numpy(mg.jacobian(lambda x: mnp.ones(2))(x)).tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("f", [lambda x: mnp.flip(x, 0), mnp.diff, mnp.unstack, lambda x: mnp.moveaxis(x, 0, 0),
                               lambda x: mnp.squeeze(x, 0)])  # fmt: skip
def test_axes_of_a_number(f):
    with pytest.raises(ValueError, match=r"axis -?[01] is out of bounds for array of dimension 0"):
        mg.vjp(f, mnp.asarray(1.0))

"""What may enter and leave a transformation: numbers, arrays of every width and library, and refusals that tell."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.backend import dtype_name
from tests.elsewhere import READ

# -- the scalar that is differentiated -----------------------------------------------------------------------------

ONE_NUMBER = {"a number": (), "a vector of one": (1,), "a matrix of one": (1, 1), "many axes of one": (1, 1, 1)}


@pytest.mark.parametrize("shape", ONE_NUMBER.values(), ids=ONE_NUMBER)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_number_of_whatever_shape_is_differentiated(shape, dtype):
    x = mnp.asarray(np.full(shape, 3.0), dtype=dtype)
    value, gradient = mg.value_and_grad(lambda x: x * x)(x)
    assert (value.shape, gradient.shape) == (shape, shape)
    assert float(mnp.sum(gradient)) == 6.0
    assert {dtype_name(value.dtype), dtype_name(gradient.dtype)} == {dtype}


MORE_OR_LESS = {
    r"float64\[2\]": lambda x: mnp.stack([x, x]),
    r"float64\[1,2\]": lambda x: mnp.stack([x, x])[None, :],
    r"float64\[2,1\]": lambda x: mnp.stack([x, x])[:, None],
    r"float64\[0\]": lambda x: mnp.stack([x])[:0],
    "a tree of 1 arrays": lambda x: [x],
    "a tree of 2 arrays": lambda x: {"a": x, "b": (None, x)},
    "a tree of 0 arrays": lambda x: None,
    "'text'": lambda x: "text",
    "3": lambda x: 3,
}


@pytest.mark.parametrize("told", MORE_OR_LESS)
def test_anything_else_is_refused_and_described(told):
    with pytest.raises(TypeError, match=rf"^grad differentiates a scalar and the function returned {told}: reduce it"):
        mg.grad(MORE_OR_LESS[told])(1.0)


@pytest.mark.parametrize(
    ("told", "f"),
    [
        (r"int64\[\]", lambda x: mnp.argmax(x)),
        (r"bool\[\]", lambda x: mnp.all(x > 0.0)),
        (r"complex128\[\]", lambda x: 1j * mnp.sum(x)),
    ],
)
def test_a_scalar_that_is_no_real_number_is_refused_and_described(told, f):
    with pytest.raises(TypeError, match=rf"^grad needs a real-valued function, and it returned {told}$"):
        mg.grad(f)(mnp.asarray([1.0, 2.0]))


# -- inputs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [3, True, "text", 2**70], ids=repr)
def test_an_unfit_input_is_shown_with_its_type(bad):
    with pytest.raises(TypeError, match=rf"^grad was given {bad!r} of type {type(bad).__name__}, which has no derivative"):
        mg.grad(lambda x: 1.0)(bad)


@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.__name__)
def test_arrays_of_other_libraries_are_to_be_brought_over(kind):
    for transformation, run in {
        "grad": lambda x: mg.grad(mnp.sum)(x),
        "jvp": lambda x: mg.jvp(mnp.sum, (x,), (x,)),
        "check_grads": lambda x: mg.check_grads(mnp.sum, (x,)),
    }.items():
        told = rf"^{transformation} was given a \w+\.{kind.__name__}.*, and derivatives are .* mnp\.asarray\(x\)$"
        with pytest.raises(TypeError, match=told):
            run(kind(np.ones(3)))


def test_numbers_are_arrays_of_the_backend():
    for x in (2.0, 2.0 + 0.0j):
        y, dy = mg.jvp(lambda x: x * x, (x,), (3.0 * x,))
        (g,) = mg.vjp(lambda x: x * x, x)[1](x)
        assert all(mg.backend.backend_of_type(type(part)) is not None for part in (y, dy, g))
        assert complex(mg.to_numpy(y)) == 4.0 and complex(mg.to_numpy(dy)) == 24.0 and complex(mg.to_numpy(g)) == 8.0


def test_complex_numbers_are_cotangents_and_tangents_as_they_are():
    assert complex(mg.to_numpy(mg.jvp(lambda z: z * z, (1j,), (2j,))[1])) == -4.0
    assert complex(mg.to_numpy(mg.vjp(lambda z: z * z, 1j)[1](2j)[0])) == -4.0


# -- cotangents and tangents ---------------------------------------------------------------------------------------

DTYPES = ("float32", "float64")


@pytest.mark.parametrize("given", DTYPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_cotangents_and_tangents_take_the_dtype_of_what_they_belong_to(dtype, given):
    """Even of the identity, which passes on what it gets; as an array, as a number, and in a tree."""
    x, g = mnp.asarray([1.0, 2.0], dtype=dtype), mnp.asarray([3.0, 4.0], dtype=given)
    for f, cotangent in ((lambda x: x, g), (lambda x: (x, {"a": 2.0 * x}), (g, {"a": g})), (lambda x: x[0], 5.0)):
        (found,) = mg.vjp(f, x)[1](cotangent)
        assert dtype_name(found.dtype) == dtype
    _, dy = mg.jvp(lambda x: x, (x,), (g,))
    assert dtype_name(dy.dtype) == dtype and mg.to_numpy(dy).tolist() == [3.0, 4.0]
    scalar = mnp.asarray(2.0, dtype=dtype)
    assert dtype_name(mg.jvp(lambda x: x, (scalar,), (1.0,))[1].dtype) == dtype


@pytest.mark.parametrize(("narrow", "wide"), [("complex64", "complex128"), ("complex128", "complex64")])
def test_cotangents_of_complex_arguments_keep_their_imaginary_part(narrow, wide):
    x, y = mnp.asarray([1.0 + 2.0j], dtype=narrow), mnp.asarray([0.5 - 1.0j], dtype=wide)
    found = mg.vjp(lambda x, y: x * y, x, y)[1](mnp.ones(1, dtype="complex128"))
    assert [dtype_name(g.dtype) for g in found] == [narrow, wide]
    assert [mg.to_numpy(g).tolist() for g in found] == [[0.5 - 1.0j], [1.0 + 2.0j]]


@pytest.mark.filterwarnings("error")
def test_of_a_complex_cotangent_of_a_real_result_the_real_part_counts():
    x = mnp.asarray([1.0, 2.0])
    (found,) = mg.vjp(lambda x: x, x)[1](mnp.asarray([1.0 + 5.0j, 2.0 - 1.0j]))
    assert dtype_name(found.dtype) == "float64" and mg.to_numpy(found).tolist() == [1.0, 2.0]


def test_results_that_are_numbers_take_a_cotangent_and_give_none():
    y, pullback = mg.vjp(lambda x: (x * x, 1.0), mnp.asarray(3.0))
    assert float(pullback((2.0, 5.0))[0]) == 12.0
    (y, one), (dy, none) = mg.jvp(lambda x: (x * x, 1.0), (3.0,), (2.0,))
    assert [float(part) for part in (y, one, dy, none)] == [9.0, 1.0, 12.0, 0.0]
    with pytest.raises(ValueError, match=r"the cotangent has shape \(2,\) and what it belongs to \(\)"):
        pullback((2.0, mnp.ones(2)))


def test_a_number_is_a_cotangent_in_the_library_of_the_value():
    with mg.use("strict"):
        y, pullback = mg.vjp(lambda x: x * x, mnp.asarray(3.0))
    with mg.use("numpy"):
        (found,) = pullback(2.0)
    assert type(found) is type(y) and float(found) == 12.0


def test_misfits_are_refused_with_both_structures_and_both_shapes():
    x = mnp.asarray([1.0, 2.0])
    pullback = mg.vjp(lambda x: (x, [x]), x)[1]
    for g, told in (
        (x, r"the cotangent has the structure \* and the function's value \(\*, \[\*\]\)"),
        ((x, x), r"the cotangent has the structure \(\*, \*\) and the function's value \(\*, \[\*\]\)"),
        ((x, [mnp.ones(3)]), r"the cotangent has shape \(3,\) and what it belongs to \(2,\)"),
        ((1.0, [x]), r"the cotangent has shape \(\) and what it belongs to \(2,\)"),
    ):
        with pytest.raises(ValueError, match=f"^{told}$"):
            pullback(g)
    with pytest.raises(ValueError, match=r"^the tangents have the structure \(\*, \*\) and the primals \(\*,\)$"):
        mg.jvp(lambda x: x, (x,), (x, x))
    with pytest.raises(ValueError, match=r"^the tangent has shape \(3,\) and what it belongs to \(2,\)$"):
        mg.jvp(lambda x: x, (x,), (mnp.ones(3),))
    with pytest.raises(ValueError, match=r"^the cotangent has shape \(3,\) and what it belongs to \(2,\)$"):
        mg.vjp(lambda x: x, x)[1](mnp.ones(3))


@pytest.mark.parametrize(("primals", "tangents"), [(1.0, (1.0,)), ((1.0,), 1.0), (1.0, 1.0)])
def test_jvp_takes_tuples_or_lists(primals, tangents):
    with pytest.raises(TypeError, match=r"^jvp takes tuples"):
        mg.jvp(lambda x: x, primals, tangents)
    assert float(mg.jvp(lambda x: x * x, [3.0], [1.0])[1]) == float(mg.jvp(lambda x: x * x, (3.0,), [1.0])[1]) == 6.0


# -- what is returned beside the value ------------------------------------------------------------------------------


def with_aux(x):
    return mnp.sum(x * x), {"twice": 2.0 * x, "number": 7}


def test_has_aux_returns_what_the_function_returned_beside():
    x = mnp.asarray([1.0, 3.0])
    t = mnp.ones(2)
    y, pullback, first = mg.vjp(with_aux, x, has_aux=True)
    z, dy, second = mg.jvp(with_aux, (x,), (t,), has_aux=True)
    gradient, third = mg.grad(with_aux, has_aux=True)(x)
    (value, fourth), again = mg.value_and_grad(with_aux, has_aux=True)(x)
    assert float(y) == float(z) == float(value) == 10.0 and float(dy) == 8.0
    for g in (pullback(1.0)[0], gradient, again):
        assert mg.to_numpy(g).tolist() == [2.0, 6.0]
    for aux in (first, second, third, fourth):
        assert mg.to_numpy(aux["twice"]).tolist() == [2.0, 6.0] and aux["number"] == 7
        assert type(aux["twice"]) is type(x)  # no tracer leaves


def test_without_has_aux_a_pair_is_a_tree_like_another():
    x = mnp.asarray([1.0, 3.0])
    f = lambda x: (mnp.sum(x), 2.0 * x)
    assert len(mg.vjp(f, x)) == len(mg.jvp(f, (x,), (x,))) == 2
    assert mg.to_numpy(mg.vjp(f, x)[1]((1.0, x))[0]).tolist() == [3.0, 7.0]
    for transformation in (mg.grad, mg.value_and_grad):
        with pytest.raises(TypeError, match="a tree of 2 arrays"):
            transformation(f)(x)


@pytest.mark.parametrize("inner", ["forward", "reverse"])
@pytest.mark.parametrize("outer", ["forward", "reverse"])
def test_aux_of_an_inner_transformation_is_differentiated_by_the_outer(inner, outer):
    """aux = x y^2 beside the derivative 2 x y in y at y = x: their sum x^3 + 2 x^2 has the slope 3 x^2 + 4 x."""

    def f(x):
        g = lambda y: (x * y * y, x * y * y)
        if inner == "reverse":
            slope, aux = mg.grad(g, has_aux=True)(x)
        else:
            _, slope, aux = mg.jvp(g, (x,), (mnp.ones_like(x),), has_aux=True)
        return aux + slope

    x = mnp.asarray(2.0)
    found = mg.grad(f)(x) if outer == "reverse" else mg.jvp(f, (x,), (mnp.ones_like(x),))[1]
    assert float(found) == 20.0


@pytest.mark.parametrize(
    "returned", [lambda x: x, lambda x: [x, x], lambda x: (x,), lambda x: (x, x, x)], ids=["one", "list", "1", "3"]
)
def test_has_aux_wants_a_pair_and_shows_what_there_was(returned):
    for run in (
        lambda: mg.grad(returned, has_aux=True)(1.0),
        lambda: mg.vjp(returned, 1.0, has_aux=True),
        lambda: mg.jvp(returned, (1.0,), (1.0,), has_aux=True),
    ):
        told = r"must return a pair \(value, aux\), and returned [\[(]?<\w+ tracer float64\[\]>"
        with pytest.raises(TypeError, match=told):
            run()


# -- the functions that are returned --------------------------------------------------------------------------------


def documented(x, y=0.0):
    """Of the function."""
    return mnp.sum(x * x) + y


documented.mark = "of the function"
TRANSFORMED = {
    "grad": mg.grad,
    "value_and_grad": mg.value_and_grad,
    "jacobian": mg.jacobian,
    "hessian": mg.hessian,
    "hvp": mg.hvp,
}


@pytest.mark.parametrize("name", TRANSFORMED)
def test_a_derivative_has_the_name_of_its_function_and_nothing_else_of_it(name):
    found = TRANSFORMED[name](documented)
    assert (found.__name__, found.__qualname__, found.__module__) == ("documented", "documented", __name__)
    assert found.__doc__ is None and not hasattr(found, "mark")


def test_a_function_with_a_rule_of_its_own_keeps_its_documentation():
    found = mg.custom_vjp(documented, lambda g, y, x: g * x)
    assert (found.__name__, found.__module__, found.__doc__) == ("documented", __name__, "Of the function.")
    assert not hasattr(found, "mark")


def test_what_is_no_function_is_refused_at_once():
    for name, transform in TRANSFORMED.items():
        with pytest.raises(TypeError, match=r"^what is differentiated is a function, called with \(arrays\), and was 3"):
            transform(3)
        assert name
    for run in (lambda: mg.vjp(3, 1.0), lambda: mg.jvp(3, (1.0,), (1.0,))):
        with pytest.raises(TypeError, match=r"^what is differentiated is a function, called with \(arrays\), and was 3"):
            run()
    with pytest.raises(TypeError, match=r"^what is traced is a function, called with \(arrays\), and was 3"):
        mg.trace(3)
    with pytest.raises(TypeError, match=r"^the function of custom_vjp is a function, called with \(\*args\), and was 3"):
        mg.custom_vjp(3, lambda g, y, x: g)
    with pytest.raises(TypeError, match=r"^the rule of custom_vjp is a function, called with \(g, y, \*args\), and was 3"):
        mg.custom_vjp(lambda x: x, 3)


# -- argnums --------------------------------------------------------------------------------------------------------


def weighted(x, y, z):
    return x + 10.0 * y + 100.0 * z


AT = (1.0, 2.0, 3.0)
OVER_ARGNUMS = {
    "grad": lambda argnums: mg.grad(weighted, argnums)(*AT),
    "value_and_grad": lambda argnums: mg.value_and_grad(weighted, argnums)(*AT)[1],
    "jacobian": lambda argnums: mg.jacobian(weighted, argnums)(*AT),
}


@pytest.mark.parametrize("name", OVER_ARGNUMS)
def test_argnums_count_from_both_ends(name):
    run = OVER_ARGNUMS[name]
    for position in range(-3, 3):
        for form in (position, np.int64(position)):
            assert float(run(form)) == 10.0 ** (position % 3)
    for several in ((2, 0), [2, 0], (-1, -3)):
        found = run(several)
        assert isinstance(found, tuple) and [float(g) for g in found] == [100.0, 1.0]
    found = run((1,))
    assert isinstance(found, tuple) and [float(g) for g in found] == [10.0]


@pytest.mark.parametrize("name", OVER_ARGNUMS)
@pytest.mark.parametrize("wrong", [3, -4, 7, True, False, 0.0, "x", None], ids=repr)
def test_argnums_that_name_no_argument_are_refused(name, wrong):
    for argnums in (wrong, (0, wrong)):
        with pytest.raises(ValueError, match=rf"^argnums names argument {wrong!r} and the function was called with 3$"):
            OVER_ARGNUMS[name](argnums)


def test_keywords_reach_the_function():
    f = lambda x, *, scale=1.0: scale * x * x
    assert float(mg.grad(f)(3.0, scale=2.0)) == float(mg.value_and_grad(f)(3.0, scale=2.0)[1]) == 12.0
    assert float(mg.jacobian(f)(3.0, scale=2.0)) == float(mg.jacobian(f, (0,))(3.0, scale=2.0)[0]) == 12.0
    assert float(mg.hessian(f)(3.0, scale=2.0)) == 4.0


# -- Jacobians ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_empty_result_has_an_empty_jacobian_in_the_argument_s_dtype(dtype):
    x = {"a": mnp.ones((3, 2), dtype=dtype), "b": mnp.asarray(1.0, dtype=dtype)}
    found = mg.jacobian(lambda x: x["a"][:0])(x)
    assert [found[key].shape for key in "ab"] == [(0, 2, 3, 2), (0, 2)]
    assert {dtype_name(block.dtype) for block in found.values()} == {dtype}
    of_a_number = mg.jacobian(lambda x: mnp.stack([x, x])[:0])(2.0)
    assert of_a_number.shape == (0,)


def test_jacobians_of_complex_functions_are_asked_for_in_complex_arguments():
    z, x = mnp.asarray([1.0j, 2.0]), mnp.asarray([1.0, 2.0])
    np.testing.assert_array_equal(mg.to_numpy(mg.jacobian(lambda z: z * z)(z)), np.diag([2.0j, 4.0]))
    assert mg.jacobian(lambda z: mnp.real(z))(z).shape == (2, 2)
    for told, f, argument in (
        (r"complex128\[2\]", lambda x: x * 1j, x),
        (r"complex128\[\]", lambda x: x * 1j, 2.0),
        (r"complex128\[2\]", lambda p: p[0] * p[1], (z, x)),
        (r"complex128\[\]", lambda p: (mnp.sum(p), mnp.sum(p) * 1j), x),
    ):
        with pytest.raises(TypeError, match=rf"^jacobian in a real argument of a function that returned {told}: return"):
            mg.jacobian(f)(argument)

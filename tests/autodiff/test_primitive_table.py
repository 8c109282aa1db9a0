"""How operations enter the table, and what the table then says and does: whatever their derivative is."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff import Example, composed, constant, differential, elementwise, linear, multilinear, reduction
from minigan.autodiff.primitive import ones_like, place_of, places_of, zeros_like
from minigan.backend import dtype_name
from minigan.testing import example_arguments

LIBRARY_PRIMITIVES = [p for p in mg.PRIMITIVES.values() if not p.name.startswith("test_")]
ONE, TWO = Example(((3,),)), Example(((3,), (3,)))


@pytest.fixture
def own():
    """``own(register, ...)`` registers a primitive called "own", gone after the test."""

    def make(register, *args, **keywords):
        mg.PRIMITIVES.pop("own", None)
        return register("own", *args, **keywords)

    yield make
    mg.PRIMITIVES.pop("own", None)


# -- what the table says --------------------------------------------------------------------------------------------

# for each way to register x -> 2 x (or x y): its arguments, and what the table then says of it
WAYS = {
    "elementwise": (elementwise, (lambda g, out, x: 2.0 * g,), {}, (0,)),
    "reduction": (reduction, (lambda out, x, **_: 2.0 + 0.0 * x,), {}, (0,)),
    "linear": (linear, (lambda g, x: 2.0 * g,), {"examples": [ONE]}, (0,)),
    "multilinear": (multilinear, (lambda position, g, x: 2.0 * g,), {"examples": [ONE]}, "all"),
    "differential": (differential, (lambda t, out, args, params: 2.0 * t[0],), {"examples": [ONE]}, (0,)),
    "composed": (composed, (lambda x: x + x,), {"examples": [ONE]}, (0,)),
    "constant": (constant, (), {}, ()),
}


@pytest.mark.parametrize("kind", WAYS)
def test_the_table_holds_what_was_stated(own, kind):
    register, args, keywords, differentiable = WAYS[kind]
    library = lambda xp, *args, **params: 2.0 * args[0]
    found = own(register, *args, library=library, **keywords)
    assert mg.PRIMITIVES["own"] is found
    assert (found.name, found.__name__, found.kind, found.library) == ("own", "own", kind, library)
    assert found.differentiable == differentiable and found.multiple is False and found.further is None
    assert found.examples == tuple(keywords.get("examples", found.examples)) and found.examples
    assert found.arity == len(found.examples[0].shapes)
    assert (found.push is None) == (found.pull is None) == (kind == "constant")
    x = mnp.asarray([0.5, 1.5, -1.0])
    assert mg.to_numpy(found(x)).tolist() == [1.0, 3.0, -2.0]
    if kind not in ("constant", "reduction"):
        assert mg.to_numpy(mg.grad(lambda x: mnp.sum(found(x)))(x)).tolist() == [2.0, 2.0, 2.0]
        assert mg.to_numpy(mg.jvp(found, (x,), (x,))[1]).tolist() == [1.0, 3.0, -2.0]


@pytest.mark.parametrize("primitive", LIBRARY_PRIMITIVES, ids=lambda p: p.name)
def test_every_entry_is_found_by_its_name_and_is_one_of_the_kinds(primitive):
    assert mg.PRIMITIVES[primitive.name] is primitive and primitive.__name__ == primitive.name
    assert primitive.kind in WAYS and repr(primitive) == f"<primitive {primitive.name}>"
    assert primitive.arity == len(primitive.examples[0].shapes)
    assert all(isinstance(example, Example) for example in primitive.examples)
    assert (primitive.push is None) == (primitive.pull is None) == (primitive.kind == "constant")
    several = primitive.differentiable
    assert several == "all" or all(0 <= i < primitive.arity for i in several)
    assert (several == ()) == (primitive.kind == "constant")
    for twin in (copy.copy(primitive), copy.deepcopy(primitive), pickle.loads(pickle.dumps(primitive))):
        assert twin is primitive


@pytest.mark.parametrize("primitive", LIBRARY_PRIMITIVES, ids=lambda p: p.name)
@given(data=st.data())
def test_every_example_can_be_called(primitive, data):
    for example in primitive.examples:
        params = {k: mg.active().dtype(v) if k == "dtype" else v for k, v in example.params.items()}
        with np.errstate(all="ignore"):
            found = primitive(*map(mnp.asarray, data.draw(example_arguments(example))), **params)
        assert mg.tree_leaves(found)


def test_without_a_library_function_the_library_s_own_of_that_name_is_taken(own):
    mine = own(elementwise, lambda g, out, x: g * mnp.cosh(x), library="sinh")
    assert float(mine(mnp.asarray(0.5))) == float(mnp.sinh(mnp.asarray(0.5))) and mine.library == "sinh"
    assert own(elementwise, lambda g, out, x: g).library == "own"


def test_a_domain_is_that_of_each_argument_or_of_all(own):
    two = (lambda g, out, x, y: g * y, lambda g, out, x, y: g * x)
    library = lambda xp, x, y: x * y
    assert own(elementwise, *two, library=library, domain=(1.0, 2.0)).examples[0].domain == [(1.0, 2.0)] * 2
    assert own(elementwise, *two, library=library, domain=[(0, 1), "distinct"]).examples[0].domain == [(0, 1), "distinct"]
    assert own(elementwise, *two, library=library).examples == (Example(((), ()), {}, [(-2.0, 2.0)] * 2),)
    assert own(elementwise, *two, library=library, examples=[TWO]).examples == (TWO,)


def test_a_reduction_is_checked_over_all_axes_one_several_and_from_the_end(own):
    for domain in ({}, {"domain": (0.5, 1.0)}):
        examples = own(reduction, lambda out, x, **_: 1.0 + 0.0 * x, library="sum", **domain).examples
        assert {example.domain for example in examples} == {domain.get("domain", (-2.0, 2.0))}
        axes = [example.params["axis"] for example in examples]
        assert None in axes and 0 in axes and -1 in axes and any(isinstance(axis, tuple) for axis in axes)
        assert any(example.params.get("keepdims") for example in examples)
        for example in examples:
            places_of(example.params["axis"], len(example.shapes[0]))  # all of them are axes it has
    assert own(reduction, lambda out, x, **_: x, library="sum", examples=[ONE]).examples == (ONE,)


def test_a_constant_has_as_many_arguments_as_are_stated(own):
    assert own(constant, "sign").examples == (Example(((3, 4),)),)
    two = own(constant, "less", arguments=2, domain=(0.0, 1.0))
    assert (len(two.examples[0].shapes), two.examples[0].domain, two.arity) == (2, (0.0, 1.0), 2)
    assert len(set(two.examples[0].shapes)) == 1
    assert own(constant, "sign", examples=[ONE]).examples == (ONE,)


def test_an_argument_without_a_rule_is_constant(own):
    """x^2 y with a rule for y alone: nothing comes back to x, and x does not move it."""
    mine = own(elementwise, None, lambda g, out, x, y: g * x * x, library=lambda xp, x, y: x * x * y)
    assert mine.differentiable == (1,)
    x, y = mnp.asarray([2.0, 3.0]), mnp.asarray([5.0, 7.0])
    first, second = mg.vjp(mine, x, y)[1](mnp.ones(2))
    assert mg.to_numpy(first).tolist() == [0.0, 0.0] and mg.to_numpy(second).tolist() == [4.0, 9.0]
    assert mg.to_numpy(mg.jvp(mine, (x, y), (x, y))[1]).tolist() == [20.0, 63.0]
    assert mg.to_numpy(mg.jvp(lambda x: mine(x, y), (x,), (x,))[1]).tolist() == [0.0, 0.0]


def test_a_function_linear_in_all_its_arguments_together(own):
    """x + 2 y + k: parameters reach the transpose, and what does not move has the tangent zero."""
    mine = own(
        linear,
        lambda position, g, x, y, factor: g * (factor if position else 1.0),
        library=lambda xp, x, y, factor: x + factor * y,
        examples=[Example(((3,), (3,)), {"factor": 2.0})],
        jointly=True,
    )
    assert mine.differentiable == "all"
    x, y = mnp.asarray([1.0, 2.0]), mnp.asarray([3.0, 5.0])
    f = lambda x, y: mine(x, y, factor=4.0)
    first, second = mg.vjp(f, x, y)[1](mnp.ones(2))
    assert mg.to_numpy(first).tolist() == [1.0, 1.0] and mg.to_numpy(second).tolist() == [4.0, 4.0]
    assert mg.to_numpy(mg.jvp(lambda y: f(x, y), (y,), (y,))[1]).tolist() == [12.0, 20.0]
    assert mg.to_numpy(mg.jvp(lambda x: f(x, y), (x,), (x,))[1]).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        (lambda own, k: own(linear, lambda g: g, library=lambda xp, *args: args[0], examples=[Example(((2,),) * k)]),
         "the transpose of the primitive 'own' takes (g), and is called with (g, {})"),
        (lambda own, k: own(linear, lambda g: g, library=lambda xp, *args: args[0], examples=[Example(((2,),) * k)],
                            jointly=True),
         "the transpose of the primitive 'own' takes (g), and is called with (position, g, {})"),
        (lambda own, k: own(multilinear, lambda g: g, library=lambda xp, *args: args[0], examples=[Example(((2,),) * k)]),
         "the transpose of the primitive 'own' takes (g), and is called with (position, g, {})"),
        (lambda own, k: own(elementwise, *[lambda g: g] * k),
         "of the primitive 'own' takes (g), and is called with (g, out, {}): state as many rules as there are arguments"),
        (lambda own, k: own(differential, lambda *_: None, library=lambda: 0, examples=[Example(((2,),) * k)]),
         "the library function of the primitive 'own' takes (), and is called with (xp, {}): xp is the array library"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("names", ["x", "x, y", "x, y, z", "x1, x2, x3, x4", "x1, x2, x3, x4, x5"])
def test_what_takes_something_else_is_told_what_it_will_get(own, stated, told, names):
    with pytest.raises(ValueError) as caught:
        stated(own, names.count(",") + 1)
    assert str(caught.value).endswith(told.format(names))
    assert "own" not in mg.PRIMITIVES or mg.PRIMITIVES["own"].library is not None


def test_which_rule_is_wrong_is_told_by_its_number(own):
    right = lambda g, out, x, y, z: g
    for i in range(3):
        rules = [right] * 3
        rules[i] = lambda g: g
        with pytest.raises(ValueError, match=rf"^rule {i + 1} of 3 of the primitive 'own' takes \(g\)"):
            own(elementwise, *rules)
    with pytest.raises(ValueError, match=r"^the only rule of the primitive 'own' takes \(g\)"):
        own(elementwise, lambda g: g)


def test_parameters_of_the_first_example_are_what_functions_are_held_against(own):
    examples = [Example(((3,),), {"factor": 2.0}), Example(((3,), (3,)), {"other": 1.0})]
    for register, rule in (
        (linear, lambda g, x, factor: g * factor),
        (multilinear, lambda position, g, x, factor: g * factor),
        (differential, lambda *_: None),
    ):
        own(register, rule, library=lambda xp, x, factor: x * factor, examples=examples)
    with pytest.raises(ValueError, match=r"is called with \(g, x, factor=\.\.\.\)$"):
        own(linear, lambda g, x: g, library=lambda xp, x, factor: x, examples=examples)
    with pytest.raises(ValueError, match=r"is called with \(xp, x, factor=\.\.\.\): xp is the array library$"):
        own(linear, lambda g, x, factor: g, library=lambda xp, x: x, examples=examples)
    with pytest.raises(ValueError, match=r"^the partial derivative of the primitive 'own' must be a function, and is 2"):
        own(reduction, 2.0)


# -- how it is called -----------------------------------------------------------------------------------------------

UNARY = [p for p in LIBRARY_PRIMITIVES if p.kind == "elementwise" and p.arity == 1]


@pytest.mark.parametrize("primitive", UNARY, ids=lambda p: p.name)
@pytest.mark.parametrize("backend", ["numpy", "strict"])
def test_bare_numbers_are_what_arrays_without_axes_are(primitive, backend):
    domain = primitive.examples[0].domain
    domain = domain[0] if isinstance(domain, list) else domain
    low, high = (-2.0, 2.0) if isinstance(domain, str) else domain
    at = low + 0.625 * (high - low)
    with mg.use(backend), np.errstate(all="ignore"):
        params = dict(primitive.examples[0].params)
        found, expected = primitive(at, **params), primitive(mnp.asarray(at), **params)
        assert found.shape == () and float(found) == pytest.approx(float(expected), rel=1e-14, nan_ok=True)
        if backend == "strict":
            assert type(found) is type(expected)


def test_what_to_run_is_remembered_for_numpy_alone(on_numpy, own):
    mine = own(elementwise, lambda g, out, x: 2.0 * g, library=lambda xp, x: 2.0 * x)
    with mg.use("strict"):
        mine(mnp.ones(2))
    assert mine.dispatch == {}
    mine(2.0)
    mine([1.0, 2.0])
    assert set(mine.dispatch) == {(np.ndarray,)}
    assert mine.dispatch[np.ndarray,](np.ones(2)).tolist() == [2.0, 2.0]


def test_nested_lists_with_traced_numbers_in_them_are_arrays():
    multiply = mg.PRIMITIVES["multiply"]
    weights = mnp.asarray([[1.0, 10.0], [100.0, 1000.0]])
    for nested in (
        lambda x: [[x[0], x[1]], [x[2], x[0]]],
        lambda x: ([x[0], x[1]], (x[2], x[0])),
        lambda x: [x[:2], [x[2], x[0]]],
    ):
        f = lambda x, nested=nested: mnp.sum(multiply(nested(x), weights))
        assert mg.to_numpy(mg.grad(f)(mnp.asarray([1.0, 2.0, 3.0]))).tolist() == [1001.0, 10.0, 100.0]
    mixed = lambda x: multiply([[1.0, x], [2.0, 3.0]], weights)
    assert mg.to_numpy(mg.jvp(mixed, (5.0,), (1.0,))[1]).tolist() == [[0.0, 10.0], [0.0, 0.0]]


def test_a_bound_that_is_none_stays_none_beside_a_list():
    clip = mg.PRIMITIVES["clip"]
    assert mg.to_numpy(clip([1.0, 3.0, -5.0], None, 2.0)).tolist() == [1.0, 2.0, -5.0]
    assert mg.to_numpy(clip([1.0, 3.0, -5.0], 0.0, None)).tolist() == [1.0, 3.0, 0.0]


def test_what_numpy_s_function_takes_beside_is_answered(on_numpy):
    """Keywords, and more arguments than the rules have; of arrays and of lists, and refused where traced."""
    add = mg.PRIMITIVES["add"]
    x, where = np.asarray([1.0, 2.0]), np.asarray([True, False])
    for first in (x, [1.0, 2.0]):
        assert add(first, 1.0, where=where, out=np.full(2, 9.0)).tolist() == [2.0, 9.0]
        assert add(first, x, dtype="float32").dtype == "float32"
        out = np.zeros(2)
        assert add(first, x, out) is out and out.tolist() == [2.0, 4.0]
    for run in (lambda f: mg.grad(f)(x), lambda f: mg.jvp(f, (x,), (x,)), lambda f: mg.trace(f)(x)):
        with pytest.raises(TypeError, match=r"^minigan\.numpy\.add has no derivative rule with out="):
            run(lambda x: mnp.sum(add(x, 1.0, np.zeros(2))))


def test_methods_of_numpy_s_ufuncs_are_there_and_nothing_else():
    add = mg.PRIMITIVES["add"]
    assert add.reduce(np.asarray([1.0, 2.0])) == 3.0 and add.outer([1.0], [2.0, 3.0]).tolist() == [[3.0, 4.0]]
    assert str(inspect.signature(add)).startswith("(x1, x2, /, out=None")
    for primitive, name in ((add, "nothing"), (mg.PRIMITIVES["reshape"], "reduce"), (mg.PRIMITIVES["softplus"], "outer")):
        assert not hasattr(primitive, name)
        with pytest.raises(AttributeError, match=rf"^the primitive '{primitive.name}' has no attribute '{name}'$"):
            getattr(primitive, name)
    assert not hasattr(mg.PRIMITIVES["softplus"], "__signature__")


def test_a_library_s_error_has_the_operation_and_what_it_was_given(on_numpy):
    told = r"^minigan\.numpy\.add of float64\[2\] and float64\[3\]: operands could not be broadcast"
    with pytest.raises(ValueError, match=told) as caught:
        mg.PRIMITIVES["add"](np.ones(2), np.ones(3))
    assert type(caught.value.__cause__) is ValueError
    with pytest.raises(ValueError, match=told):
        mg.grad(lambda x: mnp.sum(mg.PRIMITIVES["add"](x, np.ones(3))))(np.ones(2))
    with pytest.raises(ValueError, match=r"^minigan\.numpy\.add of float64\[2\] and float64\[3\]: "):
        mg.PRIMITIVES["add"]([1.0, 2.0], np.ones(3))


# -- axes -----------------------------------------------------------------------------------------------------------


@given(st.integers(-6, 6), st.integers(1, 4))
def test_an_axis_is_found_where_numpy_finds_it(axis, ndim):
    try:
        expected = np.lib.array_utils.normalize_axis_index(axis, ndim)
    except ValueError as error:
        with pytest.raises(type(error)) as caught:
            place_of(axis, ndim)
        assert str(caught.value) == str(error)
    else:
        assert place_of(axis, ndim) == expected and place_of(np.int64(axis), ndim) == expected
        assert places_of(axis, ndim) == (expected,)


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_axes_just_inside_and_just_outside(ndim):
    assert (place_of(-ndim, ndim), place_of(ndim - 1, ndim), place_of(-1, ndim)) == (0, ndim - 1, ndim - 1)
    for axis in (ndim, -ndim - 1):
        with pytest.raises(np.exceptions.AxisError, match=f"axis {axis} is out of bounds for array of dimension {ndim}"):
            place_of(axis, ndim)
    with pytest.raises(TypeError):
        place_of(0.5, ndim)


def test_several_axes():
    assert places_of(None, 3) == (0, 1, 2) and places_of((), 3) == ()
    assert places_of((0, -1), 3) == places_of([0, 2], 3) == (0, 2)
    for twice in ((0, -3), [1, 1], (2, 0, -1)):
        with pytest.raises(ValueError) as caught:
            places_of(twice, 3)
        assert str(caught.value) == f"the axes {twice} name an axis of 3 twice"


# -- dtypes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
def test_zeros_and_ones_are_like_what_they_are_like(dtype):
    x = mnp.ones((2, 3), dtype=dtype)
    mg.vjp(lambda traced: compare(traced) or traced, x)
    mg.jvp(lambda traced: compare(traced) or traced, (x,), (x,))
    compare(x)


def compare(x):
    for make, value in ((zeros_like, 0.0), (ones_like, 1.0)):
        found = make(x)
        assert found.shape == x.shape and found.dtype == x.dtype
        assert np.all(mg.to_numpy(found) == value)


WITHIN = {
    "a bias": lambda x: mnp.sum(mnp.tanh(mnp.ones((4, 3), dtype="float32") + x)),
    "a bias of rows": lambda x: mnp.sum(mnp.ones((2, 4, 3), dtype="float32") * x),
    "an unused part": lambda x: mnp.sum(mnp.split(x, 3)[1]),
    "a norm": lambda x: mnp.linalg.norm(x),
    "several results": lambda x: mnp.linalg.slogdet(mnp.outer(x, x) + mnp.eye(3, dtype="float32")).logabsdet,
    "a maximum": lambda x: mnp.max(x) * mnp.std(x),
    "a running sum": lambda x: mnp.sum(mnp.cumsum(x) ** 2),
}


@pytest.mark.parametrize("f", WITHIN.values(), ids=WITHIN)
def test_a_narrow_gradient_is_narrow_all_the_way(f):
    """Not only what comes out: no operation of it is in float64."""
    x = mnp.asarray([0.5, -1.0, 2.0], dtype="float32")
    for g in (mg.grad(f), lambda x: mg.jvp(f, (x,), (x,)), mg.grad(lambda x: mnp.sum(mg.grad(f)(x) ** 2))):
        program = mg.trace(g)(x)
        outputs = [variable for equation in program.equations for variable in equation.outputs]
        assert {v.dtype for v in outputs if v.dtype.startswith("float")} == {"float32"}
        assert {dtype_name(c.dtype) for c in program.constants.values()} <= {"float32", "bool", "int64"}

"""The switch, the way in and out, and what the shim refuses."""

import os
import subprocess
import sys
from collections import namedtuple

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import backend

Pair = namedtuple("Pair", "left right")


def in_a_process(code, **environment):
    """Run ``code`` in a Python of its own; its output, or its last line of error."""
    variables = {k: v for k, v in os.environ.items() if k != "MINIGAN_BACKEND"} | environment
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=variables, timeout=120)
    return found.stdout.strip() if found.returncode == 0 else found.stderr.strip().splitlines()[-1]


# -- the switch ----------------------------------------------------------------------------------------------


def test_use_switches_the_process():
    mg.use("numpy")
    assert mg.active().name == "numpy"
    mg.use("strict")
    assert mg.active().name == "strict"
    assert type(mnp.zeros(3)).__module__.startswith("array_api_strict")


def test_use_as_a_context_is_for_the_block():
    mg.use("numpy")
    with mg.use("strict") as inside:
        assert inside is mg.active() and inside.name == "strict"
        with mg.use("numpy"):
            assert isinstance(mnp.zeros(3), np.ndarray)
        assert mg.active().name == "strict"
    assert mg.active().name == "numpy"


def test_an_exception_restores_the_switch():
    mg.use("numpy")
    with pytest.raises(ZeroDivisionError), mg.use("strict"):
        raise ZeroDivisionError
    assert mg.active().name == "numpy"


def test_a_context_can_be_entered_again():
    mg.use("numpy")
    strict = mg.use("strict")
    mg.use("numpy")
    for _ in range(2):
        with strict, strict:
            assert mg.active().name == "strict"
        assert mg.active().name == "numpy"


def test_a_context_is_for_its_thread():
    import threading

    mg.use("numpy")
    seen = []
    with mg.use("strict"):
        thread = threading.Thread(target=lambda: seen.append(mg.active().name))
        thread.start()
        thread.join()
    assert seen == ["numpy"]


def test_an_unknown_name_changes_nothing():
    mg.use("numpy")
    for name in ("jax", "numpy:1", "cupy:x", ""):
        with pytest.raises(ValueError, match=r"is unknown; choose one of 'numpy', 'cupy', 'strict'"):
            mg.use(name)
    assert mg.active().name == "numpy"


def test_the_environment_variable():
    code = "import minigan as mg, minigan.numpy as mnp; print(mg.active().name, type(mnp.zeros(2)).__module__)"
    assert in_a_process(code) == "numpy numpy"
    assert in_a_process(code, MINIGAN_BACKEND="strict").startswith("strict array_api_strict")
    assert "'abacus' is unknown" in in_a_process(code, MINIGAN_BACKEND="abacus")
    assert (
        in_a_process("import minigan as mg; mg.use('numpy'); print(mg.active().name)", MINIGAN_BACKEND="strict")
        == "numpy"
    )


# -- CuPy where there is none --------------------------------------------------------------------------------

WITHOUT_CUPY = "import sys; sys.modules['cupy'] = None; "
OLD_CUPY = """
import sys, types
cupy = types.ModuleType("cupy"); cupy.__version__ = "{version}"
cupy.cuda = types.SimpleNamespace(is_available=lambda: {available})
sys.modules["cupy"] = cupy
"""


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        (WITHOUT_CUPY, "CuPy is not installed"),
        (OLD_CUPY.format(version="13.6.0", available=True), "needs CuPy 14 or newer and found 13.6.0"),
        (OLD_CUPY.format(version="14.2.0", available=False), "CuPy 14.2.0 finds no CUDA device"),
    ],
    ids=["missing", "too old", "no device"],
)
def test_asking_for_cupy_in_vain_is_one_sentence(setting, says):
    """One line, with what to type, and no fall-back to the CPU."""
    code = (
        setting
        + """
import minigan as mg
try:
    mg.use("cupy")
except RuntimeError as error:
    print(str(error), "|", mg.active().name)
"""
    )
    found = in_a_process(code)
    assert says in found
    assert 'pip install "cupy-cuda12x[ctk]>=14"' in found
    assert found.endswith("| numpy") and "\n" not in found


def test_the_environment_variable_in_vain():
    code = WITHOUT_CUPY + "import minigan.numpy as mnp; mnp.zeros(2)"
    found = in_a_process(code, MINIGAN_BACKEND="cupy")
    assert found.startswith("RuntimeError: backend 'cupy' was asked for and CuPy is not installed")


# -- in and out ----------------------------------------------------------------------------------------------


def test_to_numpy_on_trees():
    x = mnp.asarray([1.0, 2.0])
    found = mg.to_numpy({"a": (x, [x, None]), "b": Pair(x, 3.0), "c": ()})
    assert isinstance(found["b"], Pair) and found["c"] == () and found["a"][1][1] is None
    for leaf in (found["a"][0], found["a"][1][0], found["b"].left, found["b"].right):
        assert isinstance(leaf, np.ndarray)
    np.testing.assert_array_equal(found["a"][0], [1.0, 2.0])


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32", "bool"])
def test_dtypes_survive_the_way_in_and_out(dtype):
    host = np.array([[0, 1], [2, 3]]).astype(dtype)
    device = mnp.asarray(host)
    assert backend.dtype_name(device.dtype) == dtype
    back = mg.to_numpy(device)
    assert back.dtype == host.dtype
    np.testing.assert_array_equal(back, host)
    for spelled in (dtype, np.dtype(dtype), np.dtype(dtype).type):
        assert backend.dtype_name(mnp.zeros(2, dtype=spelled).dtype) == dtype


def test_the_default_is_float64():
    for x in (
        mnp.zeros(2),
        mnp.ones(2),
        mnp.asarray([1.0]),
        mnp.linspace(0.0, 1.0, 3),
        mnp.eye(2),
        mnp.full(2, 0.5),
    ):
        assert backend.dtype_name(x.dtype) == "float64"


def test_computation_follows_its_inputs_and_creation_the_switch():
    with mg.use("strict"):
        strict = mnp.asarray([1.0, 2.0])
    with mg.use("numpy"):
        plain = mnp.asarray([1.0, 2.0])
        assert type(mnp.exp(strict)) is type(strict)
        assert type(mnp.sum(strict)) is type(strict)
        assert type(mnp.zeros_like(strict)) is type(strict)
        assert type(mnp.concatenate([strict, strict])) is type(strict)
        assert type(mg.grad(lambda x: mnp.sum(x**2))(strict)) is type(strict)
        assert type(mg.hvp(lambda x: mnp.sum(mnp.sort(x) ** 3))(strict, strict)) is type(strict)
        assert isinstance(mnp.zeros(2), np.ndarray)
    with mg.use("strict"):
        assert isinstance(mnp.exp(plain), np.ndarray)
        assert isinstance(mnp.mean(plain), np.ndarray | np.generic)
        assert isinstance(mnp.stack([plain, plain]), np.ndarray)
        assert isinstance(mg.grad(lambda x: mnp.sum(x**2))(plain), np.ndarray)
        assert type(mnp.zeros(2)) is type(strict)


def test_a_numpy_scalar_is_numpy_s_alone_and_a_number_beside_arrays():
    """NumPy's reductions return scalars, whose derivatives must not be sought on another library."""
    scalar = np.float64(2.0)
    with mg.use("strict"):
        assert isinstance(mnp.exp(scalar), np.floating)
        assert isinstance(mg.grad(lambda x: x * x)(scalar), np.ndarray | np.floating)
        assert type(mnp.asarray(scalar)).__module__.startswith("array_api_strict")


def test_two_libraries_are_refused_and_named():
    with mg.use("strict"):
        strict = mnp.asarray([1.0, 2.0])
    plain = np.array([1.0, 2.0])
    for f in (
        mnp.add,
        mnp.maximum,
        mnp.matmul,
        lambda x, y: mnp.concatenate([x, y]),
        lambda x, y: mnp.where(x > 0, x, y),
    ):
        for pair in ((strict, plain), (plain, strict)):
            with pytest.raises(TypeError, match=r"two libraries.*mg\.to_numpy\(x\) or mnp\.asarray\(x\)") as caught:
                f(*pair)
            assert "numpy.ndarray" in str(caught.value) and "array_api_strict.Array" in str(caught.value)


def test_the_strict_device_does_not_become_a_numpy_array_by_itself():
    """What makes it a stand-in for a GPU: only to_numpy brings home."""
    with mg.use("strict"):
        x = mnp.asarray([1.0, 2.0])
        with pytest.raises((RuntimeError, TypeError, BufferError), match="device"):
            np.asarray(x)
        np.testing.assert_array_equal(mg.to_numpy(x), [1.0, 2.0])


# -- the table of differences --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "values"),
    [
        (lambda: mnp.asarray([0, 0, 2]), [1.0, 2.0, 5.0]),
        (lambda: (mnp.asarray([0, 0, 2]),), [1.0, 2.0, 5.0]),
        (lambda: slice(1, None), [1.0, 2.0]),
        (lambda: mnp.asarray([True, False, True]), [1.0, 2.0]),
        (lambda: mnp.asarray([-1, -1]), 3.0),
    ],
    ids=["duplicates", "tuple", "slice", "mask", "negative duplicates"],
)
def test_index_add(index, values):
    x = mnp.asarray([10.0, 20.0, 30.0])
    given = index()
    spelled = tuple(mg.to_numpy(p) for p in given) if isinstance(given, tuple) else given
    spelled = mg.to_numpy(spelled) if hasattr(spelled, "dtype") else spelled
    expected = mg.to_numpy(x).copy()
    np.add.at(expected, spelled, np.asarray(values))
    values = mnp.asarray(values)
    np.testing.assert_array_equal(mg.to_numpy(mnp.index_add(x, given, values)), expected)
    np.testing.assert_array_equal(mg.to_numpy(x), [10.0, 20.0, 30.0])  # the argument is left alone
    mg.check_grads(lambda x, v: mnp.index_add(x, given, v), (x, values))


def test_a_function_that_a_library_lacks_is_named():
    with pytest.raises(NotImplementedError, match=r"'numpy' has no function 'no_such'.*DIFFERENCES"):
        backend.get("numpy").function("no_such")


def test_every_difference_is_a_function_that_a_primitive_asks_for():
    """The table grows no dead rows: what one library overrides, the others have under some name."""
    numpys = backend.get("numpy")
    for library, table in backend.DIFFERENCES.items():
        for name in table:
            assert callable(numpys.function(name)), (library, name)


def test_backends_print_and_hash():
    assert repr(mg.use("numpy")) == "use('numpy')"
    assert repr(backend.get("strict")) == "Backend('strict')"
    assert backend.get("strict") is backend.get("strict")
    assert len({backend.get("numpy"), backend.get("strict")}) == 2
    assert backend.get("numpy").synchronize() is None


# -- what an import costs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement", ["import minigan", "import minigan as mg, minigan.numpy as mnp; mg.grad(mnp.tanh)(0.5)"]
)
def test_importing_brings_nothing_heavy(statement):
    heavy = "cupy matplotlib scipy sklearn rich typer hypothesis autograd array_api_strict mpmath torch jax"
    code = f"{statement}; import sys; print(*(m for m in '{heavy}'.split() if m in sys.modules))"
    assert in_a_process(code) == ""

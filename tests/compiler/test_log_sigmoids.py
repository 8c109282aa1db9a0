"""Conjugates that undo their activations, and sigmoids as quotients: which are, and their values beside mpmath's."""

import math

import mpmath
import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.compiler.passes import optimise
from minigan.compiler.vectors import with_vectors
from minigan.logarithms import LONG_ENOUGH
from tests.compiler.recorded import names, program_of

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # at the ends of the line

POINTS = [0.0, -0.0, 1e-300, 1e-9, -1e-9, 0.3, -0.7, 3.0, -5.0, 36.0, -36.0, 40.0, 700.0, -700.0, 1e4, -1e4]
LOG2, LOG_HALF = math.log(2.0), math.log(0.5)

FORMS = {  # t = log(c) + log sigma(s x) in several spellings: (t of x, c, s)
    "log sigma(x)": (lambda x: mnp.log_sigmoid(x), 1.0, 1),
    "log sigma(-x)": (lambda x: mnp.log_sigmoid(-x), 1.0, -1),
    "-softplus(x)": (lambda x: -mnp.softplus(x), 1.0, -1),
    "log(2) - softplus(-x)": (lambda x: LOG2 - mnp.softplus(-x), 2.0, 1),
    "log(2) + log sigma(-x)": (lambda x: mnp.log_sigmoid(-x) + LOG2, 2.0, -1),
    "log sigma(x) - log(2)": (lambda x: mnp.log_sigmoid(x) - LOG2, 0.5, 1),
    "log(1/2) - softplus(x)": (lambda x: LOG_HALF - mnp.softplus(x), 0.5, -1),
}


def exact(x, c, sign):
    """log(c) + log(1 - sigma(s x)) at fifty digits."""
    with mpmath.workdps(400):
        return float(mpmath.log(c) - mpmath.log1p(mpmath.exp(mpmath.mpf(sign * x))))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("t, c, sign", FORMS.values(), ids=FORMS)
def test_complements_are_the_other_log_sigmoid(t, c, sign, dtype):
    x = mnp.asarray(np.array(POINTS, dtype))
    program = optimise(program_of(lambda x: mnp.log(c - mnp.exp(t(x))), x))
    assert names(program).count("exp") == names(program).count("log1p") == 1 and "log" not in names(program)
    found = mg.to_numpy(program((x,), {}))
    expected = [exact(float(point), c, sign) for point in np.array(POINTS, dtype)]
    # two units in the last place, and half of one of the number log(c)
    tolerance = 2 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(found, np.array(expected, dtype), rtol=tolerance, atol=abs(math.log(c)) * tolerance)


@pytest.mark.parametrize("t, c, sign", FORMS.values(), ids=FORMS)
def test_what_is_not_finite(t, c, sign):
    x = mnp.asarray(np.array([math.inf, -math.inf, math.nan]))
    found = mg.to_numpy(optimise(program_of(lambda x: mnp.log(c - mnp.exp(t(x))), x))((x,), {}))
    assert found[0 if sign > 0 else 1] == -math.inf
    assert found[1 if sign > 0 else 0] == math.log(c)
    assert math.isnan(found[2])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: mnp.log(2.0 - mnp.exp(mnp.log_sigmoid(x))),  # no complement: 2 - sigma
        lambda x: mnp.log(1.0 - mnp.exp(x)),
        lambda x: mnp.log(1.0 + mnp.exp(mnp.log_sigmoid(x))),
        lambda x: mnp.log(-1.0 - mnp.exp(mnp.log_sigmoid(x))),
        lambda x: mnp.log(2.0 - mnp.exp(mnp.log_sigmoid(x) + 0.7)),
    ],
)
def test_what_is_no_complement_stays(f):
    x = mnp.asarray(np.array([-3.0, -0.5, -0.1]))
    program = optimise(program_of(f, x))
    assert names(program).count("log") == 1
    np.testing.assert_allclose(mg.to_numpy(program((x,), {})), mg.to_numpy(f(x)), rtol=1e-14)


# -- sigmoids ------------------------------------------------------------------------------------------------


def sigmoids(t):
    return lambda x: mnp.exp(t(x))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("t, c, sign", list(FORMS.values())[:3], ids=list(FORMS)[:3])
def test_exponentials_of_log_sigmoids_are_quotients(t, c, sign, dtype, on_numpy):
    x = np.linspace(-40.0, 40.0, LONG_ENOUGH).astype(dtype)
    x[: len(POINTS)] = POINTS
    compiled = mg.compile(sigmoids(t))
    found = compiled(x)
    assert compiled.program.count(" = exp(") == 1 and " = divide(" in compiled.program
    with mpmath.workdps(40):
        expected = [float(1 / (1 + mpmath.exp(-sign * mpmath.mpf(float(point))))) for point in x]
    info = np.finfo(dtype)
    np.testing.assert_allclose(found, expected, rtol=3 * float(info.eps), atol=float(info.smallest_normal))
    ends = compiled(np.array([math.inf, -math.inf, math.nan] + [0.0] * (LONG_ENOUGH - 3), dtype))
    np.testing.assert_array_equal(ends[:4], [sign > 0, sign < 0, math.nan, 0.5])


def test_a_logarithm_that_others_read_has_its_exponential_in_single_precision(on_numpy):
    """Where vectors are fast and log sigma(x) is there, an exponential costs no more than the quotient."""

    def program(shape, dtype):
        x = np.zeros(shape, dtype)
        return names(with_vectors(optimise(program_of(lambda x: (mnp.log_sigmoid(x), mnp.exp(mnp.log_sigmoid(x))), x))))

    assert program(LONG_ENOUGH, "float32").count("exp") == 2
    assert program(LONG_ENOUGH, "float64").count("exp") == 1
    assert program(LONG_ENOUGH - 1, "float64").count("exp") == 2

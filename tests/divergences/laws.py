"""What must hold for every row of the table, as functions of a row and a drawn case.

The property tests draw the cases with Hypothesis; the mutation check draws them with a generator and hands
the laws rows that are wrong on purpose. A law raises AssertionError. Tolerances are multiples of the dtype's
eps times the size of what is added up, so they mean the same for float32 and float64.
"""

import math
from dataclasses import dataclass, field

import numpy as np

import minigan as mg
import minigan.numpy as mnp
from minigan.divergences import TABLE, FDivergence, named

LAWS = {}
FAR = 700.0  # log-ratios at which f' and f* have reached their limits


@dataclass(frozen=True)
class Case:
    """One drawn case: ratios u, critic outputs v, two pairs (p, q) and (p2, q2), a channel, a merge, a
    weight.
    """

    u: np.ndarray
    v: np.ndarray
    p: np.ndarray
    q: np.ndarray
    p2: np.ndarray
    q2: np.ndarray
    channel: np.ndarray
    merge: np.ndarray
    weight: float
    dtype: str
    known: dict = field(default_factory=dict, compare=False, repr=False)  # what other laws, or dtypes, asked for

    @property
    def eps(self):
        return float(np.finfo(self.dtype).eps)

    def on(self, x):
        """``x`` on the backend at hand, in the dtype of the case."""
        return mnp.asarray(np.asarray(x, dtype=self.dtype))

    def once(self, key, compute):
        """``compute()``, or what it was when the same was asked before."""
        if key not in self.known:
            self.known[key] = compute()
        return self.known[key]

    def between(self, d, p, q):
        """D of the pair, computed once for all laws."""
        key = (d, self.dtype, p.tobytes(), q.tobytes())
        return self.once(key, lambda: float(host(d.between(self.on(p), self.on(q)))))


def random_case(rng, dtype="float64", zeros=False):
    """A case without Hypothesis."""
    k, m = int(rng.integers(2, 7)), int(rng.integers(2, 5))

    def distribution(n=None):
        x = np.exp(rng.uniform(-5.0, 0.0, n or k))
        if zeros:
            x = np.where(rng.random(n or k) < 0.3, 0.0, x)
            x[rng.integers(n or k)] = 1.0
        return x / x.sum()

    channel = np.exp(rng.uniform(-4.0, 0.0, (k, m)))
    return Case(
        u=np.exp(rng.uniform(-7.0, 7.0, 6)),
        v=rng.uniform(-12.0, 12.0, 6),
        p=distribution(),
        q=distribution(),
        p2=distribution(),
        q2=distribution(),
        channel=channel / channel.sum(axis=1, keepdims=True),
        merge=np.eye(m)[rng.integers(0, m, k)],
        weight=float(rng.uniform(0.05, 0.95)),
        dtype=dtype,
    )


def law(function):
    LAWS[function.__name__] = function
    return function


def host(x):
    return np.asarray(mg.to_numpy(x), dtype=float)


def equal(found, expected, tolerance, what=""):
    found, expected = np.broadcast_arrays(found, expected)
    with np.errstate(invalid="ignore"):
        good = (found == expected) | (np.abs(found - expected) <= tolerance)
    assert np.all(good), f"{what}: {found} is not {expected} within {tolerance}"


def at_most(low, high, tolerance, what=""):
    with np.errstate(invalid="ignore"):
        good = (low <= high + tolerance) | (low == high)
    assert np.all(good), f"{what}: {low} exceeds {high} by more than {tolerance}"


def finite_scale(*terms):
    """The size of a sum of terms; infinite terms carry no rounding."""
    return sum(np.where(np.isfinite(t), np.abs(t), 0.0) for t in map(np.asarray, terms))


def values(case, method, x):
    return host(method(case.on(x)))


def smooth(d):
    return d.formulas.f_second is not None


def sensitivity(case, d, p, q):
    """How much a rounding of p and q moves the divergence: sum of p |T| and q |f*(T)|, in units of eps."""

    def in_roundings():
        with np.errstate(all="ignore"):
            u = np.where((p > 0) & (q > 0), p / np.where(q > 0, q, 1.0), 1.0)
            t = host(d.f_prime(mnp.asarray(u)))
            s = u * t - host(d.f(mnp.asarray(u)))
        ends = [e for e in (d.f_at_zero, d.f_prime_at_infinity) if math.isfinite(e)]
        return 4.0 + sum(map(abs, ends)) + float(np.sum(p * np.abs(t) + q * np.abs(s)))

    return case.eps * case.once((d, "sensitivity", p.tobytes(), q.tobytes()), in_roundings)


# -- one function against another ----------------------------------------------------------------------------


@law
def fenchel_young(d: FDivergence, case: Case):
    """f(u) + f*(t) >= u t, for t inside the domain, outside it, and around the optimum."""
    t = np.concatenate([case.v, values(case, d.activation, case.v)])[:, None]
    u = case.u[None, :]
    u, t = host(case.on(u)), host(case.on(t))
    f, conjugate = values(case, d.f, u), values(case, d.conjugate, t)
    at_most(u * t, f + conjugate, 32 * case.eps * (finite_scale(f, conjugate, u * t) + 1.0), "Fenchel-Young")


@law
def fenchel_young_equality(d, case):
    """f(u) + f*(t) = u t at t = f'(u)."""
    u = host(case.on(case.u))
    t = values(case, d.f_prime, u)
    f, conjugate = values(case, d.f, u), values(case, d.conjugate, t)
    room = host(d.domain.room(case.on(t))) if math.isfinite(d.domain.high) else np.full_like(t, np.inf)
    clear = room > 1e4 * case.eps * np.abs(t)  # else t rounds beyond the end of the domain, where f* is infinite
    tolerance = 256 * case.eps * (finite_scale(f, conjugate, u * t) + 1.0)
    equal((f + conjugate)[clear], (u * t)[clear], tolerance[clear], "equality")


@law
def biconjugate(d, case):
    """f(u) is the largest of u t - f*(t) over a fine grid of t around the optimum."""
    u = case.u[:, None]
    # the maximum is flat, so a grid of step 1/100 in log u finds it to 1e-4 of the curvature there
    grid = host(case.on(case.u[:, None] * np.exp(np.linspace(-1.0, 1.0, 201))[None, :]))
    t = values(case, d.f_prime, grid)
    f = values(case, d.f, case.u)
    height = u * t - values(case, d.conjugate, t)
    best = np.max(np.where(np.isfinite(height), height, -np.inf), axis=1)
    scale = finite_scale(f, best, u[:, 0] * t[:, 100]) + 1.0
    clear = np.isfinite(best) | (case.dtype == "float64")  # in float32 all of t may round beyond the end of the domain
    equal(best[clear], f[clear], ((256 * case.eps + 2e-5) * scale)[clear], "biconjugate")


@law
def ratio_inverts_derivative(d, case):
    """f*'(f'(u)) = u; for total variation, 1 inside the domain and 0 below it."""
    if not smooth(d):
        t = np.array([-3.0, -0.501, -0.499, 0.0, 0.3, 0.499])
        equal(values(case, d.ratio, t), [0.0, 0.0, 1.0, 1.0, 1.0, 1.0], 0.0, "ratio")
        return
    u = host(case.on(case.u))
    t = values(case, d.f_prime, u)
    room = host(d.domain.room(case.on(t))) if math.isfinite(d.domain.high) else np.full_like(t, np.inf)
    clear = room > 1e4 * case.eps * np.abs(t)
    condition = np.abs(t) / np.abs(values(case, d.f_second, u))
    clear &= 64 * case.eps * condition < 0.1 * u  # else a rounding of t moves the ratio by more than its tangent says
    equal(values(case, d.ratio, t)[clear], u[clear], (64 * case.eps * (u + condition))[clear], "ratio")


@law
def slopes(d, case):
    """Every stated derivative is the limit of differences: f', f'', f*', g', (f* o g)', both activations."""
    if case.dtype != "float64":
        return
    h = 1e-5

    def size_and_difference(function, x, step):
        here, high, low = values(case, function, np.stack([x, x + step, x - step]))
        return np.abs(here), (high - low) / (2 * step)

    def stated(function, x):
        return host(mg.grad(lambda y: mnp.sum(function(y)))(case.on(x)))

    u = case.u if smooth(d) else case.u[np.abs(case.u - 1.0) > 0.01]
    checks = [(d.f, u, h * u)]
    if smooth(d):
        checks.append((d.f_prime, u, h * u))
    v = case.v
    v = v[np.abs(1.0 + 0.5 * v) > 0.01]
    if math.isfinite(d.f_prime_at_zero):
        v = v[np.abs(v - d.f_prime_at_zero) > 0.01]
    checks += [(d.activation, v, h), (d.conjugate_of_activation, v, h)]
    w = np.clip(case.v, -6.0, 6.0)
    w = w if smooth(d) else w[np.abs(w) > 0.01]
    checks += [(d.canonical_activation, w, h), (d.conjugate_of_canonical_activation, w, h)]
    t = values(case, d.activation, np.clip(v, -4.0, 4.0))
    checks += [(d.conjugate, t, h * 1e-1), (d.ratio, t, h * 1e-1)]
    for function, x, step in checks:
        with np.errstate(all="ignore"):
            size, expected = size_and_difference(function, x, step)
            found = stated(function, x)
        scale = np.abs(expected) + size / (np.abs(x) + 1.0)
        tolerance = 1e-4 * scale + 20 * case.eps * size / step + 1e-9  # at a zero of f', what f''' leaves
        good = np.isfinite(expected)
        equal(found[good], expected[good], np.broadcast_to(tolerance, found.shape)[good], function.__name__)


@law
def activation_increases_into_the_domain(d, case):
    """g increases, and g(v) lies in the domain (up to the rounding of its end)."""
    v = np.sort(np.concatenate([case.v, np.linspace(-15.0, 15.0, 7)]))
    t = values(case, d.activation, v)
    assert np.all(np.isfinite(t))
    apart = np.diff(v) > 0.1
    inner = (np.abs(v[1:]) < 6.0) & (np.abs(v[:-1]) < 6.0)
    assert np.all(np.diff(t) >= 0.0), "the activation decreases"
    assert np.all(np.diff(t)[apart & inner] > 0.0), "the activation is constant"
    at_most(t, d.domain.high, 2 * case.eps * abs(d.domain.high) if math.isfinite(d.domain.high) else 0.0, "domain")
    assert np.all(host(d.domain.contains(case.on(t)))), "the activation leaves the domain"
    near = t[np.abs(v) < 2.0]
    # the same t in float64: a steep f* leaves the range of float32 there (alpha near 1 grows like a high power)
    size = host(d.conjugate(mnp.asarray(near)))
    assert np.all(np.isfinite(size)), "f* is infinite inside the domain"
    within = np.abs(size) < 0.5 * float(np.finfo(case.dtype).max)
    assert np.all(np.isfinite(values(case, d.conjugate, near[within])))
    low, high = values(case, d.activation, np.array([-60.0, 60.0]))
    at_most(low, max(d.f_prime_at_zero, -30.0), 4 * case.eps, "the range does not reach f'(0)")
    if math.isfinite(d.f_prime_at_infinity):
        equal(high, d.f_prime_at_infinity, 4 * case.eps * (1.0 + abs(high)), "the range does not reach f'(inf)")
    else:
        assert high >= 59.0


@law
def composition_is_stable_form_of_naive(d, case):
    """The stable f*(g(v)) is f* of g(v), where that is far from the end of the domain."""
    v = np.clip(case.v, -8.0, 8.0)
    t = values(case, d.activation, v)
    naive, stable = values(case, d.conjugate, t), values(case, d.conjugate_of_activation, v)
    # a rounding of t moves f* by u eps |t|; in float64 for both dtypes, as u may leave float32 before f* does
    u = host(d.ratio(mnp.asarray(t)))
    room = host(d.domain.room(mnp.asarray(t))) if math.isfinite(d.domain.high) else np.full_like(t, np.inf)
    clear = np.isfinite(naive) & np.isfinite(u) & (room > 1e4 * case.eps * np.abs(t))
    tolerance = 64 * case.eps * (np.abs(stable) + u * (np.abs(t) + np.abs(room * np.isfinite(room))) + 1.0)
    equal(stable[clear], naive[clear], tolerance[clear], "composition")


@law
def canonical_pair(d, case):
    """The canonical activation is f'(exp v), its composition exp(v) f'(exp v) - f(exp v)."""
    v = np.clip(case.v, -6.0, 6.0)
    u = values(case, mnp.exp, v)
    t, f = values(case, d.f_prime, u), values(case, d.f, u)
    condition = np.abs(values(case, d.f_second, u)) * u * (1.0 + np.abs(v)) if smooth(d) else 0.0
    tolerance = 64 * case.eps * (np.abs(t) + condition + 1.0)
    away = np.abs(v) > (0.0 if smooth(d) else 1e-3)
    equal(values(case, d.canonical_activation, v)[away], t[away], tolerance[away], "canonical activation")
    tolerance = 64 * case.eps * (np.abs(u * t) + np.abs(f) + u * condition + 1.0)
    equal(
        values(case, d.conjugate_of_canonical_activation, v)[away],
        (u * t - f)[away],
        tolerance[away],
        "canonical f*",
    )


@law
def thresholds(d, case):
    """f'(1) = threshold = g(threshold_in_v) = canonical activation at 0; f(1) is the smallest value;
    f*(f'(1)) = f'(1) - f(1).
    """
    tolerance = 16 * case.eps * (1.0 + abs(d.threshold) + abs(d.f_at_one))
    equal(values(case, d.f_prime, 1.0), d.threshold, tolerance, "f'(1)")
    equal(values(case, d.f, 1.0), d.f_at_one, tolerance, "f(1)")
    equal(values(case, d.canonical_activation, 0.0), d.threshold, tolerance, "canonical threshold")
    equal(values(case, d.activation, d.threshold_in_v), d.threshold, 4 * tolerance, "threshold in v")
    at_threshold = d.threshold - d.f_at_one
    equal(values(case, d.conjugate, d.threshold), at_threshold, tolerance, "f*(f'(1))")
    equal(values(case, d.conjugate_of_activation, d.threshold_in_v), at_threshold, 16 * tolerance, "f*(g(v0))")


@law
def limits(d, case):
    """The stated f(0), f'(0) and f'(inf) are what the functions tend to, and f* ends and flattens where they
    say.
    """
    equal(
        values(case, d.f, 0.0),
        d.f_at_zero,
        0.0 if math.isinf(d.f_at_zero) else case.eps * (1 + abs(d.f_at_zero)),
        "f(0)",
    )
    equal(
        values(case, d.f_prime, 0.0),
        d.f_prime_at_zero,
        case.eps * 8 if math.isfinite(d.f_prime_at_zero) else 0.0,
    )
    low, high = (float(host(d.canonical_activation(mnp.asarray(v)))) for v in (-FAR, FAR))
    for found, stated in ((low, d.f_prime_at_zero), (high, d.f_prime_at_infinity)):
        if math.isfinite(stated):
            equal(found, stated, 1e-12 * (1 + abs(stated)), "f' in the limit")
        else:
            assert found * np.sign(stated) > 30.0
    flat = float(host(d.conjugate_of_canonical_activation(mnp.asarray(-FAR))))
    if math.isfinite(d.f_at_zero):
        equal(flat, -d.f_at_zero, 1e-12 * (1 + abs(flat)), "inf f* = -f(0)")
        if math.isfinite(d.f_prime_at_zero):
            equal(
                values(case, d.conjugate, d.f_prime_at_zero - np.array([0.5, 3.0, 8.0])),
                -d.f_at_zero,
                case.eps * 8,
            )
    else:
        assert flat < -600.0
    assert d.domain.high == d.f_prime_at_infinity or abs(d.domain.high - d.f_prime_at_infinity) <= 1e-15
    if math.isfinite(d.domain.high):
        beyond = d.domain.high + np.array([1e-3, 1.0, 30.0])
        assert np.all(values(case, d.conjugate, beyond) == np.inf)
        assert not np.any(host(d.domain.contains(case.on(beyond))))
        assert np.all(host(d.domain.contains(case.on(d.domain.high - np.array([1e-3, 1.0])))))
        if d.domain.high in (0.0, 0.5, 1.0):
            end = float(values(case, d.conjugate, d.domain.high))
            assert math.isfinite(end) == d.domain.closed
        # the value at a closed end, and infinity at an open one, is the limit of the canonical composition
        at_end = float(host(d.conjugate_of_canonical_activation(mnp.asarray(FAR))))
        assert (at_end < 30.0) == d.domain.closed


# -- the divergence ------------------------------------------------------------------------------------------


@law
def sum_over_categories(d, case):
    """between is sum q f(p/q), with f(0) and f'(inf) for empty categories, whatever way it is computed."""
    # p a little off its sum, where an additive multiple of sum p - sum q would show
    p, q = host(case.on(1.0005 * case.p)), host(case.on(case.q))
    both, only_q, only_p = (p > 0) & (q > 0), (p == 0) & (q > 0), (p > 0) & (q == 0)
    u = p[both] / q[both]
    terms = np.concatenate(
        [q[both] * host(d.f(mnp.asarray(u))), q[only_q] * d.f_at_zero, p[only_p] * d.f_prime_at_infinity]
    )
    size = 1.0 + np.sum(finite_scale(terms)) + np.sum(finite_scale(p[both] * host(d.f_prime(mnp.asarray(u)))))
    equal(case.between(d, p, q), np.sum(terms), 64 * case.eps * size, "between")


@law
def bound_and_gap(d, case):
    """The bound stays below the divergence, reaches it at T*, and the gap is the difference."""
    from minigan.divergences.variational import gap

    v = np.resize(case.v, case.p.shape)
    t = d.activation(case.on(v))
    p, q = case.on(case.p), case.on(case.q)
    exact = case.between(d, case.p, case.q)
    low = float(host(d.bound(t, t, p, q)))
    size = sensitivity(case, d, case.p, case.q)
    with np.errstate(all="ignore"):
        conjugate = host(d.conjugate(t))
        scale = case.eps * (np.sum(case.p * np.abs(host(t))) + finite_scale(np.sum(case.q * conjugate)))
    at_most(low, exact, 64 * (size + scale), "bound")
    if math.isfinite(exact) and np.all(case.p > 0) and np.all(case.q > 0) and case.dtype == "float64":
        best = d.optimal_critic(p / q)
        equal(float(host(d.bound(best, best, p, q))), exact, 1e3 * size, "bound at T*")
        if math.isfinite(low):
            equal(float(host(gap(d, t, p, q))), exact - low, 64 * (size + scale), "gap")


@law
def non_negative(d, case):
    """At least f(1), with equality at P = Q and only there."""
    exact = case.between(d, case.p, case.q)
    size = sensitivity(case, d, case.p, case.q)
    at_most(d.smallest, exact, 16 * size, "smallest")
    equal(case.between(d, case.p, case.p), d.smallest, 16 * case.eps * (1 + abs(d.smallest)), "P = Q")
    apart = np.sum(np.abs(case.p - case.q))
    if apart > 0.1:
        assert exact > d.smallest + 1e-4 * apart**2
    at_most(exact, d.largest, 16 * size, "largest")


@law
def joint_convexity(d, case):
    """D of mixtures is at most the mixture of the Ds."""
    a, b = case.weight, 1.0 - case.weight
    p, q = a * case.p + b * case.p2, a * case.q + b * case.q2
    apart = a * case.between(d, case.p, case.q) + b * case.between(d, case.p2, case.q2)
    size = sensitivity(case, d, case.p, case.q) + sensitivity(case, d, case.p2, case.q2)
    at_most(case.between(d, p, q), apart, 64 * (size + sensitivity(case, d, p, q)), "joint convexity")


@law
def data_processing(d, case):
    """No channel, and no merge of categories, increases D."""
    exact = case.between(d, case.p, case.q)
    for matrix in (case.channel, case.merge):
        p, q = case.p @ matrix, case.q @ matrix
        size = sensitivity(case, d, case.p, case.q) + sensitivity(case, d, p, q)
        at_most(case.between(d, p, q), exact, 64 * size, "data processing")


@law
def duality(d, case):
    """D(P || Q) of a row is D(Q || P) of its dual, and twice the dual is the row."""
    other = d.dual()
    size = 64 * (sensitivity(case, d, case.p, case.q) + sensitivity(case, other, case.q, case.p))
    equal(case.between(d, case.p, case.q), case.between(other, case.q, case.p), size, "dual")
    assert other.dual().name == d.name
    u = host(case.on(case.u))
    expected = u * values(case, other.f, 1.0 / u)
    equal(values(case, d.f, u), expected, 64 * case.eps * (np.abs(expected) + u + 1.0), "u f(1/u)")


@law
def local_scale(d, case):
    """D(P || P + e delta) is f(1) + f''(1)/2 e^2 sum delta^2/p + O(e^3)."""
    if not smooth(d):
        return
    direction = case.p2 / case.p2.sum() - case.q2 / case.q2.sum()
    p = np.where(case.p > 0, case.p, 0.05)
    p = p / p.sum()
    e = 1e-3 * float(np.min(p)) / (1e-12 + float(np.max(np.abs(direction))))
    q = p + e * direction
    found = case.between(d, p, q) - d.smallest
    second = float(values(case, d.f_second, 1.0))
    expected = 0.5 * second * float(np.sum((host(case.on(p)) - host(case.on(q))) ** 2 / p))
    drift = case.eps * (1.0 if d.name != "gan" else 4.0) + case.eps * abs(d.tangent)
    equal(found, expected, 0.02 * abs(expected) + 16 * drift, "local scale")


@law
def gradient_of_the_divergence(d, case):
    """The gradient in p is f'(p/q), in q f(u) - u f'(u), where nothing is empty."""
    if not (np.all(case.p > 0) and np.all(case.q > 0)):
        return
    p, q = case.on(case.p), case.on(case.q)
    in_p, in_q = (host(g) for g in mg.grad(lambda p, q: d.between(p, q), argnums=(0, 1))(p, q))
    u = host(p) / host(q)
    t, f = values(case, d.f_prime, u), values(case, d.f, u)
    condition = np.abs(values(case, d.f_second, u)) * u * 4 if smooth(d) else 0.0
    away = np.abs(u - 1.0) > 1e-3
    tolerance = 64 * case.eps * (1.0 + np.abs(t) + condition)
    equal(in_p[away], t[away], tolerance[away], "dD/dp")
    tolerance = 64 * case.eps * (1.0 + np.abs(f) + np.abs(u * t) + u * condition)
    equal(in_q[away], (f - u * t)[away], tolerance[away], "dD/dq")


# -- one row against the others ------------------------------------------------------------------------------

# name: the row as a weighted sum of others, and a constant
RELATIONS = {
    "jeffreys": ({"kl": 1.0, "reverse_kl": 1.0}, 0.0),
    "alpha(0.5)": ({"squared_hellinger": 2.0}, 0.0),
    "alpha(2)": ({"pearson": 0.5}, 0.0),
    "alpha(-1)": ({"neyman": 0.5}, 0.0),
    "weighted_jensen_shannon(0.5)": ({"jensen_shannon": 0.5}, 0.0),
    "gan": ({"jensen_shannon": 1.0}, -2.0 * math.log(2.0)),
}


@law
def relations(d, case):
    """Every exact relation that the row takes part in."""
    rows = lookup(d)
    for name, (parts, constant) in RELATIONS.items():
        if d.name != name and d.name not in parts:
            continue
        terms = [c * case.between(rows(part), case.p, case.q) for part, c in parts.items()]
        size = sum(sensitivity(case, rows(part), case.p, case.q) for part in (*parts, name))
        equal(
            case.between(rows(name), case.p, case.q),
            sum(terms) + constant,
            64 * size,
            f"{name} against {parts}",
        )


def lookup(d):
    """Rows by name, ``d`` standing in for the row of its name."""
    return lambda name: d if name == d.name else named(name)


def binary_entropy(x):
    return 0.0 if x <= 0 or x >= 1 else -x * math.log(x) - (1 - x) * math.log(1 - x)


@law
def inequalities(d, case):
    """The classical inequalities between rows."""
    rows = lookup(d)
    needed = "total_variation kl reverse_kl pearson neyman squared_hellinger jeffreys jensen_shannon"
    if d.name not in needed.split() and d.name not in ("weighted_jensen_shannon(0.3)", "gan"):
        return
    v, kl, rkl, pearson, neyman, h2, jeffreys, js = (case.between(rows(n), case.p, case.q) for n in needed.split())
    p, q = host(case.on(case.p)), host(case.on(case.q))
    with np.errstate(all="ignore"):
        triangle = float(np.nansum((p - q) ** 2 / (p + q)))
    bc, log2 = 1.0 - h2 / 2.0, math.log(2.0)
    v = min(v, 1.0)
    shared = float(np.sum(np.minimum(p, q)))  # 1 - V, without its rounding
    odds = math.log((1 + v) / shared) if shared > 0 else math.inf
    claims = {
        "Pinsker": (2 * v**2, kl),
        "Pinsker, fourth order": (2 * v**2 + 4 / 9 * v**4, kl),
        "Vajda": (odds - 2 * v / (1 + v), kl),
        "Bretagnolle-Huber": (v, math.sqrt(1 - math.exp(-kl)) if kl > 0 else 0.0),
        "Bretagnolle-Huber, second form": (v, 1 - 0.5 * math.exp(-kl)),
        "Le Cam from below": (h2 / 2, v),
        "Le Cam from above": (v, math.sqrt(max(h2 * (1 - h2 / 4), 0.0))),
        "overlap from below": (bc**2 / 2, 1 - v),
        "overlap from above": (1 - v, bc),
        "V^2 <= js": (v**2, js),
        "js, tight": (2 * (log2 - binary_entropy((1 - v) / 2)), js),
        "log2 H^2 <= js": (log2 * h2, js),
        "js <= H^2": (js, h2),
        "js <= 2 log2 V": (js, 2 * log2 * v),
        "half triangle <= js": (triangle / 2, js),
        "js <= log2 triangle": (js, log2 * triangle),
        "js <= jeffreys/4": (js, jeffreys / 4),
        "H^2 <= triangle": (h2, triangle),
        "triangle <= 2 H^2": (triangle, 2 * h2),
        "2 V^2 <= triangle": (2 * v**2, triangle),
        "triangle <= 2 V": (triangle, 2 * v),
        "kl <= log(1 + pearson)": (kl, math.log1p(pearson) if pearson < math.inf else math.inf),
        "rkl <= log(1 + neyman)": (rkl, math.log1p(neyman) if neyman < math.inf else math.inf),
        "Renyi 1/2 <= kl": (-2 * math.log(bc) if bc > 0 else math.inf, min(kl, rkl)),
        "H^2 <= kl": (h2, kl),
        "H^2 and pearson": (bc**-2 - 1 if bc > 0 else math.inf, pearson),
        "4 H^2 <= jeffreys": (4 * h2, jeffreys),
        "jeffreys, tight": (2 * v * odds, jeffreys),
        "4 V^2 <= pearson": (4 * v**2, pearson),
        "pearson, V >= 1/2": (v / shared if v >= 0.5 and shared > 0 else 0.0, pearson),
        "kl from above": (kl, math.log1p(2 * v**2 / np.min(q)) if np.min(q) > 0 else math.inf),
    }
    weight = 0.3
    jsw = case.between(rows("weighted_jensen_shannon(0.3)"), case.p, case.q)
    claims["2 pi (1 - pi) V^2 <= jsw"] = (2 * weight * (1 - weight) * v**2, jsw)
    claims["jsw <= hb(pi) V"] = (jsw, binary_entropy(weight) * v)
    slack = 400 * case.eps  # of square roots and logarithms near their ends: a root of it where one is taken
    for name, (low, high) in claims.items():
        rooted = name in ("Bretagnolle-Huber", "Le Cam from above", "overlap from above", "Renyi 1/2 <= kl")
        size = 1.0 + (abs(high) if math.isfinite(high) else 0.0)
        steep = 1.0 / max(shared, case.eps) if "tight" in name or "V >= 1/2" in name or name == "Vajda" else 1.0
        at_most(low, high, (math.sqrt(slack) if rooted or "H^2 and" in name else slack) * size * steep, name)


@law
def at_most_a_multiple_of_total_variation(d, case):
    """D - f(1) <= (f(0) + f'(inf) - f(1)) V wherever that is finite."""
    if math.isfinite(d.largest):
        v = case.between(lookup(d)("total_variation"), case.p, case.q)
        exact = case.between(d, case.p, case.q)
        at_most(exact - d.smallest, (d.largest - d.smallest) * v, 32 * sensitivity(case, d, case.p, case.q), "V")


# sup over u of f_i / f_j, f less its tangent at 1: D_i <= c D_j
ORDER = ["kl", "reverse_kl", "hellinger", "jeffreys", "js", "jsw", "alpha_0.75", "alpha_1.5", "alpha_-0.5"]
CONSTANTS = {
    ("kl", "pearson"): 1.0,
    ("kl", "jeffreys"): 1.0,
    ("kl", "alpha(1.5)"): 1.5,
    ("reverse_kl", "neyman"): 1.0,
    ("reverse_kl", "jeffreys"): 1.0,
    ("reverse_kl", "alpha(-0.5)"): 1.5,
    ("squared_hellinger", "kl"): 1.0,
    ("squared_hellinger", "reverse_kl"): 1.0,
    ("squared_hellinger", "pearson"): 1.0,
    ("squared_hellinger", "neyman"): 1.0,
    ("squared_hellinger", "jeffreys"): 0.25,
    ("squared_hellinger", "jensen_shannon"): 1.4426950409,
    ("squared_hellinger", "weighted_jensen_shannon(0.3)"): 4.005248,
    ("squared_hellinger", "alpha(0.75)"): 0.75,
    ("squared_hellinger", "alpha(1.5)"): 1.5,
    ("squared_hellinger", "alpha(-0.5)"): 1.5,
    ("jensen_shannon", "kl"): 0.6931472,
    ("jensen_shannon", "reverse_kl"): 0.6931472,
    ("jensen_shannon", "pearson"): 0.6931472,
    ("jensen_shannon", "neyman"): 0.6931472,
    ("jensen_shannon", "squared_hellinger"): 1.0,
    ("jensen_shannon", "jeffreys"): 0.25,
    ("jensen_shannon", "weighted_jensen_shannon(0.3)"): 2.776226,
    ("jensen_shannon", "alpha(0.75)"): 0.5445498,
    ("jensen_shannon", "alpha(1.5)"): 1.039721,
    ("jensen_shannon", "alpha(-0.5)"): 1.039721,
    ("weighted_jensen_shannon(0.3)", "kl"): 0.2496725,
    ("weighted_jensen_shannon(0.3)", "reverse_kl"): 0.3611918,
    ("weighted_jensen_shannon(0.3)", "pearson"): 0.2496725,
    ("weighted_jensen_shannon(0.3)", "neyman"): 0.3611918,
    ("weighted_jensen_shannon(0.3)", "squared_hellinger"): 0.4448314,
    ("weighted_jensen_shannon(0.3)", "jeffreys"): 0.1080324,
    ("weighted_jensen_shannon(0.3)", "jensen_shannon"): 0.5210897,
    ("weighted_jensen_shannon(0.3)", "alpha(0.75)"): 0.2108639,
    ("weighted_jensen_shannon(0.3)", "alpha(1.5)"): 0.3745087,
    ("weighted_jensen_shannon(0.3)", "alpha(-0.5)"): 0.5417878,
    ("alpha(0.75)", "kl"): 1.333333333,
    ("alpha(0.75)", "reverse_kl"): 4.0,
    ("alpha(0.75)", "pearson"): 1.333333333,
    ("alpha(0.75)", "neyman"): 4.0,
    ("alpha(0.75)", "squared_hellinger"): 4.0,
    ("alpha(0.75)", "jeffreys"): 0.5473287,
    ("alpha(0.75)", "jensen_shannon"): 5.77078,
    ("alpha(0.75)", "weighted_jensen_shannon(0.3)"): 11.07445,
    ("alpha(0.75)", "alpha(1.5)"): 2.0,
    ("alpha(0.75)", "alpha(-0.5)"): 6.0,
    ("alpha(1.5)", "pearson"): 0.6666666667,
    ("alpha(-0.5)", "neyman"): 0.6666666667,
}


@law
def comparison_constants(d, case):
    """D_i <= c_ij D_j with the best constants, for the pairs that have one."""
    rows = lookup(d)
    for (i, j), constant in CONSTANTS.items():
        if d.name not in (i, j):
            continue
        small, large = case.between(rows(i), case.p, case.q), case.between(rows(j), case.p, case.q)
        size = sensitivity(case, rows(i), case.p, case.q)
        tolerance = 1e-6 * constant * (large if math.isfinite(large) else 0.0) + 32 * size
        at_most(small, constant * large, tolerance, f"{i} <= {constant} {j}")


@law
def products(d, case):
    """kl and its kin add up over products; 1 - H^2/2, 1 + pearson and 1 + a (a - 1) D_a multiply."""
    one, two = case.between(d, case.p, case.q), case.between(d, case.p2, case.q2)
    p, q = np.outer(case.p, case.p2).ravel(), np.outer(case.q, case.q2).ravel()
    both = case.between(d, p, q)
    if d.name in ("kl", "reverse_kl", "jeffreys"):
        expected = one + two
    else:
        factors = {"squared_hellinger": -0.5, "pearson": 1.0, "neyman": 1.0}
        a = d.parameter
        c = a * (a - 1.0) if d.name.startswith("alpha(") else factors.get(d.name)
        if c is None:
            return
        expected = ((1 + c * one) * (1 + c * two) - 1) / c
        if c < 0 and not (math.isfinite(one) and math.isfinite(two)):
            return
    size = sensitivity(case, d, p, q) + sensitivity(case, d, case.p, case.q) + sensitivity(case, d, case.p2, case.q2)
    if math.isfinite(expected):
        equal(both, expected, 64 * (size + case.eps * abs(expected)), "product")
    else:
        assert both == np.inf


assert all(name in TABLE or "(" in name for pair in CONSTANTS for name in pair)

"""The table once more, in mpmath: f and f' as printed in textbooks, the conjugate as a certified supremum.

``u t - f(u)`` is concave in u, so a u with f'(u) = t is its maximiser; `conjugate` takes the u that `inverse`
claims, asserts f'(u) = t to most of the digits at hand, and returns the value there. No formula of the
conjugate is repeated.
"""

from dataclasses import dataclass

from mpmath import exp, inf, lambertw, log, mp, mpf, sqrt, tanh

DIGITS = 1300


@dataclass(frozen=True)
class Oracle:
    f: object
    f_prime: object
    inverse: object  # the u with f'(u) = t
    activation: object
    lowest: object  # f'(0+)
    highest: object  # f'(inf)
    f_at_zero: object
    attained: bool = False  # f* finite at ``highest``

    def conjugate(self, t):
        if t > self.highest:
            return inf
        if t <= self.lowest:
            return -self.f_at_zero
        if t == self.highest:
            return self.end if self.attained else inf
        u = self.inverse(t)
        assert abs(self.f_prime(u) - t) <= mpf(10) ** (-mp.dps // 2) * max(1, abs(t))
        return u * t - self.f(u)

    @property
    def end(self):
        """f* at the closed end of its domain, the limit of u f'(inf) - f(u)."""
        u = mpf(10) ** 400
        return u * self.highest - self.f(u)


def softplus(v):
    return log(1 + exp(v))


def weighted(pi):
    pi = mpf(pi)
    r = 1 - pi
    return Oracle(
        f=lambda u: pi * u * log(u) - (r + pi * u) * log(r + pi * u),
        f_prime=lambda u: pi * log(u / (r + pi * u)),
        inverse=lambda t: r * exp(t / pi) / (1 - pi * exp(t / pi)),
        activation=lambda v: -pi * log(pi) - softplus(-v),
        lowest=-inf,
        highest=-pi * log(pi),
        f_at_zero=-r * log(r),
    )


def alpha(a):
    a = mpf(a)
    below = a < 1
    return Oracle(
        f=lambda u: (u**a - 1 - a * (u - 1)) / (a * (a - 1)),
        f_prime=lambda u: (u ** (a - 1) - 1) / (a - 1),
        inverse=lambda t: (1 + (a - 1) * t) ** (1 / (a - 1)),
        activation=(lambda v: 1 / (1 - a) - softplus(-v)) if below else (lambda v: v),
        lowest=-inf if below else -1 / (a - 1),
        highest=1 / (1 - a) if below else inf,
        f_at_zero=1 / a if a > 0 else inf,
        attained=a < 0,
    )


def total_variation():
    class TotalVariation(Oracle):
        def conjugate(self, t):  # the maximiser sits at the kink, u = 1, or at u = 0
            return inf if t > mpf(1) / 2 else max(t, -mpf(1) / 2)

    half = mpf(1) / 2
    return TotalVariation(
        f=lambda u: abs(u - 1) / 2,
        f_prime=lambda u: half if u > 1 else -half if u < 1 else mpf(0),
        inverse=None,
        activation=lambda v: tanh(v) / 2,
        lowest=-half,
        highest=half,
        f_at_zero=half,
        attained=True,
    )


def oracle(name):
    """The oracle of the row called ``name``, at the working precision of the moment."""
    if name.startswith("alpha("):
        return alpha(float(name[6:-1]))
    if name.startswith("weighted_jensen_shannon("):
        return weighted(float(name[24:-1]))
    two = mpf(2)
    return {
        "total_variation": total_variation,
        "kl": lambda: Oracle(
            lambda u: u * log(u), lambda u: log(u) + 1, lambda t: exp(t - 1), lambda v: v, -inf, inf, mpf(0)
        ),
        "reverse_kl": lambda: Oracle(
            lambda u: -log(u), lambda u: -1 / u, lambda t: -1 / t, lambda v: -exp(-v), -inf, mpf(0), inf
        ),
        "pearson": lambda: Oracle(
            lambda u: (u - 1) ** 2,
            lambda u: 2 * (u - 1),
            lambda t: 1 + t / 2,
            lambda v: v,
            mpf(-2),
            inf,
            mpf(1),
        ),
        "neyman": lambda: Oracle(
            lambda u: (1 - u) ** 2 / u,
            lambda u: 1 - u**-2,
            lambda t: 1 / sqrt(1 - t),
            lambda v: 1 - exp(-v),
            -inf,
            mpf(1),
            inf,
            attained=True,
        ),
        "squared_hellinger": lambda: Oracle(
            lambda u: (sqrt(u) - 1) ** 2,
            lambda u: 1 - 1 / sqrt(u),
            lambda t: (1 - t) ** -2,
            lambda v: 1 - exp(-v),
            -inf,
            mpf(1),
            mpf(1),
        ),
        "jeffreys": lambda: Oracle(
            lambda u: (u - 1) * log(u),
            lambda u: log(u) + 1 - 1 / u,
            lambda t: 1 / lambertw(exp(1 - t)).real,
            lambda v: v,
            -inf,
            inf,
            inf,
        ),
        "jensen_shannon": lambda: Oracle(
            lambda u: u * log(u) - (1 + u) * log((1 + u) / 2),
            lambda u: log(2 * u / (1 + u)),
            lambda t: exp(t) / (2 - exp(t)),
            lambda v: log(two) - softplus(-v),
            -inf,
            log(two),
            log(two),
        ),
        "gan": lambda: Oracle(
            lambda u: u * log(u) - (1 + u) * log(1 + u),
            lambda u: log(u / (1 + u)),
            lambda t: exp(t) / (1 - exp(t)),
            lambda v: -softplus(-v),
            -inf,
            mpf(0),
            mpf(0),
        ),
    }[name]()

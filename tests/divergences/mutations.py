"""Do the laws notice? Every row is spoilt in every way a slip of the pen could, and each slip must break a
law.

    python -m tests.divergences.mutations

prints, per row, how many wrong rows were made, how many were caught, and by which laws.
"""

import dataclasses
import math
from collections import Counter

import numpy as np

import minigan.numpy as mnp
from minigan.divergences import TABLE, Domain, alpha, kl
from minigan.divergences.row import Formulas

from .laws import LAWS, random_case

CASES = [random_case(np.random.default_rng(seed), zeros=seed % 2 == 1) for seed in range(6)]


def with_formula(row, name, change):
    before = getattr(row.formulas, name)
    return dataclasses.replace(row, formulas=row.formulas._replace(**{name: lambda x: change(before(x), x)}))


def shifted(value, by=0.01):
    """A finite constant moved by one percent of its size (or by 1/100), an infinite one made finite."""
    return math.copysign(5.0, value) if math.isinf(value) else value + by * max(1.0, abs(value))


def mutants(row):
    """Pairs (what was done, the wrong row)."""
    for name in Formulas._fields:
        if getattr(row.formulas, name) is not None:
            yield f"{name} one percent larger", with_formula(row, name, lambda y, x: 1.01 * y)
            yield f"{name} with its sign flipped", with_formula(row, name, lambda y, x: -y)
    for name in (
        "threshold",
        "threshold_in_v",
        "f_at_one",
        "f_at_zero",
        "f_prime_at_zero",
        "f_prime_at_infinity",
        "tangent",
    ):
        yield f"{name} moved", dataclasses.replace(row, **{name: shifted(getattr(row, name))})
    a, b = row.growth
    yield "growth at infinity one percent off", dataclasses.replace(row, growth=(a + 0.01, b))
    yield "growth at zero one percent off", dataclasses.replace(row, growth=(a, b + 0.01))
    yield "the wrong dual", dataclasses.replace(row, dual_row=lambda: kl if row.name != "reverse_kl" else row)
    yield from dropped_edges(row)


def dropped_edges(row):
    """f* continued beyond where its formula holds, and domains with the wrong end."""
    high = row.domain.high
    if math.isfinite(high):
        yield (
            "f* finite beyond the domain",
            with_formula(row, "conjugate", lambda y, t: mnp.where(t > high, 0.0, y)),
        )
        yield (
            "a closed end opened, or an open one closed",
            dataclasses.replace(row, domain=row.domain._replace(closed=not row.domain.closed)),
        )
        moved = Domain(high + 0.01, row.domain.closed, (high + 0.01, 0.0, 0.0), (high + 0.01,) * 2)
        yield "a domain too large", dataclasses.replace(row, domain=moved)
    if math.isfinite(row.f_prime_at_zero):
        yield (
            "f* as printed, below f'(0) too",
            with_formula(row, "conjugate", lambda y, t: row.as_printed.conjugate(t)),
        )
    if not row.as_printed.increasing:
        yield (
            "the printed, decreasing activation",
            with_formula(row, "activation", lambda y, v: row.as_printed.activation(v)),
        )
    if row.parameter is not None and row.parameter < 0:
        yield (
            "f* as printed, 1/|alpha|",
            with_formula(row, "conjugate", lambda y, t: row.as_printed.conjugate(t)),
        )


def caught_by(row):
    """The first law that a row breaks, or None."""
    for case in CASES:
        for name, law in LAWS.items():
            try:
                law(row, case)
            except AssertionError:
                return name
    return None


def run(rows=None):
    """{row: (number of mutants, survivors, laws that caught)}, and the rows that fail although nothing is
    wrong.
    """
    report, failing = {}, []
    for row in rows or [*TABLE.values(), alpha(-0.5)]:
        if caught_by(row) is not None:
            failing.append((row.name, caught_by(row)))
        found = [(what, caught_by(wrong)) for what, wrong in mutants(row)]
        survivors = [what for what, law in found if law is None]
        report[row.name] = (len(found), survivors, Counter(law for _, law in found if law))
    return report, failing


def describe(report):
    lines = [f"{'row':32} wrong  caught  by (first law to notice)"]
    for name, (count, survivors, laws) in report.items():
        by = ", ".join(f"{law} {n}" for law, n in laws.most_common())
        lines.append(f"{name:32} {count:5}  {count - len(survivors):6}  {by}")
        lines += [f"    survived: {what}" for what in survivors]
    made = sum(count for count, _, _ in report.values())
    survived = sum(len(survivors) for _, survivors, _ in report.values())
    lines.append(f"{made} wrong rows, {made - survived} caught, {survived} survived")
    return "\n".join(lines)


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        found, failing = run()
    print(describe(found))
    for name, law in failing:
        print(f"not spoilt, and yet it breaks {law}: {name}")
    raise SystemExit(bool(failing) or any(survivors for _, survivors, _ in found.values()))

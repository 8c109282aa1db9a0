"""Every law for every row and both families, over drawn cases, in float64 and float32, on the backend of the
run.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.divergences import TABLE, alpha, weighted_jensen_shannon
from minigan.testing import (
    alphas,
    channels,
    merges,
    mixture_weights,
    near_equal_pairs,
    near_singular_pairs,
    pairs,
    pairs_with_zeros,
)

from .laws import LAWS, Case

ROWS = {name: st.just(row) for name, row in TABLE.items()}
ROWS["weighted_jensen_shannon(pi)"] = st.builds(weighted_jensen_shannon, mixture_weights())
ROWS["alpha(a)"] = st.builds(alpha, alphas())


@st.composite
def cases(draw):
    """One `Case` for both dtypes; the pairs are ordinary, nearly equal, nearly singular, or with empty
    categories.
    """
    k = draw(st.integers(2, 5))
    kind = draw(st.sampled_from((pairs, near_equal_pairs, near_singular_pairs, pairs_with_zeros)))
    p, q = draw(kind(st.just(k)))
    p2, q2 = draw(pairs(st.just(k)))
    return {
        "u": np.exp([draw(st.floats(-7.0, 7.0)) for _ in range(4)]),
        "v": np.array([draw(st.floats(-12.0, 12.0)) for _ in range(4)]),
        "p": p,
        "q": q,
        "p2": p2,
        "q2": q2,
        "channel": draw(channels(k)),
        "merge": draw(merges(k)),
        "weight": draw(st.floats(0.05, 0.95)),
    }


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("row", ROWS)
def test_every_law_holds(row):
    """One drawn case for all the laws: drawing costs as much as a few laws, and they share what they compute."""

    @given(ROWS[row], cases())
    def holds(d, drawn):
        known = {}
        for dtype in ("float64", "float32"):
            case = Case(dtype=dtype, known=known, **drawn)
            for name, law in LAWS.items():
                try:
                    law(d, case)
                except Exception as error:
                    error.add_note(f"law: {name}, row: {d}, dtype: {dtype}")
                    raise

    holds()

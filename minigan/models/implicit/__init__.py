"""Models whose likelihood nobody can write down, and inference without one: by ratios that a discriminator learns.

`pairs` of laws with a known density ratio, `ratio_estimators` that learn it from samples, `linear_ratio` the same of few
numbers, `ratio_error` what is wrong about it and where, `ratios` the system · `simulators` with parameters,
`likelihood_free` their posterior by such a ratio.
"""

from . import likelihood_free, ratios

__all__ = ["likelihood_free", "ratios"]

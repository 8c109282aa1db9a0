"""Models whose likelihood nobody can write down, and inference without one: by ratios that a discriminator learns.

`pairs` of laws with a known density ratio, `ratio_estimators` that learn it from samples, `linear_ratio` the same of few
numbers, `ratio_error` what is wrong about it and where, `ratios` the system · `simulators` with parameters,
`likelihood_free` their posterior by such a ratio.

`bayesian_gan` weights that are sampled and not fitted, on the data of `planes`, by the networks of `many_generators`.
"""

from . import bayesian_gan, likelihood_free, ratios

__all__ = ["bayesian_gan", "likelihood_free", "ratios"]

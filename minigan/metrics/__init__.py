"""What generated samples are judged by, and what a perfect generator would score.

`modes` of a mixture covered · `digits` by a classifier of real ones · `mmd` maximum mean discrepancy · `wasserstein`
sliced · `frechet` distance · `precision_recall` · `counting` blobs in an image ·
`mirror` symmetry of an image · `null` the law of any metric where model and data agree.
"""

from .counting import blob_counts, blob_judgement
from .digits import DigitJudge, digit_coverage, digit_judge, stacked_coverage
from .frechet import frechet_between_gaussians, frechet_distance
from .mirror import mirror_errors, mirror_judgement
from .mmd import (
    expected_biased_mmd,
    gaussian_kernel,
    median_bandwidth,
    mmd,
    mmd_null,
    polynomial_kernel,
    rational_quadratic_kernel,
    squared_distances,
)
from .modes import (
    chance_of_missing_a_mode,
    expected_mode_kl,
    high_quality_ceiling,
    kl_from_uniform,
    mode_coverage,
    mode_kl_quantile,
)
from .null import Null, null_distribution
from .precision_recall import PrecisionRecall, precision_recall
from .wasserstein import sliced_wasserstein, wasserstein_on_the_line

__all__ = [
    "DigitJudge",
    "Null",
    "PrecisionRecall",
    "blob_counts",
    "blob_judgement",
    "chance_of_missing_a_mode",
    "digit_coverage",
    "digit_judge",
    "expected_biased_mmd",
    "expected_mode_kl",
    "frechet_between_gaussians",
    "frechet_distance",
    "gaussian_kernel",
    "high_quality_ceiling",
    "kl_from_uniform",
    "median_bandwidth",
    "mirror_errors",
    "mirror_judgement",
    "mmd",
    "mmd_null",
    "mode_coverage",
    "mode_kl_quantile",
    "null_distribution",
    "polynomial_kernel",
    "precision_recall",
    "rational_quadratic_kernel",
    "sliced_wasserstein",
    "squared_distances",
    "stacked_coverage",
    "wasserstein_on_the_line",
]

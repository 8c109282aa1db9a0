"""Wrong formulas for the claim on the inverse autoregressive posterior."""

import math

NAN = math.nan


def gaps(plain=0.43, curved=0.02):
    """Trainings that ended with these gaps."""
    return lambda q, seed, steps: plain if q.__name__ == "gaussian" else curved


PLANTED = {
    "iaf-closes-the-gap": [
        dict(gap=gaps(curved=0.43)),  # no better than a Gaussian
        dict(gap=gaps(curved=-0.01)),  # a bound above log p(x)
        dict(gap=gaps(plain=0.01, curved=0.001)),
        dict(gap=gaps(curved=NAN)),
        dict(gap=gaps(), log_det=lambda found: 0.0 * found[1]),
        dict(gap=gaps(), log_det=lambda found: -found[1]),
    ],
}

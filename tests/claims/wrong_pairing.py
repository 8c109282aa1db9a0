"""Wrong formulas for the claims about the pairing game, the landscape of few points, and a D of batches."""

import math

from minigan import nn
from minigan.claims.games.landscape import COUNTED, CURVATURES, STATED
from minigan.claims.games.pairing import damped, of_pairs
from minigan.gan import non_saturating
from minigan.gan.optimal import optimal_logit
from minigan.models.games.landscape import LOG2, value


def all_pairs_for_partners(assignment, game):
    return value(assignment, "all pairs" if game == "partners" else game)


PLANTED = {
    "pairing-on-dirac": [
        {"game": non_saturating},  # with the lecture's factor 1/2: half of the field
        {"eigenvalues": lambda gamma: damped(0.5 * gamma)},
        {"eigenvalues": lambda gamma: damped(gamma, 1.0)},
    ],
    "pairing-best-discriminator": [
        {"logit": lambda p, q: lambda x: 2.0 * optimal_logit(p, q)(x)},
        {"logit": lambda p, q: optimal_logit(q, p)},
        {"value": lambda p, q: of_pairs(p, q) + 1e-5},
        {"value": lambda p, q: 0.5 * of_pairs(p, q) - 0.5 * LOG2},
    ],
    "landscape-of-points": [
        {"stated": {**STATED, ((0, 0), "separate"): -0.5 * LOG2}},
        {"stated": {((0, 0), "all pairs"): 0.5 * LOG2 - 0.75 * math.log(3.0)}},
        {"counted": {**COUNTED, "partners": lambda n: n**n}},
        {"counted": {**COUNTED, "all pairs": math.factorial}},
        {"value": all_pairs_for_partners},
        {"game_of_partners": "all pairs"},
        {"game_of_partners": "separate"},
    ],
    "landscape-with-slopes": [
        {"curvatures": {**CURVATURES, "separate": CURVATURES["all pairs"]}},
        {"curvatures": {**CURVATURES, "all pairs": lambda width: 1.0 / (4.0 * width**2)}},
        {"partners": lambda self, y: float(self.all_pairs(y))},
    ],
    "minibatch-discriminator": [
        {"own_term": 1.0},
        {"layers": {"minibatch discrimination": None}},
        {"layers": {"deviation over the batch": nn.dense(3)}},
        {"layers": {"none": nn.minibatch_stddev()}},
    ],
}
TRAINS = ("pairing-best-discriminator", "minibatch-discriminator")

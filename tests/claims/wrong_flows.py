"""Wrong formulas for the claims on changes of variables and on independent components."""

import math

import minigan.numpy as mnp
from minigan.claims.explicit.change_of_variables import darmois, phi, through, turned
from minigan.models.explicit.ica import log_density, log_sech_density

NAN = math.nan


def found(amari=0.01, beside=0.02, kl=0.01):
    return lambda seed, steps: {"amari_index": amari, "amari_index_of_fast_ica": beside, "kl_of_data_from_model": kl}


def without_determinant(unmixing, x):
    return mnp.sum(log_sech_density(mnp.matmul(x, mnp.matrix_transpose(unmixing))), -1)


PLANTED = {
    "change-of-variables": [
        dict(law=lambda p, g: lambda x: p.log_density(g(x))),  # no determinant
        dict(law=lambda p, g: lambda x: 2.0 * p.log_density(g(x)) - through(p, g)(x)),  # divided by it
        dict(log_det=lambda found: -found[1]),
        dict(log_det=lambda found: 0.0 * found[1]),
        dict(log_det=lambda found: found[1] + 1e-5),
        dict(log_det=lambda found: NAN * found[1]),
    ],
    "must-be-invertible": [
        dict(counted=1.0),  # as if each point were counted once
        dict(law=lambda p, g: lambda x: p.log_density(g(x))),
        dict(refuses=lambda call: False),
        dict(counted=NAN),
    ],
    "nonlinear-ica": [
        dict(independent=lambda x: phi(x)),  # each coordinate by itself
        dict(independent=lambda x: mnp.stack([darmois(x)[0], phi(x[1])])),
        dict(turn=lambda u, angle: u),  # no other pair at all
        dict(turn=lambda u, angle: turned(u, angle) ** 1.01),
        dict(independent=lambda x: NAN * x),
    ],
    "linear-ica": [
        dict(train=found(amari=0.3)),
        dict(train=found(beside=0.3)),
        dict(train=found(kl=0.5)),
        dict(train=found(amari=NAN)),
        dict(train=found(), likelihood=without_determinant),
        dict(train=found(), likelihood=lambda w, x: 2.0 * log_density(w, x)),
    ],
}

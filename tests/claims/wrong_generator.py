"""Wrong formulas for the claims on the generator network, on G in the inner loop, and on features of a minibatch."""

import math

import numpy as np

import minigan.numpy as mnp
from minigan.claims.games.minibatch import nearness
from minigan.claims.generator import curve, in_tube, smoothed_density, square_density, square_logit
from minigan.claims.value import disagreement
from minigan.gan import minimax, non_saturating, optimal_discriminator

NAN = math.nan

PLANTED = {
    "generator-not-invertible": [
        dict(density=lambda theta, x: square_density(theta, x) - math.log(2.0)),  # one branch, as if G had an inverse
        dict(density=lambda theta, x: square_density(theta, x) + 1e-6),
        dict(logit=lambda truth, theta: lambda x: -square_logit(truth, theta)(x)),
        dict(logit=lambda truth, theta: lambda x: 0.5 * x * (1.0 / theta - 1.0 / truth)),
        dict(deviation=lambda t: t),  # as for one code to a sample: both laws are narrower, and the end is another
        dict(density=lambda theta, x: NAN * x),
    ],
    "any-size-of-code": [
        dict(train=lambda size, seed, steps: (2.0, 2.0)),  # untrained
        dict(train=lambda size, seed, steps: (2.0, 0.2 if size > 1 else 1.5)),
        dict(train=lambda size, seed, steps: (2.0, NAN)),
    ],
    "code-smaller-than-data": [
        dict(generator=lambda z: curve(z) + 1e-3 * mnp.stack([z, z], -1)),
        dict(data_share=lambda width: 1.01 * 2.0 * width / math.sqrt(2.0 * math.pi)),
        dict(data_share=lambda width: 0.5),
        dict(data_share=lambda width: in_tube(100.0 * width)),
        dict(jacobian_of=lambda f: lambda z: mnp.eye(2)),
        dict(data_share=lambda width: NAN),
    ],
    "conditionally-gaussian": [
        dict(density=lambda g, s, x: smoothed_density(g, 1.01 * s, x)),
        dict(density=lambda g, s, x: 1.001 * smoothed_density(g, s, x)),
        dict(density=lambda g, s, x: smoothed_density(lambda z: 0.0 * z + g(mnp.zeros_like(z)), s, x)),
        dict(density=lambda g, s, x: NAN * x),
    ],
    "no-single-loss": [
        dict(off=lambda s: 0.0),
        dict(off=lambda s: disagreement(s) + 1e-9),
        dict(off=lambda s: disagreement(-s)),
        dict(fair=non_saturating),
        dict(heuristic=minimax),
        dict(off=lambda s: NAN),
    ],
    "generator-in-inner-loop": [
        dict(place=lambda d: int(np.argmin(d))),
        dict(place=lambda d: 1),
        dict(best=lambda p, q: optimal_discriminator(q, p)),
        dict(best=lambda p, q: lambda x: 0.5 + 0.0 * x),
        dict(best=lambda p, q: lambda x: 0.5 * p / mnp.max(p)),  # D does not answer to where G is
    ],
    "minibatch-features": [
        dict(best=lambda n: 1.0 - 0.5 ** (n - 1)),
        dict(best=lambda n: 0.5),
        dict(features={"none": lambda batch: np.zeros((len(batch), 1))}),
        dict(features={"the sample alone": lambda batch: batch[:1, None] + np.zeros((len(batch), 1))}),
        dict(features={"from the first to its neighbour": lambda batch: nearness(batch[:1])}),
        dict(best=lambda n: NAN),
    ],
}

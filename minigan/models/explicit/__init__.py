"""Models with an explicit likelihood, the first third of the lecture, each with what it costs.

`likelihood` what they share: one player whose loss is minus a log-likelihood, nats that say what kind of number they are,
and how often a function was called · `bits` the digits as bits, which all of them are judged by.

Bit by bit, by the chain rule: `autoregressive` what these share · `fvbn` Frey's logistic belief net, and a full table ·
`made` a masked network · `pixelcnn` masked convolutions, in `pixelcnn_networks` · `wavenet` sound. Through maps with an
inverse: `flow` what these share · `realnvp` couplings · `ica` linear independent components. By a bound: `vae`.
"""

from . import fvbn, ica, made, pixelcnn, realnvp, vae, wavenet
from .bits import Bits, digit_bits, independent_pixels
from .likelihood import Cost, Counted, Nats, likelihood_system, nats_of

__all__ = [
    "Bits",
    "Cost",
    "Counted",
    "Nats",
    "digit_bits",
    "fvbn",
    "ica",
    "independent_pixels",
    "likelihood_system",
    "made",
    "nats_of",
    "pixelcnn",
    "realnvp",
    "vae",
    "wavenet",
]

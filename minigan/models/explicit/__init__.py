"""Models with an explicit likelihood, the first third of the lecture, each with what it costs.

`likelihood` what they share: one player whose loss is minus a log-likelihood, nats that say what kind of number they are,
and how often a function was called · `bits` the digits as bits, which all of them are judged by.

Bit by bit, by the chain rule: `autoregressive` what these share · `fvbn` Frey's logistic belief net, and a full table ·
`made` a masked network · `pixelcnn` masked convolutions, in `pixelcnn_networks` · `wavenet` sound, by `wavenet_network`.
Through maps with an inverse: `flow` what these share · `realnvp` couplings · `ica` linear independent components. By a
bound: `vae`, and `iaf` with a posterior that is no Gaussian.

Boltzmann machines: `rbm` and `boltzmann` their formulas, by enumeration (`states`) · `ais` an estimate of log Z · `gibbs`
sweeps and their transition matrices · `markov_chain` what a sample costs · `contrastive_divergence` training · the systems
`rbm_of_digits` and `boltzmann_of_bars`.
"""

from . import boltzmann_of_bars, fvbn, iaf, ica, made, pixelcnn, rbm_of_digits, realnvp, vae, wavenet
from .bits import Bits, digit_bits, independent_pixels
from .likelihood import Cost, Counted, Nats, likelihood_system, nats_of

__all__ = [
    "Bits",
    "Cost",
    "Counted",
    "Nats",
    "boltzmann_of_bars",
    "digit_bits",
    "fvbn",
    "iaf",
    "ica",
    "independent_pixels",
    "likelihood_system",
    "made",
    "nats_of",
    "pixelcnn",
    "rbm_of_digits",
    "realnvp",
    "vae",
    "wavenet",
]

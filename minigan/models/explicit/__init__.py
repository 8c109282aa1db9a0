"""Models with an explicit likelihood, the first third of the lecture, each with what it costs.

`likelihood` what they share: one player whose loss is minus a log-likelihood, nats that say what kind of number they are,
and how often a function was called · `bits` the digits as bits, which all of them are judged by.

Boltzmann machines: `rbm` and `boltzmann` their formulas, by enumeration (`states`) · `ais` an estimate of log Z · `gibbs`
sweeps and their transition matrices · `markov_chain` what a sample costs · `contrastive_divergence` training · the systems
`rbm_of_digits` and `boltzmann_of_bars`.
"""

from . import boltzmann_of_bars, rbm_of_digits
from .bits import Bits, digit_bits, independent_pixels
from .likelihood import Cost, Counted, Nats, likelihood_system, nats_of

__all__ = [
    "Bits",
    "Cost",
    "Counted",
    "Nats",
    "boltzmann_of_bars",
    "digit_bits",
    "independent_pixels",
    "likelihood_system",
    "nats_of",
    "rbm_of_digits",
]

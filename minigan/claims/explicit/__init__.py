"""Models with an explicit likelihood: what each is, and what it costs, by enumeration and quadrature.

`boltzmann` machines that are normalised by a sum over all states · `markov_chains` what they need those for.
"""

from . import boltzmann, markov_chains

__all__ = ["boltzmann", "markov_chains"]

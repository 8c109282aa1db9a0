"""Models with an explicit likelihood: what each is, and what it costs, by enumeration and quadrature.

`autoregressive` belief nets, normalised, n steps a sample, without a code · `pixelcnn` what a pixel sees; named classes ·
`wavenet` sound · `change_of_variables` maps with an inverse, independent components · `vae` a bound and its gap ·
`boltzmann` machines that are normalised by a sum over all states · `markov_chains` what they need those for ·
`consistency` which estimates tend to the truth.
"""

from . import autoregressive, pixelcnn, wavenet, change_of_variables, vae  # noqa: I001  (the lecture's order)
from . import boltzmann, markov_chains, consistency

__all__ = [
    "autoregressive",
    "boltzmann",
    "change_of_variables",
    "consistency",
    "markov_chains",
    "pixelcnn",
    "vae",
    "wavenet",
]

"""Models with an explicit likelihood: what each is, and what it costs, by enumeration and quadrature.

`autoregressive` belief nets, normalised, n steps a sample, without a code · `pixelcnn` what a pixel sees; named classes ·
`wavenet` sound · `change_of_variables` maps with an inverse, independent components · `vae` a bound and its gap, `iaf`
less of it, `sample_quality` beside a GAN's · `boltzmann` machines that are normalised by a sum over all states ·
`markov_chains` what they need those for · `consistency` which estimates tend to the truth.
"""

from . import autoregressive, pixelcnn, wavenet, change_of_variables, vae, iaf  # noqa: I001  (the lecture's order)
from . import sample_quality, boltzmann, markov_chains, consistency

__all__ = [
    "autoregressive",
    "boltzmann",
    "change_of_variables",
    "consistency",
    "iaf",
    "markov_chains",
    "pixelcnn",
    "sample_quality",
    "vae",
    "wavenet",
]

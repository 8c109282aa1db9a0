"""Models with an explicit likelihood: what each is, and what it costs, by enumeration and quadrature.

`autoregressive` belief nets, normalised, n steps a sample, without a code · `pixelcnn` what a pixel sees; named classes ·
`wavenet` sound · `change_of_variables` maps with an inverse, independent components · `vae` a bound and its gap ·
`consistency` which estimates tend to the truth.
"""

from . import autoregressive, pixelcnn, wavenet, change_of_variables, vae, consistency  # noqa: I001  (lecture's order)

__all__ = ["autoregressive", "change_of_variables", "consistency", "pixelcnn", "vae", "wavenet"]

"""Two players, each descending a loss of its own: where they go, and which methods bring them to rest.

`game` a pair of losses over two trees · `fields` the vector field and its Jacobian · `spectrum` eigenvalues of the
field and of a method's step · `method` a map from state to state · `steps`, `looking_ahead`, `consensus`, `averaging`
the methods (`compiled` makes them fast) · `flows` continuous time · `games`, `dirac` games with closed forms ·
`atoms` minimax against maximin · `function_space` the game on densities themselves.
"""

from .atoms import best_discriminator, maximin, minimax_of_mixed, minimax_of_pure, value_on_atoms
from .averaging import averages, exponential_moving_average, iterate_average
from .consensus import consensus
from .dirac import dirac_eigenvalues, dirac_gan, non_saturating_radius
from .fields import jacobian, vector_field
from .flows import flow
from .function_space import descent_of_densities, function_space_game, onto_simplex, total_variation_along
from .game import Pair, TwoPlayerGame, zero_sum
from .games import bilinear, quadratic
from .looking_ahead import extragradient, optimistic, proximal_point
from .method import Method, Play, play, trajectory
from .spectrum import spectral_radius, spectrum, update_spectrum
from .steps import alternating, heavy_ball, simultaneous

METHODS = {
    "simultaneous": simultaneous,
    "alternating": alternating,
    "extragradient": extragradient,
    "optimistic": optimistic,
    "consensus": consensus,
    "proximal_point": proximal_point,
}

__all__ = [
    "METHODS",
    "Method",
    "Pair",
    "Play",
    "TwoPlayerGame",
    "alternating",
    "averages",
    "best_discriminator",
    "bilinear",
    "consensus",
    "descent_of_densities",
    "dirac_eigenvalues",
    "dirac_gan",
    "exponential_moving_average",
    "extragradient",
    "flow",
    "function_space_game",
    "heavy_ball",
    "iterate_average",
    "jacobian",
    "maximin",
    "minimax_of_mixed",
    "minimax_of_pure",
    "non_saturating_radius",
    "onto_simplex",
    "optimistic",
    "play",
    "proximal_point",
    "quadratic",
    "simultaneous",
    "spectral_radius",
    "spectrum",
    "total_variation_along",
    "trajectory",
    "update_spectrum",
    "value_on_atoms",
    "vector_field",
    "zero_sum",
]

"""The f-GAN table: twelve divergences, exact and variational, to the ends of the float range.

    table         the lecture's rows in its order, one block a row, and its two families
    row           what a row can do: f, f*, domain, activation, compositions, thresholds, dual
    derived       a row of one's own, from f alone: `derived_row`
    convexity     what may be its f
    curve         f along log u, its slope and the slope's inverse
    asymptotics   how f goes on towards 0 and infinity
    as_printed    the slide letter by letter, and what is wrong with it
    categorical   exact values between categorical distributions
    quadrature    exact values between densities on the line, with an error estimate
    expectations  what a function is worth under a density, where it overflows too
    panels        the adaptive quadrature that both rest on
    frames        the coordinates it works in: units, origins and where panels begin
    mass          whether it sees the whole of a density
    gaussians     closed forms between Gaussians, and when they are finite
    variational   the bound, its Monte-Carlo estimate, its gap
    estimators    the same quantities from samples alone, by training a critic
    neighbours    and by nearest neighbours
    bias          both beside the exact value
    fit           the Gaussian that minimises a row against a density
    language      mix(0.33, N(-1, 0.255), 0.67, N(2, 1.414)), read by a parser
    stable        the functions that keep their digits at the ends of the float range

P is the data, Q the model, u = p/q their density ratio, v a critic's output and t = g(v) its value.
"""

from .derived import derived_row
from .row import Domain, FDivergence
from .table import (
    FAMILIES,
    TABLE,
    alpha,
    gan,
    jeffreys,
    jensen_shannon,
    kl,
    named,
    neyman,
    pearson,
    reverse_kl,
    squared_hellinger,
    total_variation,
    weighted_jensen_shannon,
)

__all__ = [
    "FAMILIES",
    "TABLE",
    "Domain",
    "FDivergence",
    "alpha",
    "derived_row",
    "gan",
    "jeffreys",
    "jensen_shannon",
    "kl",
    "named",
    "neyman",
    "pearson",
    "reverse_kl",
    "squared_hellinger",
    "total_variation",
    "weighted_jensen_shannon",
]

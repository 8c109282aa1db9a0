"""Consensus optimisation: both players also bring down the length of the vector field."""

from __future__ import annotations

from ..autodiff import tree_map, vjp
from ..rebuilt import rebuilt_by_name
from ..validation import non_negative
from .method import Method, moved, named, rules


@rebuilt_by_name
def consensus(x=0.1, y=None, *, gamma: float = 1.0) -> Method:
    """A simultaneous step with F + gamma d(|F|^2 / 2)/dz = F + gamma F'^T F in place of the gradients F.

    On V = xy the eigenvalues are 1 - lr gamma +- i lr: it converges for 0 < lr < 2 gamma / (1 + gamma^2). The new force
    vanishes wherever F does, so no equilibrium is lost, but it also draws towards stationary points that are none.
    ``gamma`` must not be negative. Source: Mescheder, Nowozin and Geiger (2017), algorithm 2.

    >>> from minigan.dynamics import bilinear, spectral_radius
    >>> round(spectral_radius(consensus(0.5, gamma=1.0), bilinear(), (0.0, 0.0)), 10)
    0.7071067812
    """
    x_rule, y_rule = rules(x, y)
    gamma = non_negative(gamma, "the gamma of consensus")

    def step(game, play):
        gradients, pull = vjp(game.gradients, play.x, play.y)
        pulls = type(gradients)(*pull(gradients))
        force = tree_map(lambda g, towards: g + gamma * towards, gradients, pulls)
        return moved(x_rule, y_rule, play, force)

    return Method(x_rule.init, y_rule.init, step, named("consensus", x_rule, y_rule, f", gamma={gamma:g}"))

"""Methods that look where the game is going: extragradient, optimistic steps, the proximal point."""

from __future__ import annotations

from .. import numpy as mnp
from ..autodiff import jacobian, tree_leaves, tree_map
from ..autodiff.tracer import innermost
from ..backend import to_numpy
from ..optim.dtypes import widest
from ..rebuilt import rebuilt_by_name
from ..validation import count, positive
from .game import Pair
from .method import Method, Play, moved, named, rules
from .vectors import as_vector


@rebuilt_by_name
def extragradient(x=0.1, y=None) -> Method:
    """A simultaneous step to z', and from where it started one with the gradients that are found at z'.

    On V = xy the eigenvalues are 1 - lr^2 +- i lr: it converges for 0 < lr < 1, best at 1 / sqrt(2). With optimisers
    their memories see the second gradient only. Sources: Korpelevich (1976); Gidel et al. (2018) for GANs.

    >>> from minigan.dynamics import bilinear, spectral_radius
    >>> round(spectral_radius(extragradient(0.5), bilinear(), (0.0, 0.0)), 9)  # sqrt(1 - 1/4 + 1/16)
    0.901387819
    """
    x_rule, y_rule = rules(x, y)

    def step(game, play):
        ahead = moved(x_rule, y_rule, play, game.gradients(play.x, play.y))
        return moved(x_rule, y_rule, play, game.gradients(ahead.x, ahead.y))

    return Method(x_rule.init, y_rule.init, step, named("extragradient", x_rule, y_rule))


@rebuilt_by_name
def optimistic(x=0.1, y=None) -> Method:
    """z <- z + 2 u_t - u_(t-1), u_t being the simultaneous step at z_t: it moves by what comes next, if u goes on so.

    With learning rates this is z <- z - 2 lr F(z_t) + lr F(z_(t-1)); the first step has u_(-1) = u_0. On V = xy it
    converges for 0 < lr < 1 / sqrt(3), best at 1/2. Source: Daskalakis, Ilyas, Syrgkanis and Zeng (2018).

    >>> from minigan.dynamics import bilinear, play
    >>> end = play(optimistic(0.1), bilinear(), (1.0, 0.0), 100)
    >>> round((float(end.x) ** 2 + float(end.y) ** 2) ** 0.5, 10)
    0.6081014224
    """
    x_rule, y_rule = rules(x, y)

    def init(rule):
        def memory(position):
            own = rule.init(position)
            nothing = tree_map(mnp.zeros_like, position)
            return {"step": mnp.zeros((), dtype=widest(tree_leaves(position))), "optimizer": own, "previous": nothing}

        return memory

    def move(rule, position, gradient, memory):
        new, own = rule.update(position, gradient, memory["optimizer"])
        u, first = tree_map(lambda a, b: a - b, new, position), memory["step"] == 0
        before = tree_map(lambda now, then: mnp.where(first, now, then), u, memory["previous"])
        position = tree_map(lambda z, now, then: z + 2.0 * now - then, position, u, before)
        return position, {"step": memory["step"] + 1.0, "optimizer": own, "previous": u}

    def step(game, play):
        g = game.gradients(play.x, play.y)
        new_x, x_memory = move(x_rule, play.x, g.x, play.x_memory)
        new_y, y_memory = move(y_rule, play.y, g.y, play.y_memory)
        return Play(new_x, new_y, x_memory, y_memory)

    return Method(init(x_rule), init(y_rule), step, named("optimistic", x_rule, y_rule))


@rebuilt_by_name
def proximal_point(x=0.1, y=None, *, solver: str = "newton", tolerance: float = 1e-12, iterations: int = 50) -> Method:
    """z' = z - lr F(z'), with the gradients at the point that the step arrives at.

    On V = xy each step shrinks the distance by 1 / sqrt(1 + lr^2), for every lr. The equation for z' is solved to
    |z' - (z - lr F(z'))| <= ``tolerance`` (1 + |z|), by Newton's method with a dense Jacobian, for small games and any
    rate, or ``solver="fixed_point"``: z' <- z - lr F(z') over and over, which needs lr |F'| < 1 and nothing else.
    (Stopped after two rounds it is the extragradient.) Raises `ArithmeticError` if ``iterations`` do not suffice.
    Derivatives of a Newton step are exact; those of the fixed point are of the rounds that were made, which are few near
    an equilibrium: for spectra take Newton. Source: Rockafellar (1976).

    >>> from minigan.dynamics import bilinear, spectral_radius
    >>> round(spectral_radius(proximal_point(1.0), bilinear(), (0.0, 0.0)), 10)
    0.7071067812
    """
    x_rule, y_rule = rules(x, y)
    tolerance = positive(tolerance, "the tolerance of proximal_point")
    if solver not in ("newton", "fixed_point"):
        raise ValueError(f"the solver of proximal_point is 'newton' or 'fixed_point', and was {solver!r}")
    iterations = count(iterations, "iterations")

    def step(game, play):
        z, back = as_vector(Pair(play.x, play.y))

        def after(w):
            return moved(x_rule, y_rule, play, game.gradients(*back(w)))

        def arrived(w):
            to = after(w)
            return as_vector(Pair(to.x, to.y))[0]

        def improved(w):
            if solver == "fixed_point":
                return arrived(w)
            slope = mnp.eye(z.shape[0], dtype=z.dtype) - jacobian(arrived)(w)
            return w - mnp.linalg.solve(slope, w - arrived(w))

        enough, w = tolerance * (1.0 + mnp.linalg.norm(z)), z
        for _ in range(iterations):
            done = bool(mnp.linalg.norm(w - arrived(w)) <= enough)
            w = improved(w)  # once more when done: the round that carries the derivative
            if done:
                break
        else:
            left = mnp.linalg.norm(w - arrived(w))
            if not bool(left <= enough):
                raise ArithmeticError(
                    f"proximal_point: after {iterations} rounds of {solver} the step's equation is off "
                    f"by {_number(left):.3g}, and {_number(enough):.3g} was asked: take a smaller learning rate"
                    + ("" if solver == "newton" else ", or solver='newton'")
                )
        return after(w)

    return Method(x_rule.init, y_rule.init, step, named("proximal_point", x_rule, y_rule))


def _number(x) -> float:
    return float(to_numpy(innermost(x)))

"""A generator of strings with an exact law, and four ways of getting a gradient through its symbols.

Symbol by symbol: h_t = relu(b_t + sum of W_s x_s over s < t), p(x_t | x_<t) = softmax(c_t + h_t V_t), and what comes after
the end of a string is the end. So p(x) of any string is a product, and total variations need no sampling. Source of the
network: NADE (Larochelle & Murray, 2011).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import minigan.numpy as mnp

from ... import nn
from ...autodiff import stop_gradient
from ...discrete import conditional_gumbel, gumbel_max, gumbel_softmax, one_hot, score_function_surrogate
from ...discrete.reinforce import less_mean_of_others
from ...gan.estimated import estimated
from ...nn import Layer
from ...rebuilt import rebuilt_by_name

ESTIMATORS = {
    "gumbel": "straight-through Gumbel-softmax: one-hot forwards, the relaxed sample's derivative backwards",
    "reinforce": "the score function with a leave-one-out baseline",
    "rebar": "the score function with a reparametrised control variate, symbol by symbol",
    "embedding": "continuous points, read by D beside the symbols' own, decoded to the nearest",
}


@dataclass(frozen=True, repr=False)
class StringGenerator(Layer):
    """A `Layer` from Gumbel noise (n, length, size) to one-hot strings of that shape; see `string_generator`.

    ``log_probability(params, x)`` of one-hot strings, shape (n,). ``estimated_cost`` is how G is trained where no
    derivative passes through the samples (see `minigan.gan.two_players`).
    """

    log_probability: Callable | None = None
    estimated_cost: Callable | None = None


@rebuilt_by_name
def string_generator(
    length: int, size: int, hidden: int = 128, estimator: str = "gumbel", temperature: float = 1.0, followed: int = 64
) -> StringGenerator:
    """Strings of ``length`` >= 2 symbols out of ``size``, the last of which ends a string, by a network of one layer.

    ``apply(params, noise)`` takes standard Gumbel noise (n, length, size), or (n, 2, length, size) for ``"rebar"``, whose
    second half serves the control variate; symbols are argmax(logits + noise), so their law is exact whatever the
    estimator and its ``temperature``. REBAR, with two relaxed paths a symbol, moves G by the first ``followed`` strings
    of a batch. Raises `ValueError` for another estimator, and for sizes that make no strings.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> layer, rng = string_generator(3, 2), mg.random.generator(0)
    >>> params = layer.init(rng, (None, 3, 2))
    >>> x = one_hot(mnp.asarray([[1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 0]]), 2)  # "", "a", "aa", "aaa": all there are
    >>> round(float(mnp.sum(mnp.exp(layer.log_probability(params, x)))), 12)
    1.0
    """
    if estimator not in ("gumbel", "reinforce", "rebar"):
        raise ValueError(f"a string generator's estimator is gumbel, reinforce or rebar, and was {estimator!r}")
    if length < 2 or size < 2:
        raise ValueError(f"strings have two places and two symbols at least, not {length} and {size}")

    def init(rng, shape, dtype=None):
        glorot = nn.glorot_normal()
        return {
            "bias": mnp.zeros((length, hidden), dtype=dtype),
            "reads": mnp.reshape(glorot(rng, (length * size, hidden), dtype), (length, size, hidden))[:-1, ...],
            "weight": mnp.reshape(glorot(rng, (hidden, length * size), dtype), (length, hidden, size)),
            "logits": mnp.zeros((length, size), dtype=dtype),
        }

    def logits_of(params, seen, t):
        hidden = nn.relu(params["bias"][t, ...] + seen)
        return mnp.matmul(hidden, params["weight"][t, ...]) + params["logits"][t, ...]

    def read(params, seen, x, t):
        return seen + mnp.matmul(x, params["reads"][t, ...]) if t < length - 1 else seen

    def ended(x, before, end):
        """``x`` where the string goes on, the end where it is over; ``before`` is the symbol in front."""
        if before is None:
            return x
        over = before[..., -1:]
        return (1.0 - over) * x + over * end

    def walk(params, noise, choose):
        """The strings (n, length, size) that ``choose(logits, noise)`` makes of the logits, symbol by symbol."""
        end = one_hot(mnp.asarray(size - 1), size, noise.dtype)
        seen, symbols = mnp.zeros((noise.shape[0], hidden), dtype=noise.dtype), []
        for t in range(length):
            x = choose(logits_of(params, seen, t), noise[:, t, ...])
            symbols.append(ended(x, symbols[-1] if symbols else None, end))
            seen = read(params, seen, symbols[-1], t)
        return mnp.stack(symbols, 1)

    def drawn(logits, noise):
        return one_hot(gumbel_max(logits, noise=noise), size, noise.dtype)

    def straight(logits, noise):
        return gumbel_softmax(logits, temperature, noise=noise, hard=True)

    def apply(params, noise, *, train=False, rng=None):
        if estimator == "rebar" and noise.ndim == 4:
            noise = noise[:, 0, ...]
        return walk(params, noise, straight if estimator == "gumbel" else drawn)

    def log_probability(params, x):
        seen, total = mnp.zeros((x.shape[0], hidden), dtype=x.dtype), 0.0
        for t in range(length):
            log_p = mnp.sum(x[:, t, ...] * mnp.log_softmax(logits_of(params, seen, t)), -1)
            total = total + (log_p if t == 0 else (1.0 - x[:, t - 1, -1]) * log_p)
            seen = read(params, seen, x[:, t, ...], t)
        return total

    def reinforced(params, noise, critic, game):
        x = walk(stop_gradient(params), noise, drawn)
        costs = game.generator_costs(mnp.reshape(critic(x), (-1,)))
        return estimated(mnp.mean(costs), score_function_surrogate(log_probability(params, x), costs, "leave_one_out"))

    def rebarred(params, noise, critic, game):
        """The sum over places t of REBAR for the one variable x_t, all that comes before it given.

        With the noise of later places held fixed, the cost is a function of x_t alone: the rest of the string follows from
        it. The control variate is that function at the relaxed symbol, from which the rest follows relaxed, with the same
        noise and with parameters held fixed; so it resembles the cost, and every term keeps its mean.
        """
        n = min(noise.shape[0], followed)
        x, log_ps, paths = walk_with_paths(params, noise[:n, ...])
        costs = game.generator_costs(mnp.reshape(critic(x), (-1,)))
        flat = mnp.reshape(paths, (2 * length * n, length, size))
        control = mnp.reshape(game.generator_costs(mnp.reshape(critic(flat), (-1,))), (2, length, n))
        advantage = stop_gradient(less_mean_of_others(costs - control[1, ...]))
        surrogate = mnp.sum(advantage * log_ps + control[0, ...] - control[1, ...]) / n
        return estimated(mnp.mean(costs), surrogate)

    def walk_with_paths(params, noise):
        """Strings x (n, length, size), log p(x_t | x_<t) (length, n), relaxed paths (2, length, n, length, size).

        Path t shares x_<t; its place t is relaxed, from z and from z' given x_t, and so is what follows from it.
        """
        above, below = noise[:, 0, ...], noise[:, 1, ...]
        fixed, n = stop_gradient(params), noise.shape[0]
        end = one_hot(mnp.asarray(size - 1), size, noise.dtype)
        seen, symbols, log_ps = mnp.zeros((n, hidden), dtype=noise.dtype), [], []
        for t in range(length):
            before = symbols[-1] if symbols else None
            log_p = mnp.log_softmax(logits_of(params, seen, t))
            own = drawn(log_p, above[:, t, ...])
            log_ps.append((1.0 if before is None else 1.0 - before[:, -1]) * mnp.sum(own * log_p, -1))
            z = log_p + above[:, t, ...]
            again = conditional_gumbel(log_p, mnp.argmax(own, -1), noise=below[:, t, ...])
            follow = ended(mnp.softmax(mnp.stack([z, again]) / temperature), before, end)[:, None, ...]
            seen_by_own = mnp.broadcast_to(stop_gradient(seen), (2, 1, n, hidden))
            if before is None:
                paths, seen_by_paths = follow[..., None, :], seen_by_own
            else:
                moved = mnp.softmax((logits_of(fixed, seen_by_paths, t) + above[:, t, ...]) / temperature)
                follow = mnp.concatenate([ended(moved, paths[..., -1, :], end), follow], 1)
                prefix = mnp.broadcast_to(mnp.stack(symbols, 1), (2, 1, n, t, size))
                paths = mnp.concatenate([mnp.concatenate([paths, prefix], 1), follow[..., None, :]], -2)
                seen_by_paths = mnp.concatenate([seen_by_paths, seen_by_own], 1)
            seen_by_paths = read(fixed, seen_by_paths, follow, t)
            symbols.append(ended(own, before, end))
            seen = read(params, seen, symbols[-1], t)
        return mnp.stack(symbols, 1), mnp.stack(log_ps), paths

    costs = {"gumbel": None, "reinforce": reinforced, "rebar": rebarred}
    return StringGenerator(
        init,
        apply,
        lambda shape: (shape[0], length, size),
        name=f"string_generator({length}, {size}, estimator={estimator!r})",
        log_probability=log_probability,
        estimated_cost=costs[estimator],
    )


# -- the embedding route ---------------------------------------------------------------------------------------


@rebuilt_by_name
def point_generator(length: int, width: int, latent: int, hidden: int = 256, deviation: float = 0.1) -> Layer:
    """Noise (n, latent + length * width) onto points (n, length, width), one for each symbol of a string.

    A network of two hidden layers maps the first ``latent`` numbers to the points, and the rest is added to them,
    ``deviation`` times: real symbols' embeddings are blurred likewise, and two laws blurred by one Gaussian agree just
    where they agreed without. In evaluation (``train=False``) nothing is added.
    """
    network = nn.mlp([hidden, hidden, length * width], activation="relu")

    def init(rng, shape, dtype=None):
        return network.init(rng, (shape[0], latent), dtype)

    def apply(params, noise, *, train=False, rng=None):
        points = network.apply(params, noise[:, :latent])
        points = points + deviation * noise[:, latent:] if train else points
        return mnp.reshape(points, (noise.shape[0], length, width))

    return Layer(init, apply, lambda shape: (shape[0], length, width), name=f"point_generator({length}, {width})")

"""The laws of which sentences are made: categorical, normal, and any table."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ...autodiff.tracer import Tracer
from .language import Affine, Discrete, Factor, Gaussian, Named, Observed, in_one_dtype, named, over
from .log_quadratic import aligned, tabulated, union


def categorical(child, logits) -> Factor:
    """p(child = j) = exp(logits[j]) / sum_i exp(logits[i]), of a discrete variable or of whole numbers that were seen.

    ``logits`` are an array (size,), or such ones by their parents. Raises `ValueError` where sizes do not agree.

    >>> from minigan.models.families.language import Index, observed
    >>> y = observed("y", [1, 0], Index("n", 2))
    >>> categorical(y, [0.0, math.log(3.0)]).value.constant.round(6)  # log 3/4, log 1/4
    array([-0.287682, -1.386294])
    """
    logits, seen = named(logits), None if isinstance(child, Discrete) else _seen(child, "categorical", 0)
    size = child.size if seen is None else None
    if len(logits.event) != 1 or size not in (None, *logits.event):
        wanted = f"({size},)" if size else "(size,)"
        raise ValueError(
            f"logits of {child.name} have the shape {wanted} for each value of their axes, and not {logits.event}"
        )
    log_p = mnp.log_softmax(logits.values)
    parents = _parents(logits)
    if seen is None:
        return Factor("categorical", child, parents, tabulated((*logits.axes, child), (), log_p))
    axes = union(seen.axes, logits.axes)
    values = aligned(seen.values, seen.axes, axes)
    chosen = values[..., None] == mnp.arange(logits.event[0])
    _check_values(seen, logits.event[0])
    log_p = mnp.sum(mnp.where(chosen, aligned(log_p, logits.axes, axes, 1), 0.0), -1)
    return Factor("categorical", child, parents, tabulated(axes, (), log_p))


def normal(child, mean, deviation=None, *, covariance=None) -> Factor:
    """The density of N(mean, diag(deviation^2)) or N(mean, covariance) at ``child``, a `Gaussian` or something observed.

    ``mean`` is an array, a `linear` function of Gaussian variables, or such a variable itself; ``deviation`` is a number
    or one for each coordinate. Any of them may be `by` discrete parents. Raises `ValueError` where shapes do not fit.

    >>> from minigan.models.families.language import observed, sum_out
    >>> z = Gaussian("z", 1)
    >>> law = normal(z, 0.0, 2.0) * normal(observed("x", [3.0]), z, 1.0)
    >>> from minigan.models.families.elimination import log_evidence
    >>> round(float(log_evidence(sum_out(z, law))), 6)  # log N(3; 0, 5)
    -2.623657
    """
    if (deviation is None) == (covariance is None):
        raise TypeError("a normal law has either a deviation or a covariance")
    if isinstance(mean, Gaussian):
        mean = Affine(((mean, Named(mnp.eye(mean.size), weak=True)),), named(0.0))
    mean = mean if isinstance(mean, Affine) else Affine((), named(mean))
    spread = named(covariance if deviation is None else deviation)
    seen = None if isinstance(child, Gaussian) else _seen(child, "normal", 1)
    size = child.size if seen is None else (*seen.event, 1)[0]
    _check_shapes(child.name, size, mean, spread, deviation is not None)

    arrays = [mean.bias, spread, *(weights for _, weights in mean.terms), *([] if seen is None else [seen])]
    weak, parents = all(each.weak for each in arrays), _parents(*arrays[: 2 + len(mean.terms)])
    axes = union(*(each.axes for each in arrays))
    bias, spread, *arrays = in_one_dtype(*arrays)
    residual = 0.0 if seen is None else over(arrays.pop(), axes, 1)
    residual = mnp.broadcast_to(residual - over(bias, axes, 1), (*(axis.size for axis in axes), size))
    columns = [-1.0 * over(weights, axes, 2) for weights in arrays]  # of the residual, as the variables move
    blocks = union([variable for variable, _ in mean.terms])
    if seen is None:
        columns, blocks = [mnp.eye(size, dtype=residual.dtype), *columns], union((child,), blocks)
    if len(blocks) != len(columns):
        raise ValueError(f"the law of {child.name} has a variable twice: add up its weights")
    if deviation is not None:
        scale = mnp.broadcast_to(over(spread, axes, 1), residual.shape)
        white, half_log_det = (lambda rows: rows / scale[..., None]), mnp.sum(mnp.log(scale), -1)
    else:
        root = _root(over(spread, axes, 2), child.name)
        white = lambda rows: mnp.linalg.solve(mnp.broadcast_to(root, (*rows.shape[:-2], size, size)), rows)
        half_log_det = mnp.sum(mnp.log(mnp.linalg.diagonal(root)), -1)
    at_zero = white(residual[..., None])[..., 0]
    constant = -0.5 * mnp.sum(mnp.square(at_zero), -1) - half_log_det - 0.5 * size * math.log(2.0 * math.pi)
    parents = (*parents, *(variable for variable, _ in mean.terms))
    if not blocks:
        return Factor("normal", child, parents, tabulated(axes, (), constant), weak)
    lead = tuple(axis.size for axis in axes)
    slopes = mnp.concatenate(
        [white(mnp.broadcast_to(each, (*lead, size, block.size))) for each, block in zip(columns, blocks)], -1
    )
    turned = mnp.matrix_transpose(slopes)
    pull = -1.0 * mnp.matmul(turned, at_zero[..., None])[..., 0]
    return Factor("normal", child, parents, tabulated(axes, blocks, constant, pull, mnp.matmul(turned, slopes)), weak)


def potential(log_values) -> Factor:
    """Any table of log-values `by` discrete variables and indices, with which nothing is normalised."""
    table = named(log_values)
    if table.event:
        raise ValueError(f"a potential is a number for each value of its axes, and this has {table.event} for each")
    return Factor("potential", None, _parents(table), tabulated(table.axes, (), table.values))


def _parents(*several: Named) -> tuple:
    found = [axis for array in several for axis in array.axes if isinstance(axis, Discrete)]
    sources = [source for array in several for source in array.sources]
    return tuple(dict.fromkeys(found + sources))


def _seen(child, law: str, dimensions: int) -> Observed:
    kind = {"categorical": "Discrete", "normal": "Gaussian"}[law]
    if not isinstance(child, Observed):
        raise TypeError(f"a {law} law is of a {kind} variable or of something observed, and this is of {child!r:.80}")
    if len(child.event) > dimensions:
        what = "a whole number" if dimensions == 0 else "a number or a vector"
        raise ValueError(f"a {law} law is of {what} for each value of its axes, and {child.name} has {child.event}")
    return child


def _check_values(seen: Observed, size: int) -> None:
    """Raises `ValueError` unless all are 0 .. size - 1; a traced value is taken at its word."""
    if isinstance(seen.values, Tracer):
        return
    low, high = float(mnp.min(seen.values)), float(mnp.max(seen.values))
    if low < 0 or high > size - 1 or bool(mnp.any(seen.values != mnp.round(seen.values))):
        raise ValueError(
            f"values of a categorical with {size} logits are whole numbers from 0 to {size - 1}, and those of {seen.name} "
            f"lie between {low:g} and {high:g}"
        )


def _check_shapes(name: str, size: int, mean: Affine, spread: Named, diagonal: bool) -> None:
    """Raises `ValueError` where mean or spread do not fit ``size`` coordinates."""
    fits = [("mean", mean.bias.event, ((), (1,), (size,)))]
    spreads = ((), (1,), (size,)) if diagonal else ((size, size),)
    fits.append(("deviation" if diagonal else "covariance", spread.event, spreads))
    for variable, weights in mean.terms:
        shapes = ((size, variable.size),) + (((variable.size,),) if size == 1 else ())
        fits.append((f"weights of {variable.name}", weights.event, shapes))
    for what, found, allowed in fits:
        if found not in allowed:
            raise ValueError(
                f"the law of {name}, {size} numbers, has {what} of shape {' or '.join(map(str, allowed))}, and not {found}"
            )


def _root(covariance, name: str):
    try:
        return mnp.linalg.cholesky(covariance)
    except mnp.linalg.LinAlgError:
        raise ValueError(f"the covariance of the law of {name} is not positive definite") from None

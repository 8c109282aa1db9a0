"""Batch normalisation by a batch that stays the same: reference and virtual batch normalisation.

Where `batch_norm` normalises an example by whatever other examples share its batch, these two use a *reference batch*,
drawn once and kept with the parameters. It goes through the network beside the examples, so that every layer knows its
statistics, and the derivative with respect to the weights goes through them. An output then depends on its own input
alone, in training as after it. Source: Salimans et al. (2016), section 3.4.
"""

from __future__ import annotations

from .. import numpy as mnp
from ..autodiff import stop_gradient
from ..random import as_generator
from ..rebuilt import rebuilt_by_name
from ..validation import function, is_count, non_negative
from .layer import Layer, as_input, features, source, update_statistics, with_batch, wrong_parameters


@rebuilt_by_name
def with_reference(layer: Layer, count: int, draw=None) -> Layer:
    """``layer`` on a reference batch of ``count`` examples and on its input together; the output is the input's part.

    The layers inside that ask for a reference batch (`reference_batch_norm`, `virtual_batch_norm`, of the same
    ``count``) find it in their first rows. ``draw(rng, n)`` draws it in ``init``, for a discriminator from the data; by
    default it is standard normal, as a generator's noise is. The parameters are ``{"layer": those of layer, "reference":
    (count, ...)}``, the latter a constant to every derivative. It costs the work of ``count`` more examples. Raises
    `ValueError` for a ``count`` below two and for an input whose examples are not shaped like those of the reference.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> generator = nn.with_reference(nn.sequential(nn.dense(8), nn.virtual_batch_norm(16), nn.relu, nn.dense(2)), 16)
    >>> params = generator.init(mg.random.generator(0), (None, 3))
    >>> z = mg.random.generator(1).standard_normal((5, 3))
    >>> one, all_five = generator.apply(params, z[:1, ...], train=True), generator.apply(params, z, train=True)
    >>> bool(mnp.max(mnp.abs(one[0, ...] - all_five[0, ...])) < 1e-12)
    True
    """
    if not isinstance(layer, Layer):
        raise TypeError(f"with_reference wraps a layer, and was given {layer!r}")
    count = _count(count, "with_reference")
    if draw is not None:
        function(draw, "draw", "(rng, n)")

    def init(rng, shape, dtype=None):
        rng, inner = source(rng), (count, *with_batch(shape, name)[1:])
        reference = as_generator(rng).standard_normal(inner, dtype=dtype) if draw is None else draw(rng, count)
        if tuple(reference.shape) != inner:
            raise ValueError(
                f"a reference batch of {count} examples shaped like the input's has shape {inner}, "
                f"and the one drawn has {tuple(reference.shape)}"
            )
        return {"layer": layer.init(rng, inner, dtype), "reference": mnp.astype(reference, dtype or "float64")}

    def beside(params, x):
        x = as_input(x, name)
        try:
            reference, _ = stop_gradient(params["reference"]), params["layer"]
        except (TypeError, KeyError, IndexError):
            raise wrong_parameters(params, ("layer", "reference"), name) from None
        if x.shape[1:] != reference.shape[1:]:
            raise ValueError(
                f"the examples of the reference batch have shape {tuple(reference.shape[1:])}, "
                f"and the input has shape {tuple(x.shape)}: one leading axis and that"
            )
        return mnp.concatenate([reference, x], 0)

    def apply(params, x, *, train=False, rng=None):
        both = beside(params, x)
        return layer.apply(params["layer"], both, train=train, rng=rng)[count:, ...]

    def observe(params, x, momentum, rng):
        return {**params, "layer": update_statistics(layer, params["layer"], beside(params, x), momentum, rng)}

    name = f"with_reference({layer.name}, {count})"
    return Layer(init, apply, layer.output_shape, observe if layer.observe else None, name)


@rebuilt_by_name
def reference_batch_norm(count: int, epsilon: float = 1e-5) -> Layer:
    """y = scale (x - m) / sqrt(v + epsilon) + shift, m and v the mean and variance of the reference batch.

    The reference batch is the first ``count`` rows of the input, which `with_reference` puts there; m and v are taken
    over all axes but the last. The parameters are ``{"scale", "shift"}``, at first 1 and 0. Raises `ValueError` where it
    is initialised outside `with_reference` or in one of another ``count``.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> init, apply = nn.reference_batch_norm(2, epsilon=0.0)
    >>> mg.to_numpy(apply(init(None, (2, 1)), mnp.asarray([[1.0], [3.0], [7.0]])))[:, 0]  # mean 2, variance 1
    array([-1.,  1.,  5.])
    """

    def moments(m, v, examples):
        return m, v

    return _norm("reference_batch_norm", count, epsilon, moments)


@rebuilt_by_name
def virtual_batch_norm(count: int, epsilon: float = 1e-5) -> Layer:
    """As `reference_batch_norm`, but m and v are those of the reference batch and the example itself, count + 1 in all.

    An example far from the reference moves its own m and v, which keeps |y| <= sqrt(count) at scale 1 and shift 0 where
    an example is one row of features. Examples of the reference batch are normalised by the reference batch alone.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> init, apply = nn.virtual_batch_norm(2, epsilon=0.0)
    >>> y = apply(init(None, (2, 1)), mnp.asarray([[1.0], [3.0], [5.0], [1e6]]))  # 1, 3, 5: mean 3, variance 8/3
    >>> mg.to_numpy(y)[:, 0].round(4)
    array([-1.    ,  1.    ,  1.2247,  1.4142])
    """

    def moments(m, v, examples):
        kept, own = count / (count + 1), 1.0 / (count + 1)
        places = tuple(range(1, examples.ndim - 1))  # an image's; none in a row of features
        mean = mnp.mean(examples, places, keepdims=True) if places else examples
        var = kept * v + kept * own * mnp.square(mean - m)
        if places:
            var = var + own * mnp.var(examples, places, keepdims=True)
        return kept * m + own * mean, var

    return _norm("virtual_batch_norm", count, epsilon, moments)


def _norm(name, count, epsilon, moments_of) -> Layer:
    """The layer whose examples are normalised by ``moments_of(m, v, examples)``, m and v the reference batch's."""
    count = _count(count, name)
    epsilon = non_negative(epsilon, f"the epsilon of {name}")

    def init(rng, shape, dtype=None):
        width, dtype = features(shape, name), dtype or "float64"
        if shape[0] != count:
            raise ValueError(
                f"{name}({count}) needs a reference batch of {count} examples beside its input: "
                f"put the network into nn.with_reference(network, {count})"
            )
        return {"scale": mnp.ones((width,), dtype=dtype), "shift": mnp.zeros((width,), dtype=dtype)}

    def apply(params, x, *, train=False, rng=None):
        x = as_input(x, name)
        if x.ndim < 2 or x.shape[-1:] != params["scale"].shape or x.shape[0] < count:
            raise ValueError(
                f"{name} takes a reference batch of {count} and examples of {params['scale'].shape[0]} features, "
                f"and its input has shape {tuple(x.shape)}"
            )
        reference, examples = x[:count, ...], x[count:, ...]
        axes = tuple(range(x.ndim - 1))
        m, v = mnp.mean(reference, axes), mnp.var(reference, axes)
        mean, var = moments_of(m, v, examples)
        rows = [(reference - m) / mnp.sqrt(v + epsilon), (examples - mean) / mnp.sqrt(var + epsilon)]
        return mnp.concatenate(rows, 0) * params["scale"] + params["shift"]

    return Layer(init, apply, name=f"{name}({count})")


def _count(count, name) -> int:
    if not is_count(count, 2):
        raise ValueError(f"{name} needs a reference batch of two examples or more, and was told {count!r}")
    return int(count)

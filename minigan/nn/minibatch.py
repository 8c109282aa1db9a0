"""A discriminator that sees more than one sample at a time, and so notices when they are all alike."""

from __future__ import annotations

from .. import numpy as mnp
from ..rebuilt import rebuilt_by_name
from ..validation import count, is_count, non_negative
from .initialisers import initialiser, normal
from .layer import Layer, as_input, features, with_batch, wrong_parameters


@rebuilt_by_name
def minibatch_discrimination(kernels: int = 16, width: int = 8, weight=None) -> Layer:
    """y_i = (x_i, o(x_i)): each sample with ``kernels`` numbers that say how close the rest of the batch is to it.

        o(x_i)_b = sum_(j != i) exp(-|M_ib - M_jb|_1),    M_ib = x_i T_b,    T_b of shape (inputs, ``width``)

    ``x`` has shape (n, inputs), y (n, inputs + ``kernels``). The term j = i, which is always 1, is left out: a batch
    of one gives 0, one of n equal samples n - 1. ``weight`` is the initialiser of T, of shape (inputs, kernels
    width), by default `normal(0.05)`. The order of the batch does not matter; its size does, for o is a sum: judge
    batches of the size trained with. It stands before D's last layer. Raises `ValueError` for numbers below one and
    for another shape of x. Source: Salimans et al. (2016), section 3.2.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> init, apply = nn.minibatch_discrimination(kernels=2, width=1)
    >>> apart = apply({"weight": mnp.asarray([[1.0, 9.0]])}, mnp.asarray([[0.0], [1.0], [1.0]]))
    >>> mg.to_numpy(apart).round(2)
    array([[0.  , 0.74, 0.  ],
           [1.  , 1.37, 1.  ],
           [1.  , 1.37, 1.  ]])
    """
    kernels = count(kernels, "the kernels of minibatch_discrimination")
    width = count(width, "the width of minibatch_discrimination")
    name, weight = f"minibatch_discrimination({kernels}, {width})", initialiser(weight, lambda: normal(0.05), "weight")

    def init(rng, shape, dtype=None):
        return {"weight": weight(rng, (features(shape, name), kernels * width), dtype)}

    def apply(params, x, *, train=False, rng=None):
        x = as_input(x, name)
        try:
            matrix = params["weight"]
        except (TypeError, KeyError, IndexError):
            raise wrong_parameters(params, ("weight",), name) from None
        if x.ndim != 2 or x.shape[1] != matrix.shape[0]:
            raise ValueError(
                f"{name} has weights for {matrix.shape[0]} features of a batch of rows, "
                f"and its input the shape {tuple(x.shape)}: flatten it first"
            )
        n = x.shape[0]
        m = mnp.reshape(mnp.matmul(matrix.T, x.T), (kernels, width, n))
        distance = 0.0
        for j in range(width):  # samples along rows and one coordinate at a time: 1.6 times as fast as all in one array
            distance = distance + mnp.abs(m[:, j, :, None] - m[:, j, None, :])
        near = mnp.sum(mnp.exp(-distance), -1) - 1.0  # exp(-0) = 1 exactly: the sample itself
        return mnp.concat([x, near.T], axis=1)

    def output_shape(shape):
        return (*shape[:-1], features(shape, name) + kernels)

    return Layer(init, apply, output_shape, name=name)


@rebuilt_by_name
def minibatch_stddev(group: int | None = None, epsilon: float = 1e-8) -> Layer:
    """One more feature, the same for a whole group: how far its samples are from each other, on average.

    The deviation sqrt(var + ``epsilon``) over the group, for every feature (and pixel), and its mean over these.
    ``x`` has shape (n, ..., features), y one feature more. Groups are of ``group`` samples, i, i + n / group, ...; by
    default the whole batch is one. No parameters; the square root is safe where all samples agree. Raises
    `ValueError` for a batch that does not split into groups. Source: Karras et al. (2018), section 3.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> y = nn.minibatch_stddev(epsilon=0.0).apply(None, mnp.asarray([[1.0, 5.0], [3.0, 9.0]]))
    >>> mg.to_numpy(y)
    array([[1. , 5. , 1.5],
           [3. , 9. , 1.5]])
    """
    if group is not None:
        group = count(group, "the group of minibatch_stddev")
    epsilon = non_negative(epsilon, "the epsilon of minibatch_stddev")
    name = f"minibatch_stddev({'' if group is None else group})"

    def init(rng, shape, dtype=None):
        features(shape, name)

    def apply(params, x, *, train=False, rng=None):
        x = as_input(x, name)
        if x.ndim < 2 or not x.shape[0]:
            raise ValueError(f"{name} takes a batch of shape (n, ..., features), n > 0, and got {tuple(x.shape)}")
        n = x.shape[0]
        size = group or n
        if n % size:
            raise ValueError(f"{name} takes batches of a multiple of {size} samples, and got {n}")
        groups = mnp.reshape(x, (size, n // size, *x.shape[1:]))
        spread = mnp.sqrt(mnp.var(groups, 0) + epsilon)
        each = mnp.mean(spread, tuple(range(1, spread.ndim)))  # one number a group
        column = mnp.reshape(mnp.tile(each, (size,)), (n, *(1 for _ in x.shape[1:])))
        return mnp.concat([x, mnp.broadcast_to(column, (*x.shape[:-1], 1))], axis=-1)

    def output_shape(shape):
        return (*shape[:-1], features(shape, name) + 1)

    return Layer(init, apply, output_shape, name=name)


@rebuilt_by_name
def packing(layer: Layer, together: int = 2) -> Layer:
    """A discriminator that judges ``together`` samples at once: ``layer`` on rows of that many, side by side.

    ``x`` of shape (n, ..., features) becomes (n / m, ..., m features), m = ``together``, and the outputs are those of
    ``layer``, n / m of them. Real and generated packs are told apart by their law on m samples, in which a lost mode
    weighs more; nothing else of the game changes, as its losses are means. Raises `ValueError` for a batch that does
    not split into packs, `TypeError` for what is no layer. Source: Lin et al. (2018), PacGAN, section 2.

    >>> import minigan.numpy as mnp
    >>> from minigan import nn
    >>> from minigan.random import generator
    >>> D = nn.packing(nn.mlp([16, 1]), 2)
    >>> D.apply(D.init(generator(0), (None, 3)), mnp.ones((10, 3))).shape
    (5, 1)
    """
    together = count(together, "the number of samples that packing puts together")
    if not isinstance(layer, Layer):
        raise TypeError(f"packing wraps a discriminator, such as nn.mlp([64, 1]), and was given {layer!r}")
    name = f"packing({layer.name}, {together})"

    def packed_shape(shape):
        shape = with_batch(shape, name)
        rows = shape[0] // together if is_count(shape[0], together) else shape[0]
        return (rows, *shape[1:-1], together * features(shape, name))

    def packed(x):
        x = as_input(x, name)
        if x.ndim < 2 or not x.shape[0] or x.shape[0] % together:
            raise ValueError(
                f"packing puts {together} samples together, and the batch has shape {tuple(x.shape)}: "
                f"its first size must be a positive multiple of {together}"
            )
        packs = mnp.reshape(x, (x.shape[0] // together, together, *x.shape[1:]))
        packs = mnp.moveaxis(packs, 1, -2)
        return mnp.reshape(packs, (*packs.shape[:-2], together * x.shape[-1]))

    def init(rng, shape, dtype=None):
        return layer.init(rng, packed_shape(shape), dtype)

    def apply(params, x, *, train=False, rng=None):
        return layer.apply(params, packed(x), train=train, rng=rng)

    def observe(params, x, momentum, rng):
        return layer.observe(params, packed(x), momentum, rng)

    def output_shape(shape):
        return layer.output_shape(packed_shape(shape))

    return Layer(init, apply, output_shape, observe if layer.observe else None, name)

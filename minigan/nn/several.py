"""Networks with several inputs or several outputs: conditions beside noise, heads on one trunk."""

from __future__ import annotations

from .. import numpy as mnp
from ..rebuilt import rebuilt_by_name
from .layer import Layer, source, update_statistics


@rebuilt_by_name
def concatenate(*layers: Layer) -> Layer:
    """y = (layers[0](x[0]), layers[1](x[1]), ...) side by side along the last axis: a layer of several inputs.

    ``x`` is a tuple of as many arrays as there are layers, and ``shape`` for `init` one of as many shapes;
    `nn.identity` leaves an input as it is. Results agree in every axis but the last. The parameters are a tuple; in
    training every layer draws from the same ``rng``, in order. Raises `TypeError` for what is no layer, `ValueError`
    for another number of inputs and for results that do not fit beside each other.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> generator = nn.sequential(nn.concatenate(nn.identity, nn.embedding(10, 3)), nn.dense(2))  # noise and a class
    >>> params = generator.init(mg.random.generator(0), ((None, 8), (None,)))
    >>> generator.apply(params, (mnp.ones((5, 8)), mnp.asarray([3, 1, 4, 1, 5]))).shape, params[1]["weight"].shape
    ((5, 2), (11, 2))
    """
    if not layers:
        raise ValueError(
            "concatenate takes a layer for every input, as nn.concatenate(nn.identity, nn.embedding(10, 3))"
        )
    for i, layer in enumerate(layers):
        _refuse_no_layer(layer, f"layer {i} of concatenate")
    name = f"concatenate({', '.join(layer.name for layer in layers)})"

    def init(rng, shape, dtype=None):
        rng = source(rng)
        output_shape(shape)
        return tuple(layer.init(rng, own, dtype) for layer, own in zip(layers, several(shape, "shapes")))

    def apply(params, x, *, train=False, rng=None):
        parts = zip(layers, several(params, "parameters"), several(x, "inputs"))
        results = [layer.apply(own, part, train=train, rng=rng) for layer, own, part in parts]
        _side_by_side(name, [tuple(y.shape) for y in results])
        return mnp.concatenate(results, axis=-1)

    def output_shape(shape):
        shapes = [layer.output_shape(own) for layer, own in zip(layers, several(shape, "shapes"))]
        return _side_by_side(name, shapes)

    def observe(params, x, momentum, rng):
        parts = zip(layers, several(params, "parameters"), several(x, "inputs"))
        return tuple(update_statistics(layer, own, part, momentum, rng) for layer, own, part in parts)

    def several(given, what):
        sound = isinstance(given, tuple | list) and len(given) == len(layers)
        if not sound or (what == "shapes" and not all(isinstance(part, tuple | list) for part in given)):
            raise ValueError(f"{name} takes a tuple of {len(layers)} {what}, and was given {_described(given, what)}")
        return given

    return Layer(init, apply, output_shape, observe if any(layer.observe for layer in layers) else None, name)


@rebuilt_by_name
def branches(trunk: Layer, /, **heads: Layer) -> Layer:
    """h = trunk(x), and y = {name: head(h)} for every one of ``heads``: a layer of several outputs.

    A discriminator that also names the class: ``nn.branches(trunk, real=nn.dense(1), label=nn.dense(10))``.
    The parameters are ``{"trunk": those of trunk, "heads": {name: those of head}}``; in training the trunk draws
    from ``rng`` first, then the heads in the order given. The output is a dict, and so is the `output_shape`:
    this is the last layer of a network. Raises `TypeError` for what is no layer, `ValueError` without heads
    and for parameters of other ones.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> layer = nn.branches(nn.mlp([16], output="relu"), real=nn.dense(1), label=nn.dense(10))
    >>> params = layer.init(mg.random.generator(0), (None, 2))
    >>> y = layer.apply(params, mnp.ones((5, 2)))
    >>> y["real"].shape, y["label"].shape, layer.output_shape((5, 2))
    ((5, 1), (5, 10), {'real': (5, 1), 'label': (5, 10)})
    """
    _refuse_no_layer(trunk, "the trunk of branches")
    if not heads:
        raise ValueError("branches takes heads by name, as nn.branches(trunk, real=nn.dense(1), label=nn.dense(10))")
    for key, head in heads.items():
        _refuse_no_layer(head, f"the head {key} of branches")
    name = f"branches({', '.join([trunk.name, *(f'{key}={head.name}' for key, head in heads.items())])})"

    def init(rng, shape, dtype=None):
        rng = source(rng)
        own, inner = trunk.init(rng, shape, dtype), trunk.output_shape(shape)
        return {"trunk": own, "heads": {key: head.init(rng, inner, dtype) for key, head in heads.items()}}

    def apply(params, x, *, train=False, rng=None):
        own = matched(params)
        h = trunk.apply(params["trunk"], x, train=train, rng=rng)
        return {key: head.apply(own[key], h, train=train, rng=rng) for key, head in heads.items()}

    def output_shape(shape):
        inner = trunk.output_shape(shape)
        return {key: head.output_shape(inner) for key, head in heads.items()}

    def observe(params, x, momentum, rng):
        own = matched(params)
        seen = update_statistics(trunk, params["trunk"], x, momentum, rng)
        h = trunk.apply(params["trunk"], x, train=True, rng=rng)
        observed = {key: update_statistics(head, own[key], h, momentum, rng) for key, head in heads.items()}
        return {"trunk": seen, "heads": observed}

    def matched(params):
        own = params.get("heads") if isinstance(params, dict) else None
        if not isinstance(own, dict) or set(own) != set(heads) or set(params) != {"trunk", "heads"}:
            found = sorted(own) if isinstance(own, dict) else _described(params, "parameters")
            raise ValueError(
                f"{name} takes its parameters as a dict of 'trunk' and 'heads', these a dict "
                f"of {sorted(heads)}, and was given {found}"
            )
        return own

    counts = any(layer.observe for layer in (trunk, *heads.values()))
    return Layer(init, apply, output_shape, observe if counts else None, name)


def _refuse_no_layer(layer, what) -> None:
    if not isinstance(layer, Layer):
        raise TypeError(f"{what} is no Layer: {layer!r}; call it first if it makes one: nn.dense(64)")


def _side_by_side(name, shapes):
    """The shape of results side by side; sizes of ``None``, of a batch that is not known, fit any."""
    known = [next((n for n in sizes if n is not None), None) for sizes in zip(*(shape[:-1] for shape in shapes))]
    fitting = all(n in (None, m) for shape in shapes for n, m in zip(shape, known))
    widths = [shape[-1] for shape in shapes if shape]
    if len({len(shape) for shape in shapes}) > 1 or not fitting or not widths or None in widths:
        raise ValueError(
            f"{name} puts results beside each other along their last axis, where all other axes agree, "
            f"and they have the shapes {', '.join(map(str, shapes))}"
        )
    return (*known, sum(widths))


def _described(given, what) -> str:
    if what == "shapes":
        return repr(given)
    if hasattr(given, "shape"):
        return f"one array of shape {tuple(given.shape)}"
    return str(len(given)) if isinstance(given, tuple | list) else f"a {type(given).__name__}"

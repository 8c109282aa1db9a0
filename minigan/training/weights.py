"""Weights by name, outside a run: a network's parameters, or parts of them, in a safetensors file for any tool."""

from __future__ import annotations

import minigan.numpy as mnp

from ..autodiff.trees import unflatten
from . import tensors


def save_weights(path, params) -> None:
    """Write a tree of parameters, each array under the name of its place, as ``"0.weight"``.

    Raises `TypeError` for a tree with anything but numbers.

    >>> import tempfile, minigan as mg
    >>> from minigan import nn
    >>> layer, rng = nn.mlp([4, 1]), mg.random.generator(0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_weights(f"{folder}/critic.safetensors", {"critic": layer.init(rng, (None, 2))})
    ...     loaded = load_weights(f"{folder}/critic.safetensors", layer.init(rng, (None, 2)), "critic")
    >>> loaded[0]["weight"].shape
    (2, 4)
    """
    arrays, _ = tensors.named_leaves(params, "a tree of parameters")
    tensors.write(path, arrays, {})


def load_weights(path, like, part: str = ""):
    """The parameters that `save_weights` (or a run's checkpoint) keeps, as a tree like ``like``.

    ``part`` is where they stand in the file, such as ``"generator"`` in a checkpoint of a GAN; everything else in it is
    left alone. Raises `ValueError`, naming the file, where it is missing or damaged, or has no array of that name, shape
    and dtype.

    >>> import tempfile
    >>> from minigan.training import save_checkpoint
    >>> state = {"generator": {"weight": mnp.asarray([1.0, 2.0])}, "discriminator": mnp.zeros(5)}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/run.safetensors", state)
    ...     found = load_weights(f"{folder}/run.safetensors", {"weight": mnp.zeros(2)}, "generator")
    >>> float(found["weight"][1])
    2.0
    """
    file = tensors.File(path)
    expected, structure = tensors.like(like, "a tree of parameters")
    if part:
        expected = {f"{part}.{name}" if name != "value" else part: array for name, array in expected.items()}
    arrays = file.arrays(expected, "the parameters here")
    return unflatten(structure, [mnp.asarray(array) for array in arrays.values()])

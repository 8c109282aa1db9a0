"""The law that lists go wherever arrays go."""

import numpy as np
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp


def lists_are_as_good(function, *given):
    """NumPy arrays may as well be given as lists, all of them or one, with the others on the backend, to one end."""

    def numbers(found):
        return [np.asarray(mg.to_numpy(leaf), dtype=float) for leaf in mg.tree_leaves(found)]

    def on_backend(x):
        return mnp.asarray(x) if isinstance(x, np.ndarray) else x

    expected = numbers(function(*map(on_backend, given)))
    places = [i for i, x in enumerate(given) if isinstance(x, np.ndarray)]
    assert expected and places
    for listed in (places, *([i] for i in places)):
        found = function(*(x.tolist() if i in listed else on_backend(x) for i, x in enumerate(given)))
        for one, other in zip(numbers(found), expected, strict=True):
            assert_allclose(one, other, rtol=1e-12, atol=1e-12)

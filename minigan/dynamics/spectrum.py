"""Eigenvalues: of a game's vector field, which decide continuous time, and of a method's step, which decide the rest."""

from __future__ import annotations

import numpy as np

from .. import numpy as mnp
from ..autodiff import flatten, jvp, unflatten
from ..autodiff import jacobian as jacobian_of
from ..backend import to_numpy
from ..validation import is_count, non_negative
from .compiled import compiled_at
from .fields import jacobian, vector_velocity
from .game import TwoPlayerGame, as_game, at_pair
from .method import Method, Play, as_method
from .vectors import as_vector

WHICH = {"real": "LR", "modulus": "LM", "imaginary": "LI"}


def spectrum(game: TwoPlayerGame, at, leading: int | None = None, which: str = "real", tolerance: float = 0.0):
    """The eigenvalues of the vector field's Jacobian at ``at``, a complex NumPy array, largest real part first.

    Near an equilibrium the players in continuous time come back to it where every real part is negative, and leave where
    one is positive. Without ``leading`` all n of them, from the dense matrix; with ``leading=k``, which must be below
    n - 1, the k of largest ``which`` ("real", "modulus" or "imaginary"), by ARPACK from Jacobian-vector products: no
    matrix is formed. Results are host arrays; take float64 parameters, these matrices are not normal.

    >>> from minigan.dynamics import dirac_gan
    >>> spectrum(dirac_gan("minimax", r1=0.3), (0.0, 0.0)).round(4)  # -0.15 +- sqrt(0.0225 - 1/4)
    array([-0.15+0.477j, -0.15-0.477j])
    """
    if leading is None:
        return ordered(np.linalg.eigvals(to_numpy(jacobian(game, at))))
    if not isinstance(which, str) or which not in WHICH:
        raise ValueError(f"which eigenvalues lead is one of {', '.join(WHICH)}, and was {which!r}")
    tolerance = non_negative(tolerance, "the tolerance of spectrum")
    z, velocity = vector_velocity(game, at)
    n = z.shape[0]
    if not is_count(leading) or leading >= n - 1:
        raise ValueError(f"the number of leading eigenvalues lies between 1 and n - 2 = {n - 2}, and was {leading!r}")
    from scipy.sparse.linalg import LinearOperator, eigs

    host = to_numpy(z)
    along = compiled_at(lambda t: jvp(velocity, (z,), (t,))[1], z)

    def product(direction):
        return to_numpy(along(mnp.asarray(np.ascontiguousarray(direction, dtype=host.dtype).reshape(-1))))

    operator = LinearOperator((n, n), matvec=product, dtype=host.dtype)
    start = np.cos(np.arange(n, dtype=host.dtype) + 1.0)  # fixed: the same answer every time
    found = eigs(operator, k=int(leading), which=WHICH[which], v0=start, tol=tolerance, return_eigenvectors=False)
    return ordered(found)


def update_spectrum(method: Method, game: TwoPlayerGame, at):
    """The eigenvalues of one step of ``method`` at ``at``, as a map from state to state; largest modulus first.

    The step itself is differentiated, with all that it remembers between steps (counters left out), after one step has
    been made; ``at`` should be an equilibrium, where the state stays what it is. Errors shrink by the spectral radius a
    step, in the long run.

    >>> from minigan.dynamics import bilinear, simultaneous
    >>> update_spectrum(simultaneous(0.5), bilinear(), (0.0, 0.0))
    array([1.+0.5j, 1.-0.5j])
    """
    state = as_method(method).step(as_game(game), method.init(*at_pair(at)))
    leaves, structure = flatten(state)
    moving = [i for i, counts in enumerate(flatten(_counters(state))[0]) if not counts]
    z, back = as_vector([leaves[i] for i in moving])

    def map_of(vector):
        placed = list(leaves)
        for i, leaf in zip(moving, back(vector)):
            placed[i] = leaf
        after = flatten(method.step(game, unflatten(structure, placed)))[0]
        return as_vector([after[i] for i in moving])[0]

    found = np.linalg.eigvals(to_numpy(mnp.reshape(jacobian_of(map_of)(z), (z.shape[0], z.shape[0]))))
    return ordered(found, by=abs)


def spectral_radius(method: Method, game: TwoPlayerGame, at) -> float:
    """The largest modulus in `update_spectrum`: below 1 the method converges near ``at``, above 1 it is thrown out.

    >>> from minigan.dynamics import bilinear, simultaneous
    >>> round(spectral_radius(simultaneous(0.5), bilinear(), (0.0, 0.0)) ** 2, 12)  # |1 +- lr i|^2 = 1 + lr^2
    1.25
    """
    return float(abs(update_spectrum(method, game, at)).max())


def ordered(values, by=np.real):
    """Largest first; of a conjugate pair the one above the axis."""
    values = np.asarray(values, dtype=complex)
    return values[np.lexsort((-values.imag, -np.round(by(values), 12)))]


def _counters(tree):
    """A tree of the same structure, true where a leaf lies under the key ``"step"``: it counts and does not move."""
    if isinstance(tree, Play):
        return Play(*map(_counters, tree))
    if isinstance(tree, dict):
        return {key: _all(value, True) if key == "step" else _counters(value) for key, value in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*map(_counters, tree))
    if isinstance(tree, tuple | list):
        return type(tree)(map(_counters, tree))
    return None if tree is None else False


def _all(tree, value):
    leaves, structure = flatten(tree)
    return unflatten(structure, [value] * len(leaves))

"""HIPS autograd's own tests over minigan: ``python -m tests.suites.hips_autograd CHECKOUT [options of pytest]``.

``CHECKOUT`` is a clone of https://github.com/HIPS/autograd. Its tests import `autograd`; here that name is a package
made of minigan: `core` (`make_vjp`, `make_jvp`, vector spaces), `numpy`, `extend`, `builtins`, `tracer`. What is written
in terms of these, `test_util.check_grads`, the derived operators and the rules for SciPy among it, is the checkout's own,
so minigan's derivatives are compared with differences by their judge. Of special functions those of minigan are used
where there are any.
"""

from __future__ import annotations

import builtins
import importlib
import itertools
import math
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

import minigan as mg
import minigan.numpy as mnp
import minigan.numpy.fft
import minigan.numpy.linalg
from minigan.autodiff.primitive import places_of, undo_broadcast
from minigan.autodiff.tracer import Tracer, innermost

# -- core ----------------------------------------------------------------------------------------------------


def make_vjp(f, x):
    """Theirs: the pullback first, of one argument."""
    y, pullback = mg.vjp(f, x)
    return (lambda g: pullback(g)[0]), y


def make_jvp(f, x):
    return lambda v: mg.jvp(f, (x,), (v,))


class ArraySpace:
    """Arrays of one shape and dtype as a real vector space, its operations differentiable."""

    def __init__(self, x):
        array = np.asarray(innermost(x))
        self.shape, self.dtype, self.iscomplex = array.shape, array.dtype, array.dtype.kind == "c"

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    @property
    def size(self):
        return int(np.prod(self.shape)) * (2 if self.iscomplex else 1)

    def zeros(self):
        return np.zeros(self.shape, self.dtype)

    def ones(self):
        return np.full(self.shape, 1.0 + 1j if self.iscomplex else 1.0, self.dtype)  # the sum of the basis

    def randn(self):
        drawn = np.random.randn(*self.shape)
        return np.asarray(drawn + 1j * np.random.randn(*self.shape) if self.iscomplex else drawn, self.dtype)

    def standard_basis(self):
        for index in np.ndindex(*self.shape):
            for unit in (1.0, 1j) if self.iscomplex else (1.0,):
                basis = self.zeros()
                basis[index] = unit
                yield basis

    def add(self, x, y):
        return mnp.add(x, y)

    def scalar_mul(self, x, a):
        return mnp.multiply(x, a)

    def inner_prod(self, x, y):
        return mnp.sum(mnp.real(mnp.conj(x) * y)) if self.iscomplex else mnp.sum(mnp.multiply(x, y))

    def covector(self, x):
        return mnp.conj(x) if self.iscomplex else x


class TreeSpace:
    """Lists, tuples and dictionaries of vectors: every operation part by part."""

    def __init__(self, x):
        self.kind, self.keys = type(x), [*x] if isinstance(x, dict) else [*range(len(x))]
        self.parts = [vspace(x[key]) for key in self.keys]
        self.iscomplex = any(part.iscomplex for part in self.parts)

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def _built(self, parts):
        return dict(zip(self.keys, parts)) if self.kind is dict else self.kind(parts)

    def _each(self, operation, *trees):
        found = [getattr(part, operation)(*(x[key] for x in trees)) for key, part in zip(self.keys, self.parts)]
        return self._built(found)

    @property
    def size(self):
        return sum(part.size for part in self.parts)

    def zeros(self):
        return self._each("zeros")

    def ones(self):
        return self._each("ones")

    def randn(self):
        return self._each("randn")

    def add(self, x, y):
        return self._each("add", x, y)

    def covector(self, x):
        return self._each("covector", x)

    def scalar_mul(self, x, a):
        return self._built([part.scalar_mul(x[key], a) for key, part in zip(self.keys, self.parts)])

    def inner_prod(self, x, y):
        return sum(part.inner_prod(x[key], y[key]) for key, part in zip(self.keys, self.parts))

    def standard_basis(self):
        for i, part in enumerate(self.parts):
            for basis in part.standard_basis():
                yield self._built([basis if j == i else other.zeros() for j, other in enumerate(self.parts)])


def vspace(x):
    return TreeSpace(x) if isinstance(x, list | tuple | dict) else ArraySpace(x)


# -- primitives of one's own ---------------------------------------------------------------------------------

_count = itertools.count()


class Extension:
    """A function with rules of autograd's form, as a primitive of minigan's."""

    def __init__(self, f):
        self.pulls, self.pushes, self.__name__ = {}, {}, getattr(f, "__name__", "f")
        self.primitive = mg.Primitive(
            f"{self.__name__}_{next(_count)}",
            "differential",
            self.push,
            self.pull,
            lambda xp, *args, **kwargs: np.asarray(f(*args, **kwargs)),
        )

    def __call__(self, *args, **kwargs):
        return self.primitive(*args, **kwargs)

    def push(self, tangents, out, args, params):
        found = [self._rule("pushes", i)(t, out, *args, **params) for i, t in enumerate(tangents) if t is not None]
        return sum(found[1:], found[0])

    def pull(self, position, g, out, args, params):
        return self._rule("pulls", position)(out, *args, **params)(g)

    def _rule(self, mode, position):
        if getattr(self, mode).get(position, True) is None:  # nothing depends on it
            return lambda *args, **kwargs: lambda g: 0.0 * args[1 + position]
        if position not in getattr(self, mode):
            raise NotImplementedError(f"{self.__name__} has no derivative in argument {position}")
        return getattr(self, mode)[position]


def defvjp(f, *makers, argnums=None):
    f.pulls.update(zip(argnums or range(len(makers)), makers))


def defjvp(f, *rules, argnums=None):
    f.pushes.update(zip(argnums or range(len(rules)), rules))


def nothing_traced(f):
    return lambda *args, **kwargs: f(*map(innermost, args), **kwargs)


# -- the package ---------------------------------------------------------------------------------------------


def isinstance_of_what_is_traced(x, kind):
    return builtins.isinstance(innermost(x), kind)


def type_of_what_is_traced(x):
    return builtins.type(innermost(x))


def make_diagonal(d, offset=0, axis1=-2, axis2=-1):
    """Their one function that NumPy has not: matrices from diagonals."""
    if offset != 0:
        raise NotImplementedError("only the main diagonal")
    return mnp.moveaxis(mnp.expand_dims(d, -1) * np.eye(d.shape[-1]), (-2, -1), (axis1, axis2))


def module(name, found, **members):
    """``name`` as a module with ``members``; ``found(attribute)`` looks up the rest."""
    made = types.ModuleType(name)
    vars(made).update(members)
    made.__getattr__ = found
    made.__path__ = []
    sys.modules[name] = made
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, made)
    return made


def looked_up(*namespaces):
    def found(name):
        for namespace in namespaces:
            if hasattr(namespace, name):
                return getattr(namespace, name)
        raise AttributeError(name)

    return found


NOTHING = looked_up()


def unbroadcast(x, pullback):
    return lambda g: undo_broadcast(pullback(g), x)


def repeated(g, shape, dtype, axis, keepdims):
    """Theirs: the cotangent of a reduction along what was reduced, and over how many elements."""
    if shape == ():
        return g, 1
    places = places_of(axis, len(shape))
    kept = [1 if i in places else n for i, n in enumerate(shape)]
    return mnp.broadcast_to(mnp.reshape(g, kept), shape), math.prod(shape[i] for i in places)


def install(checkout: Path) -> None:
    """`autograd` in ``sys.modules``; what is not stated here comes from the checkout."""
    autograd = module("autograd", NOTHING)
    autograd.__path__ = [str(checkout / "autograd")]
    rules = {"primitive": Extension, "notrace_primitive": nothing_traced, "defvjp": defvjp, "defjvp": defjvp}
    graphs = {"Node": object, "trace": None}  # of const_graph, which reads autograd's own graphs
    module("autograd.tracer", NOTHING, isbox=lambda x: type(x) is Tracer, getval=innermost, **graphs, **rules)
    spaces = {"vspace": vspace, "make_vjp": make_vjp, "make_jvp": make_jvp, "primitive_vjps": {}}
    module("autograd.core", NOTHING, **spaces, **rules)
    module("autograd.extend", NOTHING, vspace=vspace, **rules, defvjp_argnum=lambda f, rule: None)
    kinds = {"tuple": tuple, "list": list, "dict": dict}
    asked = {"isinstance": isinstance_of_what_is_traced, "type": type_of_what_is_traced}
    module("autograd.builtins", NOTHING, **kinds, **asked)
    namespace = module("autograd.numpy", looked_up(mnp, np), make_diagonal=make_diagonal)
    theirs = {"_dot": mnp.matmul, "T": mnp.matrix_transpose}
    module("autograd.numpy.linalg", looked_up(mnp.linalg, np.linalg), **theirs)
    module("autograd.numpy.fft", looked_up(mnp.fft, np.fft))
    sys.modules["autograd.numpy.random"] = namespace.random = np.random
    module("autograd.numpy.numpy_vjps", NOTHING, unbroadcast_f=unbroadcast, repeat_to_match_shape=repeated)
    module("autograd.scipy", NOTHING).__path__ = [str(checkout / "autograd" / "scipy")]
    special = importlib.import_module("autograd.scipy.special")
    vars(special).update({name: getattr(mnp, name) for name in vars(special) if hasattr(mnp, name)})
    for part in ("linalg", "integrate"):
        module(f"autograd.scipy.{part}", looked_up(getattr(mnp, part, scipy), getattr(scipy, part)))
    for part in ("stats", "signal"):
        importlib.import_module(f"autograd.scipy.{part}")
    derived = importlib.import_module("autograd.differential_operators")
    unary_to_nary = importlib.import_module("autograd.wrap_util").unary_to_nary
    operators = {name: getattr(derived, name) for name in vars(derived) if not name.startswith("_")}
    own = {"grad": mg.grad, "jacobian": mg.jacobian, "hessian": mg.hessian, "value_and_grad": mg.value_and_grad}
    for name, transformation in own.items():

        def of_unary(f, x, transformation=transformation):
            return transformation(f)(x)

        of_unary.__name__ = name
        operators[name] = unary_to_nary(of_unary)
    vars(derived).update({name: operators[name] for name in own})
    vars(autograd).update(operators, **kinds, **asked)


def main(checkout, *options) -> int:
    checkout = Path(checkout).resolve()
    install(checkout)
    sys.path.insert(0, str(checkout / "tests"))
    ours = ["-c", "/dev/null", "--rootdir", str(checkout), "-p", "no:cacheprovider", "-q"]
    return pytest.main([*ours, str(checkout / "tests"), *options])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))

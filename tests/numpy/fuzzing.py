"""One drawn call, plain and under every transformation: each difference from NumPy, each unclear exception is a fault."""

from __future__ import annotations

import linecache
import pathlib
import warnings
import zlib

import numpy as np

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff import flatten, unflatten
from minigan.autodiff.tracer import innermost
from minigan.testing.calls import draw_call, shown

NAMES = [*mnp.__all__, *(f"linalg.{name}" for name in mnp.linalg.EXPORTS), *(f"fft.{name}" for name in mnp.fft.EXPORTS)]
PACKAGE = str(pathlib.Path(mg.__file__).parent)

# What an exception says by its class: the arguments are to blame. Any other class is an accident inside.
CLEAR = (ValueError, TypeError, IndexError, NotImplementedError, OverflowError)  # LinAlgError is a ValueError

# What is not NumPy's, name by name, and why.
NO_REFUSALS = {
    **dict.fromkeys(("histogram", "histogram_bin_edges"), "the extremes of a traced array, NaN too, are not looked at"),
    "median": "of an empty array over several axes NumPy's falls in a reshape",
    "average": "where weights sum to zero, or nothing is averaged, NumPy has a ZeroDivisionError",
    "nanmedian": "of nothing NumPy takes the mean, which takes no list of axes",
    **dict.fromkeys(("nanpercentile", "nanquantile"), "of nothing NumPy's are means too"),
    **dict.fromkeys(("fft.fftshift", "fft.ifftshift"), "NumPy's own falls on a 0-d array, which has nothing to shift"),
}
NO_DERIVATIVES = {"linalg.slogdet": "the logarithm of 0 has none at singular matrices: NumPy's LinAlgError"}
SOLVED = {"linalg.solve", "linalg.inv", "linalg.tensorsolve", "linalg.tensorinv"}  # by the transpose, too, which with
# infinities or NaN LAPACK may find singular where it did not find the matrix so
UNCHECKED = {"take", "compress"}  # where nothing is read, NumPy does not look at the indices
ROUNDED = {  # complex ones: NumPy rounds a product of two of its numbers and of two arrays differently
    "cross", "entr", "xlog1py", "xlogy", "kl_div", "rel_entr", "polydiv", "nanmean", "nanvar", "nanstd",
}  # fmt: skip
ROUNDED_TOO = {
    "linalg.cond": "its sums of singular values are NumPy's own loop",
    "sort_complex": "NumPy sorts complex numbers without keeping 0.0 and -0.0 in their order",
}
ROUNDED_COMPILED = {
    "interp": "of constant places numbers meet, and two roundings become one",
    "power": "a small whole power is a product",
}
SIGNS_OF_ZEROS = {
    **dict.fromkeys(("nanmax", "nanmin"), "of 0.0 and -0.0, which are equal, NumPy's loops return either"),
}
QUANTILES = ("quantile", "percentile", "nanquantile", "nanpercentile")  # on the stand-in of truth values numbers
NOT_ON_STRICT = {
    **dict.fromkeys(("apply_along_axis", "apply_over_axes"), "called with NumPy's functions"),
    "polyfit": "of fewer points than powers, and of near ones, it is rounding alone",
    "partition": "which of the smaller ones comes first is the library's",
}
_INFINITE = "the standard's words for it multiply infinities by zero, where NumPy's loop has no such term"
FINITE_ON_STRICT = {
    **dict.fromkeys(("convolve", "correlate", "polymul", "modf", "spacing", "sign", "bincount"), _INFINITE),
    **dict.fromkeys(("dot", "vdot", "poly", "nanvar", "nanstd"), _INFINITE),
    **dict.fromkeys(QUANTILES, "of infinities NumPy's is NaN between two"),
}
FINITE_COMPLEX_ON_STRICT = {
    **dict.fromkeys(("prod", "nanprod"), "an infinite product of two goes by the order of both"),
    **dict.fromkeys(("inner", "matvec", "vecmat"), "which part of an infinite product is NaN goes by its kernel"),
}
NO_VALUES = {"empty": "its values mean nothing", "empty_like": "its values mean nothing"}


UFUNCS_OF_SCIPY = {"expit", "logit", "erf", "gammaln", "digamma", "wrightomega", "xlogy", "sigmoid"}


class Fault(AssertionError):
    """A call that is not as it should be; ``kind`` is the same for faults that look alike."""

    def __init__(self, kind, told):
        super().__init__(f"{kind}: {told}")
        self.kind = kind


def functions(name):
    """Ours and NumPy's; for what NumPy has not, ours twice."""
    ours, numpys = mnp, np
    for part in name.split("."):
        ours, numpys = getattr(ours, part), getattr(numpys, part, None)
    if name == "argsort":
        numpys = stable_argsort
    return ours, ours if numpys is None else numpys


def stable_argsort(*args, **kwargs):
    """NumPy's, with equal values in their order unless another way is asked for, as ours has them."""
    asked = kwargs.get("kind") is not None or kwargs.get("stable") is not None
    return np.argsort(*args, **(kwargs if asked else {**kwargs, "stable": True}))


def outcome(f, *args, **kwargs):
    """The value of a call, or its exception."""
    try:
        return f(*args, **kwargs), None
    except Exception as error:
        return None, error


def deliberate(error, further=()) -> bool:
    """Whether a line of ours raised ``error`` on purpose, and not because a library had."""
    while error.__cause__ is not None:  # said again, with the function's name
        error = error.__cause__
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    file = trace.tb_frame.f_code.co_filename
    raised = linecache.getline(file, trace.tb_lineno).strip().startswith("raise")
    return isinstance(error, CLEAR + further) and file.startswith(PACKAGE) and raised


def where_from(error) -> str:
    """The class of an exception and the line of ours that it came through last."""
    trace, line = error.__traceback__, ""
    while trace:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith(PACKAGE):
            line = f"{pathlib.Path(code.co_filename).relative_to(PACKAGE)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {line}: {error}"


def difference(found, expected, rounded=False, signs=True, narrow=False) -> str | None:
    """In what the leaves of two results differ: to the bit (or ``rounded``, as float32 if some of it is ``narrow``), with
    ``signs`` of zeros; any NaN is NaN."""
    if isinstance(expected, list) and hasattr(found, "shape"):  # NumPy's diff of order 0 is what it was given
        expected = np.asarray(expected)
    found, expected = flatten(found)[0], flatten(expected)[0]
    if len(found) != len(expected):
        return f"{len(found)} results in place of {len(expected)}"
    for a, b in zip(map(np.asarray, found), map(np.asarray, expected)):
        if (a.dtype, a.shape) != (b.dtype, b.shape):
            return f"{a.dtype}{list(a.shape)} in place of {b.dtype}{list(b.shape)}"
        size = abs(b) if a.dtype.kind in "fc" else None  # of a complex number, whose parts may cancel each by itself
        if a.dtype.kind == "c":
            a, b = (np.stack([z.real, z.imag]) for z in (a, b))
        same = a == b
        if rounded and a.dtype.kind == "f":
            same |= abs(a - b) <= 8.0 * np.finfo("float32" if narrow else a.dtype).eps * size
        if a.dtype.kind == "f":
            same = (same & (rounded | (not signs) | (np.signbit(a) == np.signbit(b)))) | (np.isnan(a) & np.isnan(b))
        if not np.all(same):
            return f"{a.tolist()} in place of {b.tolist()}"
    return None


def apart(found, expected, narrow) -> str | None:
    """In what two results differ beyond rounding, of float32 if some of it is ``narrow``; a kind of dtype is enough."""
    if isinstance(expected, list) and hasattr(found, "shape"):
        expected = np.asarray(expected)
    found, expected = flatten(found)[0], flatten(expected)[0]
    if len(found) != len(expected):
        return f"{len(found)} results in place of {len(expected)}"
    for a, b in zip(map(np.asarray, found), map(np.asarray, expected)):
        if a.shape == b.shape and b.dtype in ("float16", "int8"):
            continue  # what NumPy makes of small integers and truth values, and the standard has not
        if (a.dtype.kind, a.shape) != (b.dtype.kind, b.shape):
            return f"{a.dtype}{list(a.shape)} in place of {b.dtype}{list(b.shape)}"
        if b.dtype.kind == "c":  # each part by itself: one may be infinite
            a, b = (np.stack([z.real, z.imag]) for z in (a, b))
        rounding = 1e3 * (1.2e-7 if narrow or b.dtype == "float32" else 2.2e-16)
        size = np.max(np.abs(b[np.isfinite(b)]), initial=0.0)
        if not np.allclose(a, b, rtol=rounding, atol=rounding * size, equal_nan=True):
            return f"{a.tolist()} in place of {b.tolist()}"
    return None


def at_home(x):
    """``x`` as an array of the active backend, NumPy's numbers as Python's."""
    return mnp.asarray(np.asarray(x)) if isinstance(x, np.ndarray | np.generic) else x


class Checked:
    """One call and what is asked of it."""

    def __init__(self, name, args, kwargs, rng):
        self.name, self.rng = name, rng
        self.ours, self.numpys = functions(name)
        self.leaves, self.structure = flatten((list(args), kwargs))
        self.leaves = [own_copy(leaf) for leaf in self.leaves]
        self.told = f"{name}{shown(args, kwargs)}"
        floats = [i for i, x in enumerate(self.leaves) if isinstance(x, np.ndarray) and x.dtype.kind in "fc"]
        if len(floats) > 1 and rng.random() < 0.3:
            floats = [floats[int(rng.integers(len(floats)))]]
        self.floats, self.values = floats, [self.leaves[i] for i in floats]

    def with_values(self, *values):
        """The call as a function of its floating-point arrays."""
        leaves = list(self.leaves)
        for i, value in zip(self.floats, values):
            leaves[i] = value
        args, kwargs = unflatten(self.structure, leaves)
        return self.ours(*args, **kwargs)

    def check(self, how):
        """Plain on NumPy; then, as ``how`` says, traced, twice traced and compiled."""
        args, kwargs = unflatten(self.structure, self.leaves)
        self.expected, self.refused = outcome(self.numpys, *args, **kwargs)
        self.same("plain", *outcome(self.ours, *args, **kwargs), plain=True)
        if not self.values:
            return
        if "traced" in how:
            self.traced()
        if "twice" in how:
            self.twice()
        if "compiled" in how:
            self.same("compiled", *outcome(mg.compile(self.with_values), *self.values))

    def on_strict(self):
        """Plain on the array-API stand-in, which has fewer dtypes and functions: the values that it has are NumPy's."""
        args, kwargs = unflatten(self.structure, self.leaves)
        self.expected, self.refused = outcome(self.numpys, *args, **kwargs)
        with mg.use("strict"):
            args, kwargs = unflatten(self.structure, [at_home(x) for x in self.leaves])
            found, error = outcome(self.ours, *args, **kwargs)
            if error is not None:
                alike = self.refused is not None and type(error) is type(self.refused)
                if not alike and not isinstance(error, CLEAR) and not deliberate(error, (AttributeError,)):
                    raise Fault(f"{self.name} on strict: {where_from(error)}", self.told) from error
                return
            found = mg.tree_map(lambda x: mg.to_numpy(x) if hasattr(x, "dtype") else x, found)
        if isinstance(self.expected, list) and not self.expected and not np.size(found):
            return  # nothing in a list has no dtype
        if self.name == "linalg.eigh" and self.refused is None:  # vectors within an eigenspace, and signs, are its own
            found, self.expected = found[0], self.expected[0]
        if self.name in QUANTILES and np.asarray(self.expected).dtype == "bool":
            self.expected = 1.0 * self.expected
        finite_alone = self.name in FINITE_ON_STRICT or (self.name in FINITE_COMPLEX_ON_STRICT and self.is_turning())
        unlike = self.means_nothing() or (finite_alone and not self.is_finite())
        if self.refused is None and not unlike and (told := apart(found, self.expected, self.is_narrow())):
            raise Fault(f"{self.name} on strict: another value", f"{self.told}: {told}")

    def same(self, mode, found, error, plain=False) -> bool:
        """Whether there is a value, NumPy's; refusals on purpose are well, accidents are not."""
        if error is not None:
            if plain:
                fine = self.refused is not None and (type(error) is type(self.refused) or isinstance(error, CLEAR))
            else:
                fine = self.fine(error)
            if not fine:
                raise Fault(f"{self.name} {mode}: {where_from(error)}", self.told) from error
            return False
        if self.refused is not None:
            if self.name in NO_REFUSALS:
                return False
            kind = f"{self.name} {mode}: a value where NumPy has {type(self.refused).__name__}"
            raise Fault(kind, f"{self.told}: {self.refused}")
        rounded = self.name in ROUNDED and self.is_turning()
        rounded |= self.name in ROUNDED_TOO
        contiguous = all(x.flags.c_contiguous for x in self.values)
        rounded |= self.name == "linalg.vector_norm" and not contiguous  # NumPy copies, and adds up in C's order
        if mode == "compiled":  # constants and what lies in between lie in C's order there, and sums go by it
            constants = (x for x in self.leaves if isinstance(x, np.ndarray))
            rounded |= not all(x.flags.c_contiguous for x in (*self.values, *constants))
            rounded |= self.name in ROUNDED_COMPILED
        # what the compiler lets zeros do is told in minigan/compiler/algebra.py
        signs = mode != "compiled" and self.name not in SIGNS_OF_ZEROS
        if not self.means_nothing() and (told := difference(found, self.expected, rounded, signs, self.is_narrow())):
            raise Fault(f"{self.name} {mode}: another value", f"{self.told}: {told}")
        return True

    def fine(self, error) -> bool:
        """Whether a transformation may end so: as NumPy has it, or refused on purpose."""
        if self.refused is not None:
            return isinstance(error, CLEAR)
        unchecked = self.name in UNCHECKED and isinstance(error, IndexError) and self.is_empty()
        singular = self.name in NO_DERIVATIVES or (self.name in SOLVED and not self.is_finite())
        return deliberate(error) or unchecked or (singular and isinstance(error, np.linalg.LinAlgError))

    def means_nothing(self) -> bool:
        """Whether the values are no law: what memory held where a ufunc's ``where=`` is false, for one."""
        if self.name in ("real", "imag") and any(isinstance(x, bool) for x in self.leaves):
            return True  # the parts of Python's True are integers, those of an array of truth values are none
        args, keywords = unflatten(self.structure, self.leaves)
        if self.name in ("split", "array_split", "dsplit") and isinstance(args[0], list):
            return True  # of a list NumPy takes its length for the size of every axis
        if self.name == "einsum" and self.is_empty() and isinstance(args[0], str) and takes_a_diagonal(args[0]):
            return True  # a diagonal of a matrix without rows, but with a column, NumPy reads from what memory holds
        if self.name in ("nanmax", "nanmin") and not isinstance(args[0], np.ndarray) and "initial" in keywords:
            return True  # of lists and numbers that are NaN alone NumPy forgets initial=, of arrays not
        masked = isinstance(getattr(np, self.name, None), np.ufunc) or self.name in UFUNCS_OF_SCIPY
        if self.name.startswith("fft.") and self.is_empty():
            return True  # NumPy transforms what memory holds behind an empty array
        if self.name in ("poly", "polydiv") and self.is_turning():
            return True  # of conjugate roots a real one, on which a traced dtype cannot depend; remainders of rounding
        if self.name == "interp" and self.is_turning() and not self.is_finite():
            return True  # NumPy takes real and imaginary parts of values by themselves: half of one may be NaN
        return self.name in NO_VALUES or (masked and "where" in keywords) or keywords.get("mode") == "empty"

    def is_finite(self) -> bool:
        """Whether no number in it is infinite or NaN."""
        numbers = [np.asarray(x) for x in self.leaves if isinstance(x, np.ndarray | np.generic | float | complex)]
        return all(np.isfinite(x).all() for x in numbers if x.dtype.kind in "fc")

    def is_turning(self) -> bool:
        """Whether some of it is complex, numbers in lists too."""
        numbers = [x for x in self.leaves if isinstance(x, np.ndarray | np.generic | complex)]
        return any(np.asarray(x).dtype.kind == "c" for x in numbers)

    def is_narrow(self) -> bool:
        return any(x in ("float32", np.float32) for x in self.leaves if isinstance(x, str | type)) or any(
            np.result_type(x) in ("float32", "complex64") for x in self.leaves if isinstance(x, np.ndarray | np.generic)
        )

    def is_empty(self) -> bool:
        return any(isinstance(x, np.ndarray) and x.size == 0 for x in self.leaves)

    def keywords(self):
        return unflatten(self.structure, self.leaves)[1]

    def like(self, x):
        """Random numbers in the shape and dtype of ``x``."""
        x = np.asarray(x)
        drawn = self.rng.standard_normal(x.shape)
        return np.asarray(drawn + 1j * self.rng.standard_normal(x.shape) if x.dtype.kind == "c" else drawn).astype(x.dtype)

    def traced(self):
        y_pullback, error = outcome(mg.vjp, self.with_values, *self.values)
        if not self.same("vjp", None if error else y_pullback[0], error):
            self.same("jvp", *outcome(self.forward, self.values, [self.like(v) for v in self.values]))
            return
        y, pullback = y_pullback
        g = mg.tree_map(self.like, y)
        cotangents = self.fits("pullback", *outcome(pullback, g), self.values)
        tangents = [self.like(v) for v in self.values]
        pushed, error = outcome(mg.jvp, self.with_values, self.values, tangents)
        if self.same("jvp", None if error else pushed[0], error) and cotangents is not None:
            moved = self.fits("tangent", pushed[1], None, y)
            self.agree(g, moved, cotangents, tangents)

    def forward(self, values, tangents):
        return mg.jvp(self.with_values, values, tangents)[0]

    def fits(self, mode, found, error, like):
        """Cotangents and tangents have the shapes and dtypes of what they belong to."""
        if error is not None:
            if not deliberate(error) and not isinstance(error, np.linalg.LinAlgError):
                raise Fault(f"{self.name} {mode}: {where_from(error)}", self.told) from error
            return None
        for a, b in zip(map(np.asarray, flatten(found)[0]), map(np.asarray, flatten(like)[0])):
            if a.shape != b.shape or (a.dtype != b.dtype and b.dtype.kind in "fc"):
                raise Fault(f"{self.name} {mode}: {a.dtype}{list(a.shape)} of {b.dtype}{list(b.shape)}", self.told)
        return found

    def agree(self, g, moved, cotangents, tangents):
        """The two modes are transposes of one another, <g, J v> = <J^T g, v>, where that can be told."""
        pairs = [*zip(flatten(g)[0], flatten(moved)[0]), *zip(cotangents, tangents)]
        pairs = [(np.asarray(a), np.asarray(b)) for a, b in pairs]
        if any(a.dtype not in ("float64", "complex128") for a, _ in pairs):
            return
        outside = len(flatten(g)[0])
        terms = [np.real(np.sum(a * b)) for a, b in pairs]
        sizes = sum(float(np.sum(np.abs(a * b))) for a, b in pairs)
        apart = abs(sum(terms[:outside]) - sum(terms[outside:]))
        whole = sum(float(np.sum(np.abs(x))) for x in (*flatten(g)[0], *tangents))
        if np.isfinite(sizes) and sizes < 1e9 and apart > 1e-6 * sizes + 1e-12 * whole:
            both = f"{sum(terms[:outside])}, {sum(terms[outside:])}"
            raise Fault(f"{self.name}: the two modes differ", f"{self.told}: {both}")

    def twice(self):
        """A pullback pulled back, and a value under two levels."""

        def gradients(*values):
            y, pullback = mg.vjp(self.with_values, *values)
            return y, pullback(mg.tree_map(self.like, mg.tree_map(innermost, y)))

        found, error = outcome(mg.vjp, gradients, *self.values)
        if error is None:
            (y, inner), pullback = found
            self.same("vjp of vjp", y, None)
            self.fits("pullback of vjp", inner, None, self.values)
            seeds = mg.tree_map(self.like, (y, inner))
            self.fits("pullback of pullback", *outcome(pullback, seeds), self.values)
        elif not self.fine(error):
            raise Fault(f"{self.name} twice: {where_from(error)}", self.told) from error
        found, error = outcome(mg.jvp, lambda *v: mg.vjp(self.with_values, *v)[0], self.values, self.values)
        self.same("jvp of vjp", None if error else found[0], error)


def own_copy(x):
    """An array of the same memory layout that nobody else has."""
    return x if not isinstance(x, np.ndarray) or not x.flags.c_contiguous else x.copy()


def how_to(i: int):
    """What the call of this number is put to: all are traced, every fourth twice, every eighth compiled."""
    return {"traced"} | ({"twice"} if i % 4 == 0 else set()) | ({"compiled"} if i % 8 == 2 else set())


def takes_a_diagonal(subscripts) -> bool:
    """Whether an operand of einsum has a letter twice."""
    operands = subscripts.replace(".", "").replace(" ", "").partition("->")[0].split(",")
    return any(len(set(letters)) < len(letters) for letters in operands)


def endless(args, kwargs) -> bool:
    """Whether NumPy would wrap a far index: it takes the length off again and again, from 1e18 for years."""
    given = flatten((args, kwargs))[0]
    if not any(isinstance(x, str) and x == "wrap" for x in given):
        return False
    return any(np.asarray(x).dtype.kind in "iu" and np.any(np.abs(np.asarray(x, float)) > 1e6) for x in given)


def faults(name, count, seed=0):
    """The faults among ``count`` calls of ``name``; equal seeds draw equal calls."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i in range(count):
            rng = np.random.default_rng([seed, zlib.crc32(name.encode()), i])
            args, kwargs = draw_call(rng, name)
            if endless(args, kwargs):
                continue
            try:
                Checked(name, args, kwargs, rng).check(how_to(i))
            except Fault as fault:
                yield fault


def faults_on_strict(name, count, seed=0):
    """The faults among ``count`` calls of ``name`` on the array-API stand-in, float16 aside, which it has not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i in range(count):
            rng = np.random.default_rng([seed, zlib.crc32(name.encode()), i])
            args, kwargs = draw_call(rng, name)
            if endless(args, kwargs):
                continue
            checked = Checked(name, args, kwargs, rng)
            narrow = any(x == "float16" for x in checked.leaves if isinstance(x, str))
            if narrow or any(getattr(x, "dtype", None) == "float16" for x in checked.leaves) or name in NOT_ON_STRICT:
                continue
            try:
                checked.on_strict()
            except Fault as fault:
                yield fault

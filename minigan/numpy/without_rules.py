"""Names of NumPy's that have no derivative rule here, and why not; one reason a group.

A traced array is refused by the reason of the name's group. What takes no array, or takes it as any other object
(to print it, to save it), is named too, so that the page made by `minigan.numpy.names` says of every name what it is.
"""

from __future__ import annotations

from typing import NamedTuple

CONSTANT, REFUSED, NO_ARRAY_FUNCTION = "constant", "refused", "no array function"


class Group(NamedTuple):
    kind: str  # one of the three above
    what: str
    reason: str  # of a refused group, what an error says after the name
    names: frozenset[str]


def _group(kind, what, reason, names):
    return Group(kind, what, reason, frozenset(names.split()))


GROUPS = (
    _group(
        CONSTANT, "positions, truth values, counts",
        "its derivative is zero, so it is computed from values alone (which a recorded program has not)",
        """
        argpartition argwhere array_equal array_equiv bitwise_count bitwise_left_shift bitwise_right_shift digitize
        flatnonzero gcd isin isnat ix_ lcm left_shift lexsort nanargmax nanargmin nonzero packbits ravel_multi_index
        right_shift unpackbits unravel_index
        """,
    ),
    _group(
        CONSTANT, "questions about shapes and dtypes",
        "it looks at the shape and dtype of an array alone",
        """
        can_cast common_type diag_indices_from iscomplexobj isfortran isrealobj isscalar iterable min_scalar_type
        result_type tril_indices_from triu_indices_from
        """,
    ),
    _group(
        CONSTANT, "new arrays from sizes",
        "it takes sizes, which are Python's integers",
        """
        arange bartlett blackman diag_indices empty eye hamming hanning identity indices mask_indices ones tri
        tril_indices triu_indices zeros
        """,
    ),
    _group(
        REFUSED, "writes in place",
        "it writes into its argument, and arrays are immutable under a transformation: "
        "write mnp.where(mask, new, old), or mnp.index_add(x, index, new - x[index]), which return a new array",
        "copyto fill_diagonal place put put_along_axis putmask",
    ),
    _group(
        REFUSED, "sets of values",
        "which elements it keeps depends on which values are equal: "
        "find their positions from values alone, as np.unique(mg.stop_gradient(x), return_index=True) does, "
        "and read x there with mnp.take",
        "in1d intersect1d setdiff1d setxor1d union1d unique unique_all unique_counts unique_inverse unique_values",
    ),
    _group(
        REFUSED, "counts in several dimensions",
        "its counts jump: call it with mg.stop_gradient(x), or find places with mnp.digitize and add weights up with "
        "mnp.bincount(places, weights), which has a derivative in the weights",
        "histogram2d histogramdd",
    ),
    _group(
        REFUSED, "neighbouring floats",
        "it steps from one floating-point number to the next, which is no function of real numbers: "
        "call it with mg.stop_gradient(x)",
        "nextafter",
    ),
    _group(
        REFUSED, "a dtype that depends on values",
        "whether its result is real or complex depends on values: write mnp.real(z), or mnp.astype(x, complex)",
        "real_if_close",
    ),
    _group(
        REFUSED, "memory of plain arrays",
        "it asks how memory lies, and a traced array has none of its own: call it outside of the transformation",
        "from_dlpack may_share_memory require shares_memory",
    ),
    _group(
        REFUSED, "np.matrix and NumPy's other containers",
        "it makes an object of a class that holds plain arrays alone: write mnp.block or mnp.asarray",
        "asmatrix bmat",
    ),
    _group(
        NO_ARRAY_FUNCTION, "printing", "it makes text",
        """
        array2string array_repr array_str base_repr binary_repr format_float_positional format_float_scientific
        get_printoptions printoptions set_printoptions typename
        """,
    ),
    _group(
        NO_ARRAY_FUNCTION, "files and bytes", "it reads or writes files and bytes",
        """
        frombuffer fromfile fromregex fromstring genfromtxt load loadtxt memmap save savetxt savez savez_compressed
        """,
    ),
    _group(
        NO_ARRAY_FUNCTION, "Python functions and iterators", "it takes a function, or runs through elements in Python",
        "frompyfunc fromfunction fromiter nditer ndenumerate ndindex nested_iters flatiter vectorize broadcast",
    ),
    _group(
        NO_ARRAY_FUNCTION, "dtypes and shapes", "it takes dtypes or shapes and plans with them",
        "broadcast_shapes datetime_data einsum_path finfo iinfo isdtype issubdtype mintypecode promote_types",
    ),
    _group(
        NO_ARRAY_FUNCTION, "dates", "it is of dates, which have no derivative",
        "busday_count busday_offset busdaycalendar datetime_as_string datetime64 is_busday timedelta64",
    ),
    _group(
        NO_ARRAY_FUNCTION, "settings and information", "it is about NumPy itself",
        """
        __array_namespace_info__ __version__ errstate get_include getbufsize geterr geterrcall info setbufsize seterr
        seterrcall show_config show_runtime test
        """,
    ),
    _group(
        NO_ARRAY_FUNCTION, "index builders", "it makes an index or a grid of plain numbers",
        "index_exp mgrid ogrid s_",
    ),
    _group(
        NO_ARRAY_FUNCTION, "constants", "it is a number, a name or a table of such",
        "False_ ScalarType True_ e euler_gamma inf little_endian nan newaxis pi sctypeDict typecodes",
    ),
    _group(
        NO_ARRAY_FUNCTION, "modules", "it is a module",
        "char core ctypeslib dtypes emath exceptions f2py fft lib linalg ma polynomial random rec strings testing typing",
    ),
    _group(
        NO_ARRAY_FUNCTION, "types", "it is a type",
        """
        LinAlgError bool bool_ byte bytes_ cdouble character clongdouble complex64 complex128 complex256 complexfloating
        csingle double dtype flexible float16 float32 float64 float96 float128 floating generic half inexact int8 int16
        int32 int64 int_ intc integer intp long longdouble longlong matrix ndarray number object_ poly1d recarray record
        short signedinteger single str_ ubyte ufunc uint uint8 uint16 uint32 uint64 uintc uintp ulong ulonglong
        unsignedinteger ushort void complex192
        """,
    ),
)  # fmt: skip
NEW = Group(
    REFUSED, "newer than this table",
    "it has no derivative rule here. Write it with functions of minigan.numpy, or add a primitive: "
    "one line such as elementwise(name, lambda g, out, x: g * ...) in minigan/numpy/elementwise.py",
    frozenset(),
)  # fmt: skip

DERIVATIVE_ZERO = GROUPS[0].names | GROUPS[1].names  # computed from values, or from shapes and dtypes, alone
BY_SHAPE = GROUPS[1].names


def group_of(name: str) -> Group:
    """The group of a name that has no rule."""
    return next((group for group in GROUPS if name in group.names), NEW)


def refusal(name: str) -> str:
    """What is said of the function of that name to somebody who gives it a traced array."""
    group = group_of(name.rpartition(".")[2])
    return f"minigan.numpy.{name} does not take a traced array: {group.reason}"

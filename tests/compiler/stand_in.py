"""CuPy's kernels and graphs over NumPy, as strict as a device is.

`run_text` reads a kernel's text as Python. `Library` stands in for the module ``cupy``: its arrays are `Array`s, which
tell the library's tape of every operation. While a stream is captured, operations are recorded and not run: what they
return holds NaN (or 99) until the graph is launched. A launch runs them again, in order, on the very arrays of the
capture, whatever those hold by then.
"""

import contextlib
import re
import types

import numpy as np
from scipy import special

from minigan.backend import Backend

TYPES = {"float": np.float32, "double": np.float64, "bool": np.bool_}
_SAME = """exp exp2 expm1 log log1p log2 log10 sin cos tan sinh cosh tanh asin acos atan atan2 asinh acosh atanh sqrt cbrt
    hypot fabs floor ceil trunc rint pow"""
MEANINGS = {
    **TYPES,
    **{name: getattr(np, name) for name in _SAME.split()},
    "erf": special.erf,
    "larger": np.maximum,
    "smaller": np.minimum,
    "chosen": np.where,
    "sign_of": np.sign,
    "infinity": lambda: np.inf,
    "not_a_number": lambda: np.nan,
}


def run_text(text, *arrays):
    """What the kernel computes: its lines as Python over NumPy, every variable in the type that it is declared with."""
    names = {}
    parameters = [part.split() for part in text.inputs.split(", ")]
    for (dtype, name), x in zip(parameters, arrays, strict=True):
        assert x.dtype == dtype  # CuPy refuses another
        names[name] = x
    with np.errstate(all="ignore"):
        for line in text.body.splitlines():
            kind, name, expression = re.fullmatch(r"(?:const (\w+) )?(\w+) = (.+);", line).groups()
            value = eval(expression, {"__builtins__": {}, **MEANINGS}, names)
            assert not kind or np.result_type(value) in (TYPES[kind], bool), line  # nothing was promoted on the way
            names[name] = np.asarray(value, dtype=TYPES[kind] if kind else None)
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    results = (part.split() for part in text.outputs.split(", "))
    return tuple(np.array(np.broadcast_to(names[name], shape), dtype=dtype) for dtype, name in results)


class Tape:
    """What is being recorded, if anything is, and what was asked for."""

    def __init__(self):
        self.recording = None
        self.calls = []

    def run(self, compute):
        """The result of ``compute`` as arrays of their own; while recording, arrays that a launch fills."""
        found = compute()
        parts = found if isinstance(found, tuple) else (found,)
        made = tuple(owned(part) for part in parts)
        if self.recording is not None:

            def again():
                found = compute()
                for into, part in zip(made, found if isinstance(found, tuple) else (found,)):
                    plain(into)[...] = part

            self.recording.append(again)
            for x in made:
                plain(x)[...] = np.nan if x.dtype.kind == "f" else 99
        return made if isinstance(found, tuple) else made[0]

    def write(self, into, index, value):
        self.calls.append(("write", into))

        def act():
            plain(into)[index] = plain(value)

        act() if self.recording is None else self.recording.append(act)


tape = Tape()


def plain(x):
    if isinstance(x, Array):
        return x.view(np.ndarray)
    return type(x)(map(plain, x)) if isinstance(x, tuple | list) else x


def owned(x):
    x = np.asarray(x)
    out = Array(x.shape, x.dtype)
    plain(out)[...] = x
    return out


class Array(np.ndarray):
    """As in CuPy, results of shape () are arrays, and the base of a view is the array that owns the memory."""

    @property
    def base(self):
        owner, below = None, np.ndarray.base.__get__(self)
        while below is not None:
            owner, below = below, np.ndarray.base.__get__(below)
        return owner

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **keywords):
        made = tape.run(lambda: getattr(ufunc, method)(*map(plain, inputs), **keywords))
        if out is None:
            return made
        out[0][...] = made
        return out[0]

    def __array_function__(self, function, kinds, args, keywords):
        made = function(*plain(args), **keywords)
        if isinstance(made, np.ndarray) and any(np.shares_memory(made, plain(x)) for x in args if isinstance(x, Array)):
            return made.view(Array)
        return tape.run(lambda: function(*plain(args), **keywords))

    def __setitem__(self, index, value):
        tape.write(self, index, value)

    def copy(self):
        tape.calls.append(("copy", self))
        return tape.run(lambda: np.array(plain(self)))


class Stream:
    def __init__(self, library, non_blocking=False):
        self.library = library

    def __enter__(self):
        self.library.streams.append(self)

    def __exit__(self, *_):
        self.library.streams.pop()

    def record(self):
        return self

    def wait_event(self, event):
        tape.calls.append(("wait", self, event))

    def begin_capture(self):
        assert self is self.library.streams[-1] and self is not self.library.default
        tape.calls.append(("begin",))
        tape.recording = []

    def end_capture(self):
        tape.calls.append(("end",))
        recorded, tape.recording = tape.recording, None
        if self.library.loses_captures:
            raise RuntimeError("cudaErrorStreamCaptureInvalidated: operation failed due to a previous error")
        return Graph(recorded)


class Graph:
    def __init__(self, recorded):
        self.recorded = recorded

    def upload(self, stream):
        tape.calls.append(("upload",))

    def launch(self):
        tape.calls.append(("launch",))
        for act in self.recorded:
            act()


class Library:
    """The module; the flags say what it refuses."""

    def __init__(self):
        tape.recording, tape.calls = None, []
        self.default = Stream(self)
        self.streams = [self.default]
        self.refuses_products = self.refuses_kernels = self.loses_captures = False
        self.cuda = types.SimpleNamespace(
            Stream=lambda non_blocking: Stream(self, non_blocking),
            MemoryPool=lambda: types.SimpleNamespace(malloc=None),
            get_current_stream=lambda: self.streams[-1],
            using_allocator=lambda malloc: contextlib.nullcontext(),
        )

    def __getattr__(self, name):
        return getattr(np, name)

    def array(self, x, order="K"):
        return owned(plain(x))

    asarray = array

    def matmul(self, x, y, out=None):
        if tape.recording is not None and self.refuses_products:
            raise NotImplementedError("calling cuBLAS API during stream capture is currently unsupported")
        return np.matmul(x, y)

    dot = matmul

    def ElementwiseKernel(self, inputs, outputs, body, name, **options):
        if self.refuses_kernels:
            raise RuntimeError("nvrtc: error: no such file\ncannot compile")
        text = types.SimpleNamespace(inputs=inputs, outputs=outputs, body=body)
        assert options["return_tuple"] and "--fmad=false" in options["options"]

        def launch(*arrays):
            tape.calls.append(("kernel",))
            return tape.run(lambda: run_text(text, *map(plain, arrays)))

        return launch


def backend(library):
    """The library as minigan sees it."""
    return Backend("cupy", "cupy", library, contextlib.nullcontext(), Array)

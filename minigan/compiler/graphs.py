"""A program on CuPy as one CUDA graph: recorded at the second call, launched as a whole from then on.

The first call runs the program once with its elementwise chains `fused`, which compiles every kernel. The second
rehearses it on a stream of its own, in a private memory pool, and then records it there: a recorded kernel reads and
writes fixed addresses, so inputs are copied into captured arrays before each launch, and what is not donated is
copied out after it. Donated arrays live in captured ones: the graph ends by writing the new state over the old, and a
state that comes back as it was returned is not copied at all. Another state, given while somebody still holds the first,
has a `Capture` of its own. Nothing waits for the device.

Where a kernel does not compile, or CuPy or CUDA refuse to record an operation, one warning says so, and the program
runs operation by operation, as it would anyhow.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import warnings

from ..autodiff.program import Program, Variable
from .cublas import Capturable, products
from .fusion import Chain, fused, kernel, kernel_text
from .replaying import function_of, replayed


def fused_function_of(cupy, item):
    """What runs a chain or an equation, and whether it returns a tuple."""
    return (kernel(cupy, kernel_text(item)), True) if isinstance(item, Chain) else function_of(item)


def captured_function_of(namespace: Capturable, item):
    """The same while a graph is recorded: functions of the library come from ``namespace``."""
    if isinstance(item, Chain):
        return fused_function_of(namespace.cupy, item)
    primitive = item.primitive
    if callable(primitive.library):
        return functools.partial(primitive.library, namespace, **item.params), primitive.multiple
    if primitive.library in vars(Capturable):
        return functools.partial(getattr(namespace, primitive.library), **item.params), primitive.multiple
    return function_of(item)


class Graphed:
    """A program as a function from its inputs to its outputs: run as it is, then recorded and launched, or given up.

    ``home`` maps donated inputs to the results that take their place.
    """

    def __init__(self, program: Program, backend, home, name: str = "f"):
        self.program, self.backend, self.cupy, self.name = program, backend, backend.xp, name
        position = {x: i for i, x in enumerate(program.inputs)}
        place = {y: position[x] for x, y in home.items()}
        # for every output, the input in whose memory it is returned; what is returned twice is copied the second time
        self.places = [place.pop(y, None) if isinstance(y, Variable) else None for y in program.outputs]
        self.items = fused(program)
        self.run = self._first

    def __call__(self, *leaves):
        with self.backend.placed():
            return self.run(*leaves)

    def _first(self, *leaves):
        try:
            self.eager = replayed(self.program, self.items, functools.partial(fused_function_of, self.cupy))
            results = self.eager(*leaves)
        except Exception as error:
            self._give_up(replayed(self.program), "without fused kernels", error, 7)
            return self.run(*leaves)
        self.run = self._second
        return results

    def _second(self, *leaves):
        try:
            self.captures = [Capture(self, leaves)]
        except Exception as error:
            self._give_up(self.eager, "without a CUDA graph", error, 6)
            return self.run(*leaves)
        self.run = self._launch
        return self.captures[0].launch(leaves)

    def _launch(self, *leaves):
        for capture in self.captures:
            if capture.keeps(leaves):
                return capture.launch(leaves)
        for capture in self.captures:
            if capture.is_free(leaves):
                return capture.launch(leaves)
        try:
            new = Capture(self, leaves)
        except Exception as error:
            self._give_up(self.eager, "without a CUDA graph", error, 6)
            return self.run(*leaves)
        self.captures = [new, *(capture for capture in self.captures if not capture.is_free())]
        return new.launch(leaves)

    def _give_up(self, run, how, error, frames):
        self.run = run
        reason = f"{type(error).__name__}: {error}".strip().splitlines()[0]
        message = f"{self.name} runs operation by operation, {how}: the results are the same, and slower ({reason})"
        warnings.warn(message, RuntimeWarning, stacklevel=frames)


class Capture:
    """One recorded graph, and what it reads and writes, which is kept as long as the graph is."""

    def __init__(self, graphed: Graphed, leaves):
        """Rehearse and record."""
        self.cupy, self.places = graphed.cupy, graphed.places
        self.homes = [i for i in self.places if i is not None]
        cuda = self.cupy.cuda
        self.current = cuda.get_current_stream()
        self.stream = cuda.Stream(non_blocking=True)
        self.pool = cuda.MemoryPool()
        with cuda.using_allocator(self.pool.malloc):
            self.buffers = [self.cupy.array(leaf, order="C") for leaf in leaves]
            self.own = {id(buffer) for buffer in self.buffers}
            with self.stream, products(self.cupy, self.stream) as self.gemm:
                namespace = Capturable(self.cupy, self.gemm)
                run = replayed(graphed.program, graphed.items, functools.partial(captured_function_of, namespace))
                self.stream.wait_event(self.current.record())
                run(*self.buffers)
                self.current.wait_event(self.stream.record())
                self.stream.begin_capture()
                try:
                    self.results = run(*self.buffers)
                    self._bring_home()
                except BaseException:
                    with contextlib.suppress(Exception):  # what went wrong comes first
                        self.stream.end_capture()
                    raise
                self.graph = self.stream.end_capture()
                self.graph.upload(self.stream)
                self.current.wait_event(self.stream.record())
        self.own_references = self._references()

    def _references(self):
        """How many references there are to every donated buffer: a view of one holds it too."""
        return [sys.getrefcount(self.buffers[i]) for i in self.homes]

    def keeps(self, leaves) -> bool:
        """Whether the donated leaves are the kept ones themselves."""
        return all(leaves[i] is self.buffers[i] for i in self.homes)

    def is_free(self, leaves=None) -> bool:
        """Whether nobody else holds the state that is kept here, but for what ``leaves`` give up."""
        counts = zip(self.homes, self._references(), self.own_references)
        return all(now <= own or (leaves and leaves[i] is self.buffers[i]) for i, now, own in counts)

    def _bring_home(self):
        """Write each new value of a donated array over the old one; results that show captured inputs are copied first."""
        self.results = [y.copy() if i is None and hasattr(y, "shape") and self._is_own(y) else y
                        for i, y in zip(self.places, self.results)]  # fmt: skip
        homes = {i: y for i, y in zip(self.places, self.results) if i is not None}
        moved = [(self.buffers[i], y) for i, y in homes.items() if y is not self.buffers[i]]
        for buffer, y in [(buffer, y.copy() if self._is_own(y) else y) for buffer, y in moved]:
            buffer[...] = y

    def _is_own(self, x) -> bool:
        """Whether an array is captured input memory, or a view of it."""
        return id(x if x.base is None else x.base) in self.own

    def launch(self, leaves):
        current = self.cupy.cuda.get_current_stream()
        if current != self.current:  # the captured arrays are used in order, whatever stream a caller is on
            current.wait_event(self.current.record())
            self.current = current
        moved = [(buffer, leaf) for buffer, leaf in zip(self.buffers, leaves) if leaf is not buffer]
        for buffer, leaf in [(buffer, leaf.copy() if self._is_own(leaf) else leaf) for buffer, leaf in moved]:
            buffer[...] = leaf
        self.graph.launch()
        return tuple([self._given(i, y) for i, y in zip(self.places, self.results)])

    def _given(self, place, y):
        """A result for the caller: donated memory as it is, anything else as a copy."""
        if place is not None:
            return self.buffers[place]
        return y.copy() if hasattr(y, "shape") else y

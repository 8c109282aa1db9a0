"""Matrix products that a CUDA graph may hold.

cuBLAS can be captured; CuPy refuses all of it while a stream is captured, and copies no pointers to the device then,
which its concatenation of more than eight arrays needs. `Capturable` is CuPy's namespace with these few functions
replaced. Products call the library that CuPy itself has loaded, through a handle and a workspace of their own: without
a workspace, cuBLAS would put allocations into the graph.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools

WORKSPACE = 32 << 20  # bytes; what NVIDIA recommends for its largest devices
AT_ONCE = 8  # arrays that CuPy concatenates without a table of pointers
PLAIN, TRANSPOSED = 0, 1


@functools.cache
def library():
    """The cuBLAS that CuPy is linked with, or ``None`` where it cannot be reached."""
    try:
        from cupy_backends.cuda.libs import cublas

        found = ctypes.CDLL(cublas.__file__)  # names are looked up in what this module was linked with, too
        pointer, number = ctypes.c_void_p, ctypes.c_int
        matrix = [pointer, number]
        for name in ("cublasSgemm_v2", "cublasDgemm_v2"):
            getattr(found, name).argtypes = [pointer, *[number] * 5, pointer, *matrix, *matrix, pointer, *matrix]
        found.cublasCreate_v2.argtypes = [pointer]
        found.cublasSetStream_v2.argtypes = [pointer, pointer]
        found.cublasSetWorkspace_v2.argtypes = [pointer, pointer, ctypes.c_size_t]
        found.cublasDestroy_v2.argtypes = [pointer]
    except (ImportError, OSError, AttributeError):
        return None
    return found


@contextlib.contextmanager
def products(cupy, stream):
    """A `Gemm` on ``stream``, or ``None`` without the library; its workspace must live as long as what it recorded."""
    cublas = library()
    if cublas is None:
        yield None
        return
    handle = ctypes.c_void_p()
    _check(cublas.cublasCreate_v2(ctypes.byref(handle)))
    try:
        workspace = cupy.empty(WORKSPACE, dtype="uint8")
        _check(cublas.cublasSetStream_v2(handle, stream.ptr))  # takes a workspace away, so it comes first
        _check(cublas.cublasSetWorkspace_v2(handle, address(workspace), WORKSPACE))
        yield Gemm(cupy, cublas, handle, workspace)
    finally:
        cublas.cublasDestroy_v2(handle)


def _check(status: int) -> None:
    if status:
        raise RuntimeError(f"cuBLAS returned status {status}")


def address(x) -> int:
    return x.data.ptr


class Gemm:
    """The product of two matrices of one dtype, float32 or float64, neither of them empty."""

    def __init__(self, cupy, cublas, handle, workspace):
        self.cupy, self.handle, self.workspace = cupy, handle, workspace
        self.functions = {
            "float32": (cublas.cublasSgemm_v2, ctypes.c_float(1.0), ctypes.c_float(0.0)),
            "float64": (cublas.cublasDgemm_v2, ctypes.c_double(1.0), ctypes.c_double(0.0)),
        }

    def __call__(self, x, y):
        """cuBLAS stores columns one after the other, so it is asked for the transpose: y' x' in its own eyes."""
        out = self.cupy.empty((x.shape[0], y.shape[1]), dtype=x.dtype)
        function, one, zero = self.functions[x.dtype.name]
        (x, x_way, x_step), (y, y_way, y_step) = self._laid_out(x), self._laid_out(y)
        sizes = (out.shape[1], out.shape[0], x.shape[1])
        _check(function(self.handle, y_way, x_way, *sizes, ctypes.byref(one), address(y), y_step, address(x), x_step,
                        ctypes.byref(zero), address(out), out.shape[1]))  # fmt: skip
        return out

    def _laid_out(self, x):
        """A matrix whose rows or columns lie in one piece, which of them, and the step from one to the next."""
        (rows, columns), size = x.shape, x.dtype.itemsize
        down, across = (step // size for step in x.strides)
        if across == 1 and down >= columns:
            return x, PLAIN, down
        if down == 1 and across >= rows:
            return x, TRANSPOSED, across
        return self.cupy.ascontiguousarray(x), PLAIN, columns


class Capturable:
    """CuPy's namespace, with what it refuses to capture done otherwise where that can be."""

    def __init__(self, cupy, gemm=None):
        self.cupy = cupy
        self.gemm = gemm

    def __getattr__(self, name):
        return getattr(self.cupy, name)

    def matmul(self, x, y, out=None):
        """The product of vectors, matrices, and stacks of matrices with a matrix; others are CuPy's, and refused."""
        ours = self.gemm is not None and x.dtype == y.dtype and x.dtype.name in self.gemm.functions
        if not ours or not x.ndim or y.ndim not in (1, 2) or 0 in (x.size, y.size) or x.shape[-1] != y.shape[0]:
            return self.cupy.matmul(x, y, out=out)
        shape = (*x.shape[:-1], *y.shape[1:])
        found = self.gemm(x.reshape(-1, x.shape[-1]), y.reshape(y.shape[0], -1)).reshape(shape)
        if out is None:
            return found
        out[...] = found
        return out

    def dot(self, x, y, out=None):
        """`matmul`, whose conventions differ for scalars and stacks only."""
        return (self.matmul if x.ndim in (1, 2) and y.ndim in (1, 2) else self.cupy.dot)(x, y, out=out)

    def concat(self, arrays, axis=0):
        """A few at a time."""
        arrays = list(arrays)
        while len(arrays) > AT_ONCE:
            parts = range(0, len(arrays), AT_ONCE)
            arrays = [self.cupy.concat(arrays[i : i + AT_ONCE], axis=axis) for i in parts]
        return self.cupy.concat(arrays, axis=axis)

    def stack(self, arrays, axis=0):
        return self.concat([self.cupy.expand_dims(x, axis) for x in arrays], axis=axis)

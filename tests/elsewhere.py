"""Stand-ins for other libraries' arrays: what a tensor and a table hand over, and a tensor that cannot."""

import numpy as np


class Tensor:
    """As PyTorch's: a shape, a dtype of its own, and NumPy's protocol."""

    __module__ = "torch"

    def __init__(self, values):
        self.values = np.asarray(values)

    shape = property(lambda self: self.values.shape)
    ndim = property(lambda self: self.values.ndim)
    dtype = property(lambda self: f"torch.{self.values.dtype}")

    def __array__(self, dtype=None, copy=None):
        return self.values


class TensorOnAGpu(Tensor):
    __module__ = "torch"

    def __array__(self, dtype=None, copy=None):
        raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first.")


class DataFrame:
    """As pandas' and polars': a shape and `to_numpy`."""

    __module__ = "pandas"

    def __init__(self, values):
        self.values = np.asarray(values)

    shape = property(lambda self: self.values.shape)

    def to_numpy(self):
        return self.values


class Exchanged:
    """What speaks DLPack alone."""

    __module__ = "other"

    def __init__(self, values):
        self.values = np.asarray(values)

    def __dlpack__(self, **how):
        return self.values.__dlpack__(**how)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


READ = (Tensor, DataFrame, Exchanged)

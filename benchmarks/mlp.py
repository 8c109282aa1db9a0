"""W4: 784 pixels, 1024 units, batch 256: 9.7 GFLOP of matrix products; --quick takes a quarter of the widths."""

from .mlp_gan import CONTENDERS
from .problem import MlpGan
from .workload import Case, Workload

BIG = MlpGan((128, 1024, 1024, 784), (784, 1024, 1024, 1), batch=256, activation="relu", lr=2e-4)
REDUCED = MlpGan((128, 256, 256, 784), (784, 256, 256, 1), batch=256, activation="relu", lr=2e-4)

WORKLOAD = Workload("W4", "big MLP", (Case("", BIG),), CONTENDERS, quick=(Case("reduced: 256 units", REDUCED),))

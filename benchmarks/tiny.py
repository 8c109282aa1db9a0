"""W2: one dimension, 32 units, batch 128: 2.25 MFLOP, so what is timed is the overhead of calling."""

from .mlp_gan import CONTENDERS
from .problem import MlpGan
from .workload import Case, Workload

TINY = MlpGan(generator=(1, 32, 1), discriminator=(1, 32, 32, 1), batch=128)
CASES = (Case("", TINY, chunk=25),)

WORKLOAD = Workload("W2", "tiny", CASES, CONTENDERS, quick=CASES)

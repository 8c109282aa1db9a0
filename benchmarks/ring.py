"""W1: eight Gaussians on a circle, small networks at batch 512: 255 MFLOP of matrix products, tanh, and Adam."""

from .mlp_gan import CONTENDERS
from .problem import MlpGan
from .workload import Case, Workload

RING = MlpGan(generator=(256, 128, 128, 2), discriminator=(2, 128, 128, 1), batch=512)
CASES = (Case("", RING, chunk=2),)

WORKLOAD = Workload("W1", "ring", CASES, CONTENDERS, quick=CASES)

"""W7: how the time of W1's step grows with batch, width and depth, and with the number of discriminator updates that the
generator's gradient goes through (at batch 128); each axis varied alone."""

from __future__ import annotations

from .mlp_gan import CONTENDERS
from .problem import MlpGan
from .workload import Case, Workload


def gan(batch: int = 512, width: int = 128, depth: int = 2, unrolled: int = 0) -> MlpGan:
    hidden = (width,) * depth
    return MlpGan((256, *hidden, 2), (2, *hidden, 1), batch, unrolled=unrolled)


BATCHES = tuple(2**i for i in range(5, 15))
WIDTHS = (16, 32, 64, 128, 256, 512, 1024)
DEPTHS = (1, 2, 4, 8, 16)
UNROLLED = (0, 1, 2, 5)

CASES = (
    *(Case(f"batch {n}", gan(batch=n)) for n in BATCHES),
    *(Case(f"width {n}", gan(width=n)) for n in WIDTHS),
    *(Case(f"depth {n}", gan(depth=n), tolerance=1e-2) for n in DEPTHS),  # rounding grows with depth
    *(Case(f"unrolling {n}", gan(batch=128, unrolled=n), tolerance=1e-4) for n in UNROLLED),
)

# at many sizes what compiles for half a minute, and what differs from plain PyTorch by its optimiser, are left out
PEERS = CONTENDERS | {
    "torch-compile": f"it would compile for half a minute at each of {len(CASES)} sizes",
    "torch-tuned": "plain PyTorch stands for it",
}

WORKLOAD = Workload("W7", "scaling", CASES, PEERS, rounds=3)

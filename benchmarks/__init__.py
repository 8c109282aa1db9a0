"""minigan beside its peers in one interleaved run: ``python -m benchmarks``.

`workload` says what is timed, `peers` who takes part; `ring`, `tiny`, `dcgan`, `mlp`, `divergences`, `importing`,
`scaling`, `elementwise` and `eager_overhead` are the workloads; `with_minigan`, `with_torch` ... train a GAN by one
library each. `many_examples` stands alone: Jacobians, Hessians and per-example gradients beside loops and JAX.
`worker` is one peer's process, `run` lets the workers take turns, `report` prints what they measured.

`operations` is a survey: small things timed one by one, ``python -m benchmarks operations``; `survey` prints its table.

``benchmarks/on_gpu.sh`` is for a machine with a GPU: in at most eight minutes it runs `tests/gpu`, trains beside NumPy and
times all peers (`gpu`; `present` is what the machine has, `losses` the trainings, `gpu_report` the table). Nothing is
installed, and whatever is missing is named.
"""

"""minigan beside its peers in one interleaved run: ``python -m benchmarks``.

`workload` says what is timed, `peers` who takes part; `ring`, `tiny`, `dcgan`, `mlp`, `divergences`, `importing`,
`scaling` and `eager_overhead` are the workloads; `with_minigan`, `with_torch` ... train a GAN by one library each.
`worker` is one peer's process, `run` lets the workers take turns, `report` prints what they measured.
"""

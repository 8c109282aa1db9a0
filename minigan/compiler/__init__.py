"""From a recorded run to straight-line array code: `compile`.

Read in this order: `recording` (one run, written down in elementary operations), `sketching` (without its large
products), `expansions` (what composite functions are made of), then the passes over a program, each alone in its file:
`dead_code`, `substitution`, `subexpressions`,
`folding`, `algebra` (with `signs`, `factors`, `choices`, `exponentials`, `row_sums`, `linear_sums` and `transposes`),
`joining` (two batches through one network), `packing` (one update for all parameters), `vectors` (functions that NumPy has
no vectors for), `delaying` (cheap things late), `inner_sums` (as products with ones), `blocks` (large elementwise work in
cache-sized pieces), `biases` (inside products), `buffers` (whose memory a result may use). `operations` says how each
operation is written in NumPy, `element_kernels` where a function of ours takes the place of NumPy's, `small_products`
and `repeated_rows` where another way is faster, `reading` how its operands are spelled, `loops`
how a block is, `writing` writes the module, `calling` takes arguments apart and puts results together, `residences`
gives each donated state a place of its own, `compiled` keeps one program a signature. With several threads,
`shared_loops` and `shared_products` share out what takes long to the pool of `threads`. Other libraries' programs are run
by `replaying`; on CuPy `fusion` makes kernels of elementwise chains, written as `cuda` says, and `graphs` records the
whole as a CUDA graph, with products by `cublas`.
"""

from .compiled import Compiled, compile

__all__ = ["Compiled", "compile"]

"""From a recorded run to straight-line array code: `compile`.

Read in this order: `recording` (one run, written down in elementary operations), `expansions` (what composite
functions are made of), then the passes over a program, each alone in its file: `dead_code`, `subexpressions`,
`folding`, `algebra` (with `signs`, `factors`, `choices`, `spellings`, `exponentials`, `log_sigmoids`, `row_sums`,
`factored_sums`, `logsumexps`, `linear_sums` and `transposes`), `steps` and `stacks` (what the steps of an unrolled
loop do alike), `joining` (two batches through one network), `packing` (one update for all parameters), and for NumPy
`vectors` (functions that it has no vectors for), `masks` (numbers times masks, with `bounds`), `triangles`, `delaying`
(cheap things late), `weighted_sums`, `whole_sums` and `inner_sums` (as products), `outer_rows` and `row_extrema` (rows
that need not start anew), `additions_in_place`, `blocks` (large elementwise work in cache-sized pieces, with
`inner_products` for sums of products), `buffers` (whose memory a result may use). `operations` and `written_rows` say
how each operation is written in NumPy, `element_kernels` where a function of ours takes the place of NumPy's,
`reading` how its operands are spelled, `loops` how a block is, `writing` writes the module, `calling` takes arguments
apart and puts results together, `residences` gives each donated state a place of its own, `compiled` keeps one program
a signature. With several threads, `shared_loops` and `shared_products` share out what takes long to the pool of
`threads`. Other libraries' programs are run by `replaying`; on CuPy `fusion` makes kernels of elementwise chains,
written as `cuda` says, and `graphs` records the whole as a CUDA graph, with products by `cublas`.
"""

from .compiled import Compiled, compile

__all__ = ["Compiled", "compile"]

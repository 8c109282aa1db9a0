"""From a recorded run to straight-line array code: `compile`. To be read in this order, `compiled` at the end:

* one run, written down: `recording`, in elementary operations, which `expansions` makes of composite functions;
  `sketching` leaves out large products;
* passes over a program, in the order of `passes`: `dead_code`, `subexpressions`, `folding`; `algebra`, whose rules are
  in `signs`, `factors`, `choices`, `spellings`, `exponentials`, `log_sigmoids`, `logsumexps`, `row_sums`,
  `factored_sums`, `linear_sums` and `transposes`; `steps` and `stacks` (what the steps of an unrolled loop do alike);
  `joining` (two batches through one network), `packing` (one update for all parameters); `substitution` and `order` are
  what they share;
* passes for NumPy alone: `vectors` (functions that it has no vectors for), `masks` (numbers times masks) and `bounds`,
  `triangles`, `delaying` (cheap things late), `weighted_sums`, `whole_sums` and `inner_sums` (as products), `outer_rows`
  and `row_extrema` (rows that need not start anew), `additions_in_place`, `blocks` (large elementwise work in pieces
  that fit into the cache, with `inner_products` for sums of products), `biases` (inside products);
* a module of NumPy: `buffers` (whose memory a result may use), `operations` and `written_rows` (how each operation is
  written), `element_kernels`, `small_products`, `repeated_rows` and `scattered` (where another way is faster),
  `operands` and `reading` (how operands are spelled), `loops` (a block), `donation` and `residences` (a donated state
  and its place), `writing`, `modules` and `printing`; `calling` and `dispatch` take arguments apart and put results
  together;
* several threads: `shared_loops` and `shared_products` share out what takes long to the pool of `threads`;
* other libraries: `replaying`; on CuPy `fusion` makes kernels of elementwise chains, written as `cuda` says, and `graphs`
  records the whole as a CUDA graph, with products by `cublas`.
"""

from .compiled import Compiled, compile

__all__ = ["Compiled", "compile"]

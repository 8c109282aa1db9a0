"""The passes in their order: those that know what a program means, and those that know what NumPy is fast at."""

from __future__ import annotations

from ..autodiff.program import Program
from . import (  # noqa: F401, rules of algebra and of masks
    bounds,
    choices,
    exponentials,
    factored_sums,
    factors,
    linear_sums,
    log_sigmoids,
    logsumexps,
    row_sums,
    signs,
    spellings,
    transposes,
)
from .additions_in_place import additions_in_place
from .algebra import simplify
from .dead_code import remove_dead_code
from .delaying import delayed
from .folding import fold_constants
from .inner_sums import sums_as_products
from .joining import join_batches
from .masks import with_masks
from .outer_rows import outer_rows_laid_out
from .packing import pack_updates
from .row_extrema import extrema_of_rows
from .stacks import functions_of_stacks
from .steps import steps_together
from .subexpressions import share_subexpressions
from .triangles import with_triangles
from .vectors import with_vectors
from .weighted_sums import weighted_sums
from .whole_sums import whole_sums_by_rows


def optimise(program: Program, in_place=()) -> Program:
    """All passes that keep a program a program, in order; ``in_place`` are the inputs that live in kept memory."""
    program, settled = remove_dead_code(program), None
    for _ in range(2):  # what packing leaves is simplified again
        before = None
        while before != len(program.equations):
            before = len(program.equations)
            program = fold_constants(program)
            if program is settled:
                break
            settled = simplify(program)
            program = remove_dead_code(share_subexpressions(settled))
        if (together := steps_together(program)) is not program:  # stacks that have something in common
            program = simplify(share_subexpressions(simplify(together)))
        program = functions_of_stacks(program)
        program = pack_updates(join_batches(program), in_place)
    return program if program is settled else remove_dead_code(simplify(program))


def for_numpy(program: Program) -> Program:
    """The passes that write a program down for NumPy, after those that know what it means."""
    program = delayed(with_triangles(share_subexpressions(with_masks(with_vectors(program)))))
    program = remove_dead_code(weighted_sums(remove_dead_code(program)))
    for rewritten in (outer_rows_laid_out, whole_sums_by_rows, sums_as_products, extrema_of_rows, additions_in_place):
        program = rewritten(program)
    return program

"""The ways that `benchmarks.many_examples` times come to the same, JAX's among them."""

import pytest

from benchmarks import many_examples


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("workload", many_examples.WORKLOADS, ids=lambda w: w.__name__)
def test_all_do_equal_work(workload):
    ways = many_examples.measured(workload, "float32", rounds=0)  # raises where results differ
    assert {"loop", "eager", "compiled"} <= set(ways)

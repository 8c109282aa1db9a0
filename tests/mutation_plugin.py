"""A pytest plugin of `mutation.py`: what runs while modules are imported is judged by every test.

mutmut notes for each test which functions it reaches, and would give those that build a table at import, or an optimiser
in a test file's list, to the first test alone.
"""

# they ask for the line of the user's that an error names, which here is the one that chooses between mutants
NAME_A_LINE = (
    "test_a_branch_names_the_file_and_the_line",
    "test_what_asks_for_a_value_that_a_program_has_not_is_refused_with_the_line",
    "test_storing_into_it_is_refused_with_what_to_write",
    "test_a_mask_computed_from_values_is_no_index_of_a_program",
)


def pytest_collection_modifyitems(session, config, items):
    left = [item for item in items if getattr(item, "originalname", None) in NAME_A_LINE]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def pytest_collection_finish(session):
    from mutmut.state import state

    session.config.reached_by_imports = set(state()._stats)
    state()._stats.clear()


def pytest_sessionfinish(session):
    from mutmut.state import state

    for function in getattr(session.config, "reached_by_imports", ()):
        state().tests_by_mangled_function_name[function].update(item.nodeid for item in session.items)

"""A pytest plugin of `mutation.py`: what runs while modules are imported is judged by every test.

mutmut notes for each test which functions it reaches, and would give those that build a table at import, or an optimiser
in a test file's list, to the first test alone.
"""

# it asks for the line of the user's that an error names, which here is the one that chooses between mutants
NAMES_A_LINE = "test_a_branch_names_the_file_and_the_line"


def pytest_collection_modifyitems(session, config, items):
    left = [item for item in items if item.name == NAMES_A_LINE]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item.name != NAMES_A_LINE]


def pytest_collection_finish(session):
    from mutmut.state import state

    session.config.reached_by_imports = set(state()._stats)
    state()._stats.clear()


def pytest_sessionfinish(session):
    from mutmut.state import state

    for function in getattr(session.config, "reached_by_imports", ()):
        state().tests_by_mangled_function_name[function].update(item.nodeid for item in session.items)

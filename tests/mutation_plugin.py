"""A pytest plugin of `mutation.py`: what runs while modules are imported is judged by every test.

mutmut notes for each test which functions it reaches, and would give those that build a table at import, or an optimiser
in a test file's list, to the first test alone.
"""


def pytest_collection_finish(session):
    from mutmut.state import state

    session.config.reached_by_imports = set(state()._stats)
    state()._stats.clear()


def pytest_sessionfinish(session):
    from mutmut.state import state

    for function in getattr(session.config, "reached_by_imports", ()):
        state().tests_by_mangled_function_name[function].update(item.nodeid for item in session.items)

import pytest

from .mutations import describe, run


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_wrong_row_breaks_a_law(capsys, on_numpy):
    report, failing = run()
    with capsys.disabled():
        print("\n" + describe(report))
    assert not failing
    assert {name: survivors for name, (_, survivors, _) in report.items() if survivors} == {}
    assert all(count > 30 for count, _, _ in report.values())

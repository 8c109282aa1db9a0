"""Which claims a name means: ids, sections, headings, files of one's own; and what an unknown one is answered with."""

import pytest

from minigan.claims import all_claims, load_claims, select

OWN = """
from minigan.claims import Check, claim

WORDS = dict(heading="Numbers", statement="So it is.", latex="2 = 2")


@claim("two-is-even", section="arithmetic", **WORDS)
def two_is_even(run):
    yield Check("2 mod 2", 0.0, 2 % 2, 0.0)


@claim("three-is-odd", section="arithmetic", **WORDS)
def three_is_odd(run):
    yield Check("3 mod 2", 1.0, 3 % 2, 0.0)
"""


@pytest.fixture(autouse=True)
def scratch(monkeypatch):
    """A registry to write in, with all that is shipped."""
    mine = dict(all_claims())
    monkeypatch.setattr("minigan.claims.registry.CLAIMS", mine)
    return mine


@pytest.fixture
def own(tmp_path):
    """``own("text")`` is a file of one's own with that text."""

    def written(text=OWN, name="mine.py"):
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return written


def ids(*names):
    return [one.id for one in select(names)]


def test_all_of_them_are_meant_by_no_name():
    assert ids() == [one.id for one in select(None)] == list(all_claims())


def test_each_id_section_and_heading_means_its_own_claims():
    claims = list(all_claims().values())
    for name in (lambda one: one.id, lambda one: one.section, lambda one: one.heading):
        for one in claims:
            meant = [other.id for other in claims if name(other) == name(one)]
            assert ids(name(one)) == ids(name(one).upper()) == ids(f" {name(one).lower()} ") == meant


def test_names_are_taken_in_turn_and_no_claim_twice():
    assert ids("saddle-spiral", "saddle") == ["saddle-spiral", "saddle"]
    games = ids("Solution", "games", "saddle")
    assert games[:3] == ["saddle", "conserved-energy", "saddle-spiral"] and len(set(games)) == len(games)
    assert {one.section for one in select(["value", "games"])} == {"value", "games"}


@pytest.mark.parametrize(
    "name, nearest",
    [("sadle", "saddle"), ("game", "games"), ("mode colapse", "Mode Collapse"), ("F-GAN errata", "f-gan-errata")],
)
def test_an_unknown_name_is_answered_with_the_nearest_and_no_other(name, nearest):
    with pytest.raises(ValueError, match=f"called '{name}'; the nearest is '{nearest}'") as told:
        select(["saddle", name])
    assert sum(f"'{other}'" in str(told.value) for other in all_claims()) <= 1


def test_every_unknown_name_is_answered():
    with pytest.raises(ValueError, match=r"'sadle'; the nearest is 'saddle'.*'zero-some'; the nearest is 'zero-sum'"):
        select(["sadle", "value", "zero-some"])
    with pytest.raises(ValueError, match="is called 'qqqq'; 'minigan list' names"):
        select(["qqqq"])


def test_a_file_of_ones_own_means_what_it_registers(own):
    file = own()
    assert ids(file) == ["two-is-even", "three-is-odd"] == ids(file, "arithmetic") == ids("numbers", file)
    assert ids(f"{file}:three-is-odd") == ["three-is-odd"]
    assert ids(f"{file}:three-is-odd", file, "saddle") == ["three-is-odd", "two-is-even", "saddle"]
    assert ids()[-2:] == ["two-is-even", "three-is-odd"] and ids("saddle") == ["saddle"]
    assert {one.file for one in select([file])} == {file} and all_claims()["saddle"].file is None


def test_two_files_stand_beside_each_other(own):
    one, two = own(), own(OWN.replace("two", "four").replace("three", "five"), "other.py")
    assert ids(two, one) == ["four-is-even", "five-is-odd", "two-is-even", "three-is-odd"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("x = 1\n", "mine.py registers no claim: decorate"),
        ("x = 1\ny = x / 0\n", "mine.py, line 2, does not run: ZeroDivisionError"),
        (OWN.replace("two-is-even", "saddle"), "a claim called 'saddle' is registered already"),
        (OWN.replace("three-is-odd", "two-is-even"), "a claim called 'two-is-even' is registered already"),
        (OWN + "\nraise KeyError('afterwards')\n", "does not run: KeyError"),
    ],
)
def test_a_file_that_is_no_good_is_told_and_registers_nothing(own, text, message, scratch):
    before = dict(scratch)
    with pytest.raises(ValueError, match=message):
        load_claims(own(text))
    assert scratch == before
    if "does not run" in message or "registered already" in message:
        assert ids(own()) == ["two-is-even", "three-is-odd"]  # mended, it is run again


def test_a_file_that_is_not_there_and_a_claim_that_is_not_in_it(own, tmp_path):
    with pytest.raises(ValueError, match=r"nowhere\.py: there is no such file"):
        select([str(tmp_path / "nowhere.py")])
    with pytest.raises(ValueError, match=r"no claim of .*mine\.py is called 'two-is-od'; the nearest is 'two-is-even'"):
        select([own() + ":two-is-od"])
    with pytest.raises(ValueError, match=r"no claim of .*mine\.py is called 'saddle'"):
        select([own() + ":saddle"])

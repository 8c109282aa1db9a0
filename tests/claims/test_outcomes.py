"""What a claim may do wrong is its own outcome: no numbers, no checks, no generator; and the file and the page tell it."""

import html.parser
import json
import math
import re
from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import minigan.numpy as mnp
from minigan.claims import Check, Claim, Run, as_html, as_json, outcomes


def outcome_of(function):
    (result,) = outcomes([Claim("made", "arithmetic", "Numbers", "So <it> is.", "2 = 2", function)], Run(quick=True))
    return result


def outcome_of_check(what="it", stated=1.0, measured=1.0, tolerance=0.0, relation="="):
    def function(run):
        yield Check("before", 1.0, 1.0, 0.0)
        yield Check(what, stated, measured, tolerance, relation)

    return outcome_of(function)


NUMBERS = st.floats(allow_subnormal=False)  # some machines flush subnormal numbers to zero


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS), st.sampled_from(["=", "<=", ">="]))
def test_numbers_of_every_library_are_judged_as_floats_are(numbers, relation):
    plain = Check("it", *numbers, relation)
    for kind in (float, np.float64, np.asarray, mnp.asarray):
        result = outcome_of_check("it", *map(kind, numbers), relation)
        assert result.error is None and all(type(number) is float for number in result.checks[1][1:4])
        assert repr(result.checks[1]) == repr(plain)  # NaN is not equal to itself
        assert result.verdict == ("verified" if plain.holds else "refuted")


@pytest.mark.parametrize("one", [1, True, Fraction(1), np.int8(1), np.bool_(True), np.float32(1.0)])
def test_whole_numbers_truth_values_and_fractions_are_numbers(one):
    result = outcome_of_check(measured=one)
    assert result.verified and type(result.checks[1].measured) is float


NO_NUMBERS = [
    "1.0",
    b"1",
    None,
    1.0 + 0.0j,
    np.complex64(1.0),
    np.asarray(1.0 + 0.0j),
    np.ones(1),
    np.ones(2),
    np.asarray("1.0"),
    np.datetime64("2026-01-01"),
    [1.0],
    (1.0, 2.0),
    {},
    lambda: 1.0,
    10**400,
    float,
]


@pytest.mark.parametrize("field", ["stated", "measured", "tolerance"])
@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: repr(value)[:20])
def test_what_is_no_number_is_an_error_that_names_the_check(field, value):
    result = outcome_of_check("the sum of it", **{field: value})
    assert result.verdict == "error" and not result.verified
    assert f"the check 'the sum of it' has no number as {field}: " in result.error
    assert "\n" not in result.error and len(result.error) < 200
    assert [check.what for check in result.checks] == ["before"]  # what was told until then stays


def test_an_array_on_the_backend_is_no_number_unless_it_has_no_axis():
    assert "has no number as measured" in outcome_of_check(measured=mnp.ones((2,))).error
    assert outcome_of_check(measured=mnp.ones(())).verified


@given(st.one_of(st.text(), st.none(), st.complex_numbers(), st.binary(), st.lists(st.floats()), st.sets(st.text())))
def test_whatever_is_no_number_never_ends_the_run(value):
    result = outcome_of_check(measured=value)
    assert result.verdict == "error" and "'it' has no number as measured" in result.error


def yields(value):
    def function(run):
        yield value

    return function


@pytest.mark.parametrize(
    "function, message",
    [
        (yields(("it", 1.0, 1.0, 0.0)), r"yielded \('it', 1.0, 1.0, 0.0\) \(tuple\)"),
        (yields(None), r"yielded None \(NoneType\)"),
        (yields([Check("it", 1.0, 1.0, 0.0)]), "yielded .*list"),
        (yields(Check(None, 1.0, 1.0, 0.0)), "says in words what is compared, and was None"),
        (yields(Check("it", 1.0, 1.0, 0.0, "~")), "relation is '=', '<=' or '>=', not '~'"),
        (lambda run: None, "is to yield each Check, and returned None"),
        (lambda run: Check("it", 1.0, 1.0, 0.0), r"returned Check\(what='it'"),
        (lambda run: [Check("it", 1.0, 1.0, 0.0)], "returned .*list"),
        (lambda: iter(()), "TypeError: .*takes 0 positional arguments"),
        (lambda run: exit(3), "SystemExit: 3"),
        (lambda run: 1 / 0, "ZeroDivisionError: division by zero"),
    ],
)
def test_a_claim_that_does_not_yield_checks_is_an_error_that_says_so(function, message):
    result = outcome_of(function)
    assert result.verdict == "error" and result.checks == []
    assert re.search(message, result.error), result.error


class Speechless(Exception):
    def __str__(self):
        raise RuntimeError

    __repr__ = __str__


def test_an_exception_and_a_value_without_words_are_errors_all_the_same():
    def raises(run):
        raise Speechless
        yield

    assert outcome_of(raises).error == "Speechless: (which cannot say what it is about)"
    assert outcome_of_check(measured=Speechless()).verdict == "error"


def test_ctrl_c_is_no_outcome():
    def interrupted(run):
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        outcome_of(interrupted)


class Rows(html.parser.HTMLParser):
    """What a page says, each open tag closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.said = [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said.append(data)


def test_the_file_and_the_page_tell_every_outcome():
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    def fails_after(run):
        yield Check("a <check> & more \ud800", 1.0, math.inf, 0.0)
        raise ValueError("</table><script>alert(1)</script> \ud800 é")

    made = [outcome_of(yields(None)), outcome_of(fails_after), outcome_of(lambda run: iter(())), outcome_of_check()]
    told = as_json(made, Run(seed=3))
    text = json.dumps(told, allow_nan=False)
    assert [one["verdict"] for one in json.loads(text, parse_constant=refuse)["claims"]] == [
        "error",
        "error",
        "refuted",
        "verified",
    ]
    page = as_html(told)
    assert "<script" not in page and not Rows(page).open
    assert page.encode("utf-8") and text.encode("utf-8")  # whatever characters there are
    said = "".join(Rows(page).said)
    assert "alert(1)" in said and "a <check> & more" in said and "So <it> is." in said and "inf" in said

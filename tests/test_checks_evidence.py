"""Evidence: what leaves a learner's process comes back the same, and nothing else is believed."""

import base64
import copy
import json
import os
import random
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnn_lab import checks
from cnn_lab.checks import transport
from cnn_lab.checks.evidence import Evidence, gather
from cnn_lab.checks.exercise import Question, Task
from cnn_lab.checks.outcomes import LARGEST_INTEGER, Strange
from cnn_lab.checks.verdicts import DOES_NOT_FIT, OTHER_PARTS

TASKS = {name: each for name, each in checks.EXERCISES.items() if isinstance(each, Task)}
QUESTIONS = {name: each for name, each in checks.EXERCISES.items() if isinstance(each, Question)}
SEED = 20_261_122


def check_of(name):
    return getattr(checks, name)


def sent(evidence):
    return Evidence.from_json(evidence.to_json())


def same(one, other):
    """Compare results with their types, dtypes and signs of zero."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (np.ndarray, np.generic)):
        alike = one.dtype == other.dtype and one.shape == other.shape
        if alike and one.dtype.kind == "f":
            alike = np.array_equal(np.signbit(one), np.signbit(other))
        return alike and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return [*one] == [*other] and all(same(one[key], other[key]) for key in one)
    return repr(one) == repr(other)


def same_outcomes(ones, others):
    rest = [
        [{name: value for name, value in vars(each).items() if name != "value"} for each in some]
        for some in (ones, others)
    ]
    return rest[0] == rest[1] and same([o.value for o in ones], [o.value for o in others])


def verdict_in_words(report):
    return report.state, report.hint, report.mistake, report.detail, report.parts, report.score


# ---- there and back ----

NUMBERS = st.sampled_from("?bhilBHILefdgFDG").map(np.dtype)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(2**200), 2**200), st.floats(),
    st.complex_numbers(), st.text(max_size=20), st.binary(max_size=20),
    st.builds(Strange, st.just("a function")),
    hnp.arrays(NUMBERS, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)),
    NUMBERS.flatmap(lambda dtype: hnp.arrays(dtype, ())).map(lambda array: array[()]),
)
RESULTS = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.lists(parts, max_size=4),
        st.lists(parts, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=5), parts, max_size=3),
    ),
    max_leaves=8,
)


@given(RESULTS)
def test_results_come_back_the_same(value):
    text = json.dumps(transport.encoded(value, transport.Budget()), allow_nan=False)
    back = transport.decoded(transport.loads(text, len(text)), transport.Budget())
    assert same(back, value)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (np.zeros((2, transport.LARGEST // 8)), f"an array of shape (2, {transport.LARGEST // 8})"),
        ("x" * (transport.LONGEST + 1), f"a str of {transport.LONGEST + 1}"),
        (b"x" * (transport.LARGEST + 1), f"a bytes of {transport.LARGEST + 1}"),
        (1 << LARGEST_INTEGER + 1, "a whole number with very many digits"),
        (Strange("\ud800" * 300), "\\ud800"),
    ],
    ids=["array", "text", "bytes", "number", "strange"],
)
def test_what_is_too_large_is_replaced_by_a_word(value, what):
    found = transport.encoded(value, transport.Budget())
    assert found[0] == "strange"
    assert found[1].startswith(what)
    assert isinstance(transport.decoded(found, transport.Budget()), Strange)


def test_results_are_replaced_once_too_many_were_sent():
    budget = transport.Budget(size=10**6)
    sizes = [len(json.dumps(transport.encoded(np.zeros(50_000), budget))) for _ in range(4)]
    assert sizes[1] > 400_000 > 100 > sizes[2]
    nested = [[0.5] * 1000] * 500  # more pieces than may be sent
    assert len(json.dumps(transport.encoded(nested, transport.Budget(pieces=2000)))) < 50_000


def test_fortran_order_and_foreign_byte_order_are_no_difference():
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3)).astype(">f4")
    data = transport.encoded(array, transport.Budget())
    back = transport.decoded(data, transport.Budget())
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, array)


def test_a_whole_number_that_nobody_can_write_is_reported():
    assert check_of("output_size").judge(lambda *a, **k: 10**5000).state == "wrong"


@pytest.mark.parametrize("name", TASKS)
def test_evidence_on_a_function_leads_to_the_report_that_the_learner_saw(name):
    task, check = TASKS[name], check_of(name)
    for function in (task.answer, task.mistakes[0].function(task.answer)):
        evidence = gather(name, (function,), how="plain")
        back = sent(evidence)
        assert same_outcomes(back.outcomes, evidence.outcomes)
        report = check.verdict(back)
        assert verdict_in_words(report) == verdict_in_words(check.judge(function, how="plain"))
        if function is task.answer and task.showcase:
            assert len(report.picture.alt) > 40


@pytest.mark.parametrize("name", QUESTIONS)
def test_evidence_on_values_leads_to_the_report_that_the_learner_saw(name):
    question, check = QUESTIONS[name], check_of(name)
    wrong = [question.examples(each)[0] for each in question.requirements]
    for values in (question.right, *wrong):
        report = check.verdict(sent(gather(name, values)), seed=SEED)
        assert verdict_in_words(report) == verdict_in_words(check.judge(*values))


@pytest.mark.parametrize(
    "answer", [(None,), (...,), (3,), (), (np.sum, np.sum)], ids=["None", "...", "3", "no", "two"]
)
@pytest.mark.parametrize("name", ["relu", "my_filters", "predict_sizes"])
def test_evidence_on_what_is_no_answer_leads_to_the_same_report(name, answer):
    check = check_of(name)
    for seed in (None, 3):
        report = check.verdict(sent(gather(name, answer, seed)), seed)
        assert verdict_in_words(report) == verdict_in_words(check.judge(*answer))


def test_evidence_on_a_stub_and_on_misbehaviour():
    def stub(x):
        raise NotImplementedError

    def begun(x):
        """Return x."""
        x = x + 1
        raise NotImplementedError

    def talks(x):
        print("\ud800", "x" * 5000)
        raise ValueError("odd \udcff text")

    check = checks.relu
    for function, state in ((stub, "not attempted"), (begun, "wrong"), (talks, "wrong")):
        evidence = gather("relu", (function,), SEED)
        report = check.verdict(sent(evidence), SEED)
        assert report.state == state
        assert verdict_in_words(report) == verdict_in_words(check.judge(function))
        report._repr_mimebundle_()["text/html"].encode()
    assert "odd \\udcff text" in report.hint


def test_endless_loop_takes_its_limit_and_no_more_in_the_evidence():
    def endless(x):
        while x.ndim > 1:
            pass
        return np.maximum(x, 0)

    evidence = gather("relu", (endless,), SEED, seconds=0.3)
    states = [outcome.state for outcome in evidence.outcomes]
    assert states == ["returned"] * 4 + ["endless", "not reached", "not reached"]
    report = checks.relu.verdict(sent(evidence), SEED)
    assert "not finished after 0.3 seconds" in report.hint
    assert report.score == pytest.approx(4 / 7)


def test_evidence_of_another_process_is_judged_here():
    code = (
        "import numpy as np\n"
        "from cnn_lab.checks.evidence import gather\n"
        f"print(gather('relu', (lambda x: np.where(x > 0, x, 0),), {SEED}).to_json())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    evidence = Evidence.from_json(done.stdout.strip())
    assert checks.relu.verdict(evidence, SEED).passed
    assert not checks.relu.verdict(evidence, SEED + 1).passed  # the numbers were others


def test_nothing_that_the_learner_wrote_is_called_by_the_verdict():
    calls = []

    def counted(x):
        calls.append(x)
        return np.maximum(x, 0)

    evidence = gather("relu", (counted,), SEED, how="plain")
    count = len(calls)
    report = checks.relu.verdict(evidence, SEED)
    assert report.passed
    assert report.picture is not None
    assert len(calls) == count


def from_the_third_call_on(does):
    """Return a relu whose third call, and every further one, does something else."""
    calls = []

    def relu(x):
        calls.append(x)
        return does() if len(calls) > 2 else np.maximum(x, 0)

    return relu


def test_what_came_to_no_end_is_not_tried_once_more():
    def endless():
        while True:
            pass

    begun = time.perf_counter()
    evidence = sent(gather("relu", (from_the_third_call_on(endless),), SEED, seconds=0.5))
    assert time.perf_counter() - begun < 1.4  # once, not for the further cases and the picture
    states = [[each.state for each in some] for some in (evidence.outcomes, evidence.further)]
    assert states[0] == ["returned"] * 2 + ["endless"] + ["not reached"] * 4
    assert states[1] == ["returned"] * 2 + ["not reached"] * 5
    assert evidence.showcase is None
    report = checks.relu.verdict(evidence, SEED)
    assert [part.state for part in report.parts[:4]] == ["right"] * 2 + ["wrong", "not reached"]
    assert report.score == pytest.approx(2 / 7)


def test_what_was_right_before_the_end_must_be_right_for_other_numbers():
    known = [case.arguments[0] for case in TASKS["relu"].cases()]

    def relu(x):
        number = next((n for n, each in enumerate(known) if np.array_equal(each, x)), 0)
        return np.maximum(known[number], 0) if number < 2 else os._exit(0)

    evidence = gather("relu", (relu,), SEED)
    assert evidence.outcomes[2].state == "ended"
    report = checks.relu.verdict(evidence, SEED)
    assert report.score == 0
    assert any(sentence.startswith(OTHER_PARTS) for sentence, _ in report.notes)


# ---- what a stranger may say ----


def relu_data(**changes):
    data = json.loads(gather("relu", (TASKS["relu"].answer,), SEED, how="plain").to_json())
    return data | changes


def floats(*numbers):
    return base64.b64encode(np.array(numbers, "<f8").tobytes()).decode()


def with_value(value):
    data = relu_data()
    data["outcomes"][0]["value"] = value
    return data


def without(name, *path):
    data = relu_data()
    place = data
    for key in path:
        place = place[key]
    del place[name]
    return data


def with_outcome(**changes):
    data = relu_data()
    data["outcomes"][0] |= changes
    return data


TWO = floats(1, 2)
MALFORMED = {
    "nothing": ("", "Expecting value"),
    "no text": (b"{}", "no text in ASCII"),
    "letters": ('{"name": "\N{GREEK SMALL LETTER MU}"}', "no text in ASCII"),
    "a list": ([], "exactly these are named"),
    "a number": (3, "exactly these are named"),
    "NaN": ('{"seconds": NaN}', "NaN is no JSON"),
    "infinity": ('{"seconds": -Infinity}', "Infinity is no JSON"),
    "key twice": ('{"name": "relu", "name": "relu"}', "stands there twice"),
    "too long": ("[" + " " * 60_000_001, "more than 60,000,000"),
    "too many": ("[" + "0," * 2_000_000, "too many pieces"),
    "too many lists": ("[" + "[]" * 2_000_000, "too many pieces"),
    "too deep": ("[" * 100_000 + "]" * 100_000, "too deeply"),
    "long number": (f'{{"seconds": {"9" * 5000}}}', "integer string conversion"),
    "missing key": (without("again"), "exactly these are named"),
    "further key": (relu_data(points=4), "exactly these are named"),
    "other version": (relu_data(version=2), "another version"),
    "version true": (relu_data(version=True), "another version"),
    "kind": (relu_data(kind="right"), "no kind that is known"),
    "kind list": (relu_data(kind=["function"]), "no kind that is known"),
    "stub": (relu_data(stub=0), "no kind that is known"),
    "name": (relu_data(name="os"), "no check of the name"),
    "name number": (relu_data(name=3), "there is no text"),
    "dunder name": (relu_data(name="__class__"), "no check of the name"),
    "other exercise": (relu_data(name="softmax"), "cannot be what an answer to softmax did"),
    "a question": (relu_data(name="predict_sizes"), "cannot be what"),
    "values": (relu_data(values=[1]), "cannot be what"),
    "kind of a function": (relu_data(kind="values"), "cannot be what"),
    "kind with outcomes": (relu_data(kind="strange"), "cannot be what"),
    "no second call": (relu_data(again=None), "cannot be what"),
    "outcomes dict": (relu_data(outcomes={}), "no list of at most"),
    "no outcomes": (relu_data(outcomes=[]), "cannot be what"),
    "one further": (relu_data(further=relu_data()["further"][:1]), "cannot be what"),
    "many outcomes": (relu_data(outcomes=relu_data()["outcomes"] * 100), "no list of at most"),
    "seconds": (relu_data(seconds=-1), "no time limit"),
    "seconds inf": ('1e999', "exactly these"),
    "outcome None": (relu_data(outcomes=[None] * 7), "exactly these are named"),
    "state": (with_outcome(state="right"), "outcome is of no kind"),
    "state list": (with_outcome(state=[]), "outcome is of no kind"),
    "shares": (with_outcome(shares=None), "outcome is of no kind"),
    "value of none": (with_outcome(state="raised", value=1), "although nothing was returned"),
    "outcome key": (without("text", "outcomes", 0), "exactly these are named"),
    "printed": (with_outcome(printed=-1), "no count"),
    "printed much": (with_outcome(printed=1 << 60), "no count"),
    "printed true": (with_outcome(printed=True), "no count"),
    "line": (with_outcome(lines=[[1]]), "no pair"),
    "line text": (with_outcome(lines=[["1", "x"]]), "no count"),
    "lines": (with_outcome(lines=[[1, "x"]] * 4), "no list of at most 3"),
    "warned": (with_outcome(warned=["x"] * 6), "no list of at most 5"),
    "changed": (with_outcome(changed="x"), "no list of at most"),
    "error": (with_outcome(error=None), "there is no text"),
    "plain list": (with_value([1, 2]), "no kind that is known"),
    "plain dict": (with_value({"a": 1}), "no kind that is known"),
    "empty": (with_value([]), "no kind that is known"),
    "unknown tag": (with_value(["pickle", "gASVBAAA"]), "no kind of value"),
    "long integer": (with_value(1 << 70), "no kind that is known"),
    "long text": (with_value("x" * 10_001), "no kind that is known"),
    "int tag": (with_value(["int", "1_0"]), "no kind of value"),
    "int of many digits": (with_value(["int", "f" * 5000]), "no kind of value"),
    "int list": (with_value(["int", ["f"]]), "not written in strings"),
    "float": (with_value(["float", "1e5"]), "no kind of value"),
    "complex": (with_value(["complex", "1", "abc"]), "could not convert"),
    "bytes": (with_value(["bytes", "A"]), "not written in base64"),
    "bytes with spaces": (with_value(["bytes", "AA A"]), "not written in base64"),
    "tuple": (with_value(["tuple", "ab"]), "without its parts"),
    "tuple of two": (with_value(["tuple", [], []]), "without its parts"),
    "dict": (with_value(["dict", [["a"]]]), "else than pairs"),
    "dict key": (with_value(["dict", [[1, 2]]]), "else than pairs"),
    "dict twice": (with_value(["dict", [["a", 1], ["a", 2]]]), "key twice"),
    "deep value": (with_value(json.loads('["list", [' * 30 + "]]" * 30)), "nested too deeply"),
    "object dtype": (with_value(["array", "object", [2], TWO]), "without a dtype"),
    "text dtype": (with_value(["array", "<U4", [2], TWO]), "without a dtype"),
    "structured": (with_value(["array", "f8,f8", [1], TWO]), "without a dtype"),
    "dtype list": (with_value(["array", [["a", "f8"]], [2], TWO]), "without a dtype"),
    "dates": (with_value(["array", "datetime64[ns]", [2], TWO]), "without a dtype"),
    "giant shape": (with_value(["array", "float64", [1 << 30, 1 << 30], TWO]), "too large"),
    "large shape": (with_value(["array", "float64", [1 << 30], TWO]), "another size"),
    "giant empty": (with_value(["array", "float64", [0, 1 << 30, 1 << 30], ""]), "too large"),
    "giant side": (with_value(["array", "float64", [1 << 40, 0], ""]), "else than sizes"),
    "negative": (with_value(["array", "float64", [-1], TWO]), "else than sizes"),
    "two negative": (with_value(["array", "float64", [-1, -2], TWO]), "else than sizes"),
    "side true": (with_value(["array", "float64", [True, 2], TWO]), "else than sizes"),
    "side float": (with_value(["array", "float64", [2.0], TWO]), "else than sizes"),
    "side text": (with_value(["array", "float64", ["2"], TWO]), "else than sizes"),
    "many axes": (with_value(["array", "float64", [1] * 40, floats(1)]), "without a shape"),
    "shape number": (with_value(["array", "float64", 2, TWO]), "without a shape"),
    "too short": (with_value(["array", "float64", [2], TWO[:-4]]), "another size"),
    "one byte less": (with_value(["array", "int8", [3], "AAA="]), "another size"),
    "no base64": (with_value(["array", "float64", [2], "!" * len(TWO)]), "not written in base64"),
    "data list": (with_value(["array", "float64", [2], [1, 2]]), "without a dtype"),
    "array short": (with_value(["array", "float64", [2]]), "without a dtype"),
    "number of two": (with_value(["number", "float64", TWO]), "another size"),
    "no truth": (with_value(["array", "bool", [1], "Ag=="]), "True and False holds"),
}


@pytest.mark.parametrize(("data", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_evidence_is_refused(data, reason):
    text = data if isinstance(data, (str, bytes)) else json.dumps(data)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=reason):
            Evidence.from_json(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000 + 4 * len(text)


def test_smaller_limit_can_be_set():
    text = gather("relu", (TASKS["relu"].answer,), how="plain").to_json()
    assert Evidence.from_json(text, largest=len(text)).name == "relu"
    with pytest.raises(ValueError, match="characters, more than"):
        Evidence.from_json(text, largest=len(text) - 1)


def test_the_arrays_of_evidence_together_are_limited():
    large = transport.encoded(np.zeros(transport.LARGEST // 16), transport.Budget())
    data = relu_data()
    for outcome in data["outcomes"][:3]:
        outcome["value"] = large
    with pytest.raises(ValueError, match="too many values, or too large ones"):
        Evidence.from_json(json.dumps(data))


def test_texts_of_a_stranger_are_made_fit_to_print():
    changes = {
        "state": "raised", "value": None, "error": "\ud800\x1b[31m", "message": "<b>" * 1000,
        "lines": [[3, "\udcff" * 1000]], "text": "\x00" * 9999, "warned": ["\ud800"],
    }
    report = checks.relu.verdict(Evidence.from_json(json.dumps(with_outcome(**changes))), SEED)
    html = report._repr_mimebundle_()["text/html"]
    html.encode()
    assert "<b>" not in html
    assert "\x1b" not in html
    assert len(html) < 20_000


def test_evidence_on_another_exercise_is_worth_nothing():
    evidence = gather("softmax", (TASKS["softmax"].answer,), SEED, how="plain")
    report = checks.relu.verdict(evidence, SEED)
    assert (report.state, report.score, report.hint) == ("wrong", 0, DOES_NOT_FIT)


def test_evidence_without_the_further_cases_that_were_asked_for_is_worth_nothing():
    evidence = gather("relu", (TASKS["relu"].answer,), how="plain")
    assert checks.relu.verdict(evidence).passed
    assert checks.relu.verdict(evidence, SEED).hint == DOES_NOT_FIT


def test_picture_of_another_shape_is_not_drawn():
    data = relu_data()
    assert checks.relu.verdict(Evidence.from_json(json.dumps(data)), SEED).picture is not None
    data["showcase"]["value"] = transport.encoded(np.zeros((1000, 1000)), transport.Budget())
    report = checks.relu.verdict(Evidence.from_json(json.dumps(data)), SEED)
    assert report.passed
    assert report.picture is None


# ---- evidence that somebody made up ----

JUNK = [
    None, True, 0, -1, 2**63, 1.5, "", "\ud800", "x" * 9000, [], {}, [[]], ["array"],
    ["int", "f" * 1000], ["int", "-1"], ["float", "nan"], ["float", "-inf"], ["complex", "1", "2"],
    ["strange", "a\ud800b"], ["tuple", []], ["tuple", [1, 2]], ["tuple", [1, 2, ["int", "f" * 90]]],
    ["list", [0.5] * 3], ["list", [["int", "f" * 900], 0.5]], ["dict", []], ["dict", [["a", 1]]],
    ["bytes", "AAAA"], ["array", "float64", [2], TWO], ["array", "float64", [1, 2], TWO],
    ["array", "float64", [0, 5], ""], ["array", "float64", [], floats(np.nan)],
    ["array", "float64", [2], floats(np.inf, np.nan)], ["array", "complex128", [1], TWO],
    ["array", "uint64", [2], TWO], ["array", "bool", [3], "AAEB"],
    ["array", "float16", [1], "AHw="],
    ["number", "float64", floats(np.inf)], ["number", "int8", "Aw=="], ["number", "bool", "AQ=="],
    ["array", "object", [2], TWO], "returned", "raised", "endless", "ended", "not reached",
    "function", "values", "strange", "NotImplementedError", "relu", {"state": "returned"},
]


def places(data, path=()):
    """List the paths to everything inside some JSON."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, part in pairs:
        yield (*path, key)
        if isinstance(part, (dict, list)):
            yield from places(part, (*path, key))


def forged(data, rng):
    """Return evidence with some parts replaced, left out or doubled."""
    data = copy.deepcopy(data)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        paths = list(places(data))
        kept = rng.choice([lambda p: p[-1] == "value", lambda p: len(p) < 4, lambda p: True])
        *way, key = rng.choice([path for path in paths if kept(path)] or paths)
        place = data
        for step in way:
            place = place[step]
        if rng.random() < 0.9:
            place[key] = copy.deepcopy(rng.choice(JUNK))
        elif isinstance(place, list):
            place.insert(key, place[key])
        else:
            del place[key]
    return json.dumps(data)


@pytest.mark.parametrize("name", checks.EXERCISES)
def test_forged_evidence_is_refused_or_judged(name):
    exercise, check, rng = checks.EXERCISES[name], check_of(name), random.Random(name)
    right = (exercise.answer,) if isinstance(exercise, Task) else exercise.right
    data = json.loads(gather(name, right, SEED, how="plain").to_json())
    refused = states = 0
    for _ in range(30):
        text = forged(data, rng)
        try:
            evidence = Evidence.from_json(text)
        except ValueError:
            refused += 1
            continue
        report = check.verdict(evidence, SEED)
        states += report.state in ("right", "wrong", "not attempted")
        assert 0 <= report.score <= 1
        assert report.passed or report.score < 1
        "".join(report.worth(3)._repr_mimebundle_().values()).encode()
    assert refused + states == 30
    assert refused > 2
    assert states > 0


@given(st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_other_text_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        Evidence.from_json(text)

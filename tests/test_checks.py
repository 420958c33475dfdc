"""Checks, whatever the function does that they are given."""

import os
import re
import sys
import threading
import time

import numpy as np
import pytest

from cnn_lab import checks, reference
from cnn_lab.checks import isolation, mistakes
from cnn_lab.checks.check import Check
from cnn_lab.checks.comparing import agree, difference
from cnn_lab.checks.exercise import Case, Question, Requirement, Showcase, Task, Window
from cnn_lab.checks.mistakes import Mistake
from cnn_lab.checks.outcomes import LARGEST, SHOWN, Strange, plain

WAYS = {"fork": ["fork", "thread", "trace"], "thread": ["thread", "trace"], "trace": ["trace"]}[
    isolation.best()
]
FORKING = pytest.mark.skipif(isolation.best() != "fork", reason="this system cannot fork safely")


# ---- an exercise to try things on: rows add up ----


def add_rows(x, weights):
    """Return the weighted sums of the rows of x, and the weights."""
    sums = np.zeros(len(x))
    for row in range(len(x)):
        sums[row] = np.sum(x[row] * weights)
    return sums, weights


def _cases():
    rng = np.random.default_rng(1)
    shapes = [("one row", (1, 3)), ("rows", (4, 3)), ("many", (5, 2))]
    return [
        Case(part, (rng.normal(size=size), rng.normal(size=size[1])), f"x {size}")
        for part, size in shapes
    ]


def _window(case, output, index):
    return Window(case.arguments[0], (*index, 0, 1, 3), "x", f"row {index[0]} of {output}")


ADD_ROWS = Task(
    name="add_rows",
    lesson="",
    title="add up rows",
    answer=add_rows,
    cases=_cases,
    outputs=("sums", "weights"),
    mistakes=(
        Mistake("no weights", "What do the weights do in your function?", {" * weights": ""}),
        Mistake("first row", "You look at the first row only.", {"x[row]": "x[0]"}),
        Mistake("last left out", "Count the rows.", {"range(len(x))": "range(len(x) - 1)"}),
    ),
    window=_window,
)
check = Check(ADD_ROWS)


def right(x, weights):
    return x @ weights, weights


def state_and_hint(function, **options):
    report = check.judge(function, **options)
    return report.state, report.hint


# ---- states ----


def test_right_answer():
    report = check.judge(right)
    assert (report.state, report.passed, report.hint, report.score) == ("right", True, None, 1)
    assert report.require() is report
    assert str(report) == "add_rows: right (one row, rows, many)"


def test_stub_is_not_attempted():
    def stub(x, weights):
        raise NotImplementedError

    report = check.judge(stub)
    assert (report.state, report.passed, report.hint, report.score) == (
        "not attempted", False, None, 0,
    )
    assert str(report) == "add_rows: not attempted yet"
    with pytest.raises(checks.CheckFailed, match="not attempted yet"):
        report.require()


def test_stub_that_was_left_in_is_told():
    def begun(x, weights):
        """Return the sums."""
        x @ weights
        raise NotImplementedError

    report = check.judge(begun)
    assert report.state == "wrong"
    assert "take that line out" in report.hint


def test_results_that_differ_from_call_to_call_are_told():
    calls = []

    def forgets_nothing(x, weights):
        calls.append(x)
        return x @ weights + len(calls) - 1, weights

    assert "Called twice with the same arguments" in check.judge(forgets_nothing).hint


def test_second_mistake_does_not_hide_the_first():
    def wrong(x, weights):
        return (x.sum(axis=1) if len(x) < 5 else x @ weights + 1), weights

    assert check.judge(wrong).mistake == "no weights"


def test_endless_loop_in_a_later_part_is_told():
    def wrong(x, weights):
        while len(x) > 4:
            pass
        return x.sum(axis=1), weights

    report = check.judge(wrong, seconds=0.3)
    assert report.mistake == "no weights"
    assert report.notes[0][0].startswith("In a later part: Your function was not finished")


def test_changed_arguments_are_told_beside_wrong_results():
    def wrong(x, weights):
        x *= 2
        return x.sum(axis=1), weights

    assert check.judge(wrong).notes[0][0] == "Your function also changes x."


def test_warnings_are_told_apart_from_what_is_printed():
    def wrong(x, weights):
        print("so far")
        return x @ weights + np.log(-np.ones(1)), weights

    notes = check.judge(wrong).notes
    assert notes[0] == ("Python warned", "RuntimeWarning: invalid value encountered in log")
    assert notes[1] == ("Your function printed", "so far\n")


@pytest.mark.parametrize("nothing", [None, ...])
def test_nothing_is_not_attempted(nothing):
    assert check.judge(nothing).state == "not attempted"


@pytest.mark.parametrize("thing", [right(np.ones((1, 2)), np.ones(2)), 3, "right"])
def test_result_in_place_of_the_function_is_explained(thing):
    state, hint = state_and_hint(thing)
    assert state == "wrong"
    assert "itself" in hint


def test_part_that_is_not_written_yet_is_wrong():
    def half(x, weights):
        if len(x) > 1:
            raise NotImplementedError
        return right(x, weights)

    report = check.judge(half)
    assert report.state == "wrong"
    assert "not written yet" in report.hint
    assert report.score == pytest.approx(1 / 3)
    assert report.points(6) == pytest.approx(2)


def test_known_mistake_is_named():
    report = check.judge(lambda x, weights: (x.sum(axis=1), weights))
    assert (report.state, report.mistake) == ("wrong", "no weights")
    assert report.hint == "What do the weights do in your function?"
    assert report.detail.startswith("sums[0] is")


def test_known_mistake_is_named_although_another_output_is_wrong_too():
    report = check.judge(lambda x, weights: (x.sum(axis=1), weights + 1))
    assert report.mistake == "no weights"


def test_two_mistakes_at_once_are_wrong():
    function = mistakes.both(add_rows, ADD_ROWS.mistakes[0], ADD_ROWS.mistakes[1])
    assert check.judge(function).state == "wrong"


def test_mistakes_that_exclude_each_other_are_no_pair():
    first = Mistake("one", "hint", {"np.sum(x[row] * weights)": "1"})
    second = Mistake("two", "hint", {"x[row]": "x[0]"})
    assert mistakes.both(add_rows, first, second) is None


@pytest.mark.parametrize("edits", [{"nowhere": ""}, {"weights": "w"}])
def test_edit_that_fits_not_exactly_once_is_refused(edits):
    with pytest.raises(ValueError, match=r"mistake 'odd' of add_rows: .* times, not once"):
        Mistake("odd", "hint", edits).function(add_rows)


def test_first_difference_is_shown_with_its_window():
    def last_is_off(x, weights):
        sums, _ = right(x, weights)
        sums[-1] += 1
        return sums, weights

    report = check.judge(last_is_off)
    assert report.mistake is None
    assert report.hint.startswith("sums[0] is")
    assert report.window.text == "row 0 of sums"
    assert "sums[0]" in report.picture.alt
    html = report._repr_mimebundle_()["text/html"]
    assert 'data-state="wrong"' in html
    assert "<img alt=" in html


# ---- what a function may do ----


def raises(x, weights):
    return x[7], weights


def returns_nothing(x, weights):
    right(x, weights)


def returns_one_thing(x, weights):
    return x @ weights


def returns_three(x, weights):
    return (*right(x, weights), 1)


def returns_a_generator(x, weights):
    return (row for row in x), weights


def returns_a_column(x, weights):
    return (x @ weights)[:, np.newaxis], weights


def returns_whole_numbers(x, weights):
    return (100 * x @ weights).astype(int), weights


def returns_objects(x, weights):
    return (x @ weights).astype(object), weights


def returns_a_list(x, weights):
    return (x @ weights).tolist(), weights


def returns_nan(x, weights):
    return x @ weights * np.nan, weights


def changes_x(x, weights):
    sums = x @ weights
    x *= 2
    return sums, weights


def leaves(x, weights):
    sys.exit("bye")


def leaves_at_once(x, weights):
    os._exit(0)


def reads(x, weights):
    return float(input("a number? ")), weights


def calls_itself(x, weights):
    return calls_itself(x, weights)


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (raises, r"raises IndexError: index 7 .* in line \d+ of your cell: `return x\[7\], w"),
        (returns_nothing, "returns nothing: it should return sums and weights"),
        (returns_one_thing, r"one thing, an array of shape \(1,\); 2 are expected: sums and"),
        (returns_three, "returns 3 things; 2 are expected"),
        (returns_a_generator, "sums should be an array, yours is a generator"),
        (returns_a_column, r"sums has shape \(1, 1\), expected \(1,\)"),
        (returns_whole_numbers, f"sums should hold floats, yours has dtype {np.dtype(int)}"),
        (returns_objects, "an array of type ndarray, dtype object"),
        (returns_a_list, "sums should be an array, yours is a list of 1"),
        (returns_nan, r"sums\[0\] is nan, expected"),
        (changes_x, "your function changes x: what is passed in must stay"),
        (leaves, r"calls exit\(\)"),
        (leaves_at_once, r"calls exit\(\)|ended the whole process \(exit status 0\)"),
        (reads, r"a check cannot answer input\(\)"),
        (calls_itself, "calls itself without end"),
    ],
)
def test_every_misbehaviour_has_a_sentence_of_its_own(function, sentence, how):
    report = check.judge(function, how=how)
    assert report.state == "wrong"
    assert re.search(sentence, report.hint), report.hint


def swallows_everything(x, weights):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def loops(x, weights):
    while True:
        pass


@pytest.mark.parametrize("how", WAYS)
def test_endless_loop_is_ended(how):
    report = check.judge(loops, seconds=0.3, how=how)
    assert "not finished after 0.3 seconds" in report.hint
    assert [part.state for part in report.parts] == ["wrong", "not reached", "not reached"]


@FORKING
def test_endless_loop_that_swallows_every_exception_is_ended():
    assert "not finished" in check.judge(swallows_everything, seconds=0.3).hint


@FORKING
def test_endless_sleep_is_ended():
    assert "not finished" in check.judge(lambda x, weights: time.sleep(60), seconds=0.3).hint


@FORKING
def test_children_of_the_function_are_ended_with_it(tmp_path):
    told = tmp_path / "child"
    told.touch()

    def has_a_child(x, weights):
        if os.fork() == 0:
            told.write_text(str(os.getpid()))
            time.sleep(60)
        time.sleep(60)

    for seconds in (0.5, 5, 30):  # on a busy machine a child may take long to begin
        check.judge(has_a_child, seconds=seconds)
        if told.read_text():
            break
    child = int(told.read_text())
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _is_running(child):
        time.sleep(0.01)
    assert not _is_running(child)


def _is_running(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@FORKING
def test_crash_is_survived():
    def crashes(x, weights):
        os.kill(os.getpid(), 11)

    assert "ended the whole process (signal SIGSEGV)" in check.judge(crashes).hint


@FORKING
def test_memory_is_limited():
    report = check.judge(lambda x, weights: (np.ones(isolation.MEMORY // 4), weights))
    assert "more memory than it may have" in report.hint


@FORKING
def test_nothing_that_the_function_does_to_its_surroundings_stays():
    before, variables = np.sum, dict(os.environ)

    def spoils(x, weights):
        np.sum = max
        os.environ["CNN_LAB_SPOILED"] = "1"
        ADD_ROWS.planes["sums"] = None
        return right(x, weights)

    assert check.judge(spoils).state == "right"
    assert np.sum is before
    assert dict(os.environ) == variables
    assert ADD_ROWS.planes == {}


@FORKING
def test_function_sees_the_threads_of_the_notebook_and_does_not_hang():
    stop = threading.Event()
    worker = threading.Thread(target=stop.wait)
    worker.start()
    try:
        assert check.judge(right).state == "right"
    finally:
        stop.set()
        worker.join()


@pytest.mark.parametrize("how", [*WAYS, "plain"])
def test_right_answer_is_right_however_it_is_called(how):
    assert check.judge(right, how=how).state == "right"


@pytest.mark.parametrize("how", WAYS)
def test_streams_and_keyboard_are_put_back(how):
    before = sys.stdout, sys.stderr, input, os._exit
    check.judge(leaves_at_once, how=how)
    assert (sys.stdout, sys.stderr, input, os._exit) == before


@pytest.mark.parametrize("how", WAYS)
def test_printed_text_is_shown_beside_a_wrong_answer(how, capfd):
    def talks(x, weights):
        print("rows:", len(x))
        return x.sum(axis=1), weights

    report = check.judge(talks, how=how)
    assert report.notes == (("Your function printed", "rows: 1\n"),)
    assert "    | rows: 1" in str(report)
    assert "<pre" in report._repr_mimebundle_()["text/html"]
    assert capfd.readouterr() == ("", "")


def test_printed_text_of_a_right_answer_is_not_repeated():
    def talks(x, weights):
        print("rows:", len(x))
        return right(x, weights)

    assert check.judge(talks).notes == ()


def test_flood_of_text_gets_a_word_and_is_not_kept():
    def floods(x, weights):
        for n in range(3000):
            print(n)
        return right(x, weights)

    report = check.judge(floods)
    assert report.state == "right"
    assert "print in a loop" in report.notes[0][0]
    wrong = check.judge(lambda x, weights: (floods(x, weights)[0] + 1, weights))
    assert len(wrong.notes[1][1]) <= SHOWN


def test_warnings_of_the_function_are_no_errors():
    def warns(x, weights):
        np.log(-np.ones(2))
        return right(x, weights)

    assert check.judge(warns).state == "right"


def test_every_call_gets_copies():
    seen = []

    def remembers(x, weights):
        seen.append(x)
        x[...] = 0
        return right(x, weights)

    for _ in range(2):
        check.judge(remembers, how="plain")
    assert not np.array_equal(seen[0], _cases()[0].arguments[0])
    assert check.judge(right, how="plain").state == "right"


def test_result_that_shares_memory_is_reported_where_it_matters():
    task = Task(
        name="same", lesson="", title="copy", answer=lambda x: x.copy(),
        cases=lambda: [Case("copy", (np.arange(3.0),))], outputs=("y",), mistakes=(), fresh=True,
    )
    assert "shares its memory" in Check(task).judge(lambda x: x[:]).hint
    assert Check(task).judge(lambda x: x + 0).state == "right"


class Half(float):
    """Cannot be sent to another process: it is not at the top of a module there."""

    def __reduce__(self):
        raise RuntimeError("no")


class Riddle(Exception):
    def __str__(self):
        raise KeyboardInterrupt


def _raises_a_riddle(x):
    raise Riddle


def _prints_half_a_character(x):
    print("\ud800\x1b[31m")
    raise ValueError("\udcff")


def _itself(x):
    result = []
    result.append(result)
    return result


@pytest.mark.parametrize("how", [*WAYS, "plain"])
@pytest.mark.parametrize(
    ("result", "state"),
    [
        (lambda x: Half(np.sum(x)), "right"),
        (lambda x: 10**400, "wrong"),
        (lambda x: np.timedelta64(3), "wrong"),
        (lambda x: np.zeros(2, dtype="V4")[0], "wrong"),
        (lambda x: {1: x, (2, 3): 4}, "wrong"),
        (lambda x: 1j, "wrong"),
        (lambda x: True, "wrong"),
        (_itself, "wrong"),
        (_raises_a_riddle, "wrong"),
        (_prints_half_a_character, "wrong"),
    ],
)
def test_strange_results_are_reported_like_others(result, state, how):
    task = Task(
        name="total", lesson="", title="add up", answer=lambda x: float(np.sum(x)),
        cases=lambda: [Case("sum", (np.arange(3.0),))], outputs=("total",), mistakes=(),
    )
    report = Check(task).judge(result, how=how)
    assert report.state == state
    "".join(report._repr_mimebundle_().values()).encode()


def test_strange_values_of_a_question_are_reported_like_others():
    endless = []
    endless.append(endless)
    for value in (endless, {"a": endless}, 10**400, np.datetime64("2026-11-22"), object()):
        assert TWO.judge(value, value).state == "wrong"


@FORKING
def test_outcomes_that_the_function_tampers_with_are_no_outcomes():
    def forks(x, weights):
        os.fork()
        return right(x, weights)

    def spoils_pickle(x, weights):
        import pickle

        pickle.dumps = lambda *a, **k: b""
        return right(x, weights)

    assert check.judge(forks).state in ("right", "wrong")
    assert "ended the whole process" in check.judge(spoils_pickle).hint


@FORKING
def test_threads_at_work_are_no_danger():
    stop = threading.Event()

    def work():
        a = np.ones((200, 200))
        while not stop.is_set():
            a @ a

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert isolation._others_at_work()
        assert [check.judge(right).state for _ in range(5)] == ["right"] * 5
    finally:
        stop.set()
        worker.join()
    assert not isolation._others_at_work()


# ---- what is too little evidence for a mistake ----


def test_exception_alone_is_no_known_mistake():
    def raises_always(x, weights):
        raise ValueError("the sizes 3 and 4")

    mine = Check(ADD_ROWS)
    mine.add_mistake("sizes", "Look at the sizes.", raises_always)

    def same(x, weights):
        raise ValueError("the sizes 5 and 7")

    def other(x, weights):
        raise ValueError("something else")

    assert mine.judge(same).mistake == "sizes"
    assert mine.judge(other).mistake is None
    assert "something else" in mine.judge(other).hint


def test_right_values_of_a_wrong_type_are_no_known_mistake():
    report = check.judge(lambda x, weights: (x @ weights + 0j, weights))
    assert report.mistake is None
    assert "sums should hold floats, yours has dtype complex128" in report.hint


def test_whole_numbers_must_be_exact():
    found = difference((60_001, 28), (60_000, 28), ("rows", "columns"), 1e-4)
    assert "rows is 60001, expected 60000" in found.message


# ---- numbers that are right but for their type, lists, copies of other objects ----


def test_a_later_output_names_no_mistake_while_only_a_type_is_wrong():
    report = check.judge(lambda x, weights: ((x @ weights).astype(complex), weights))
    assert (report.state, report.mistake) == ("wrong", None)
    assert "floats" in report.hint


def _up_to(n):
    return np.arange(n)


@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize("kind", [list, tuple])
def test_list_passes_for_an_array_where_the_task_says_so(lists, kind):
    task = Task(
        name="up_to", lesson="", title="count", answer=_up_to, outputs=("numbers",), lists=lists,
        cases=lambda: [Case("three", (3,)), Case("one", (1,))],
        mistakes=(Mistake("from 1", "Where do they begin?", {"arange(n)": "arange(1, n + 1)"}),),
    )
    counts = Check(task)
    assert counts.judge(lambda n: kind(range(n))).passed is lists
    assert counts.judge(lambda n: kind(map(float, range(n)))).state == "wrong"
    from_one = counts.judge(lambda n: kind(range(1, n + 1)))
    assert (from_one.mistake == "from 1") is lists
    words = counts.judge(lambda n: kind("abc"[:n]))
    assert f"a {kind.__name__} of 3" in words.hint


class _Counter:
    def __init__(self, count):
        self.count = count

    def for_one_call(self):
        return _Counter(self.count)

    def __eq__(self, other):
        return self.count == other.count

    __hash__ = None


def _count_on(counter, n):
    return float(counter.count + n)


def test_objects_that_make_a_copy_of_themselves_are_new_in_every_call():
    task = Task(
        name="count_on", lesson="", title="count on", answer=_count_on, outputs=("n",),
        cases=lambda: [Case("number", (_Counter(4), 3)), Case("number", (_Counter(1), 2))],
        mistakes=(),
    )

    def changing(counter, n):
        counter.count += n
        return counter.count

    counts = Check(task)
    assert counts.judge(_count_on).passed
    for _ in range(2):
        assert "changes counter" in counts.judge(changing, how="plain").hint


# ---- exceptions that are due, alternatives ----


def _positive(n):
    if n < 0:
        raise ValueError("negative")
    return float(n)


POSITIVE = Check(
    Task(
        name="positive", lesson="", title="take positive numbers", answer=_positive,
        cases=lambda: [Case("number", (3,)), Case("negative", (-2,))], outputs=("n",),
        mistakes=(), alternatives=(lambda n: _positive(n) + 1,),
    )
)


def test_exception_that_is_due():
    assert "A ValueError is due here" in POSITIVE.judge(float).hint

    def other(n):
        if n < 0:
            raise TypeError("no")
        return float(n)

    assert "raises TypeError: no." in POSITIVE.judge(other).hint
    assert POSITIVE.judge(_positive).state == "right"


def test_alternative_answer_must_be_kept_to():
    assert POSITIVE.judge(lambda n: _positive(n) + 1).state == "right"
    assert POSITIVE.judge(lambda n: _positive(n) + 2).state == "wrong"


# ---- questions ----

TWO = Check(
    Question(
        name="two", lesson="", title="name two numbers", right=(1, 2),
        requirements=(
            Requirement("first", lambda a, b: a == 1, "The first one.", ((2, 2),)),
            Requirement("second", lambda a, b: b == 2, lambda a, b: f"Not {b}.", ((1, 3),)),
        ),
        praise="Both.",
    )
)


def test_question():
    assert str(TWO.judge(1, 2)) == "two: right (first, second). Both."
    assert TWO.judge(1, 5).hint == "Not 5."
    assert TWO.judge(1, 5).score == 0.5
    assert TWO.judge(2, 5).hint == "The first one."
    assert TWO.judge(None, 2).state == "not attempted"
    assert TWO.judge().state == "not attempted"
    assert "takes 2 values" in TWO.judge(1).hint


def test_question_that_a_requirement_cannot_even_ask():
    question = Question(
        name="long", lesson="", title="try", right=([1, 2],),
        requirements=(Requirement("pair", lambda p: len(p) == 2, "A pair.", ((3,),)),),
    )
    assert Check(question).judge(3).hint == "A pair."


@pytest.mark.parametrize(
    ("function", "state", "sentence"),
    [
        (lambda: 4, "right", ""),
        (lambda: 5, "wrong", "An even one."),
        (lambda: None, "wrong", "returns nothing"),
        (lambda: 1 / 0, "wrong", "ZeroDivisionError"),
        (lambda: loops(0, 0), "wrong", "not finished"),
        (4, "wrong", "itself"),
        (None, "not attempted", ""),
    ],
)
def test_question_that_calls_a_function(function, state, sentence):
    question = Question(
        name="even", lesson="", title="try", right=(lambda: 2,), call=True,
        requirements=(Requirement("even", lambda n: n % 2 == 0, "An even one.", ((3,),)),),
    )
    report = Check(question).judge(function, seconds=0.5)
    assert report.state == state
    assert sentence in (report.hint or "")


# ---- the catalogue is open ----


def test_mistake_of_a_teacher_comes_first():
    mine = Check(ADD_ROWS)
    mine.add_mistake("plain sum", "My own words.", lambda x, weights: (x.sum(axis=1), weights))
    report = mine.judge(lambda x, weights: (np.add.reduce(x, 1), weights))
    assert (report.mistake, report.hint) == ("plain sum", "My own words.")
    assert [each.name for each in mine.mistakes][:2] == ["plain sum", "no weights"]
    assert check.judge(lambda x, weights: (x.sum(axis=1), weights)).mistake == "no weights"


def test_mistake_that_is_none_is_refused():
    with pytest.raises(ValueError, match="'fine' gives the right result in every case"):
        Check(ADD_ROWS).add_mistake("fine", "hint", right)
    with pytest.raises(ValueError, match="occurs 0 times"):
        Check(ADD_ROWS).add_mistake("odd", "hint", {"nowhere": ""})
    with pytest.raises(TypeError, match="asks for values"):
        TWO.add_mistake("three", "hint", right)


def test_source_of_the_answer_can_be_read():
    assert check.answer_source.startswith("def add_rows(x, weights):")


# ---- comparing ----


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (np.float32(1), 1.0),
        (np.array(1.0), 1.0),
        (np.array([1, 2], np.float32), np.array([1.0, 2.0])),
        (np.array([1 + 1e-6, 2]), np.array([1.0, 2.0])),
        (np.array([np.nan, np.inf, 1]), np.array([np.nan, np.inf, 1])),
        (np.array([[1.0], [2.0]], order="F"), np.array([[1.0], [2.0]])),
        ([1.0, np.array([2.0])], (1.0, np.array([2.0]))),
        (np.int64(3), 3),
        (np.array([1, 2], np.int8), np.array([1, 2])),
        ({"pad": 1}, {"pad": 1}),
    ],
)
def test_equal_results(got, expected):
    assert difference(plain(got), plain(expected), ("y",), 1e-4) is None
    assert agree(plain(got), plain(expected), 1e-4)


@pytest.mark.parametrize(
    ("got", "expected", "sentence"),
    [
        (np.array([1.0]), 1.0, "one number, yours is an array of shape"),
        (1.0, np.array([1.0]), "an array of shape (1,), yours is one number"),
        (np.array([1.0, 2.1]), np.array([1.0, 2.0]), "y[1] is 2.1, expected 2 (1 of 2"),
        (np.array([np.inf]), np.array([-np.inf]), "y[0] is inf, expected \N{MINUS SIGN}inf"),
        (np.array([0.0]), np.array([np.nan]), "y[0] is 0, expected nan"),
        (np.array([0.0]), np.array([1e-5]), "y[0] is 0"),
        (np.array([1, 0]), np.array([True, False]), "should hold True and False (dtype bool)"),
        (np.array([1.0]), np.array([1]), "should hold whole numbers"),
        (np.array([1]), np.array([1.0]), "should hold floats, yours has dtype"),
        (True, 1.0, "should hold floats"),
        (2.0, 2, "should hold whole numbers"),
        ("2", 2, "one number, yours is '2'"),
        ((1, 2), 2, "one number, yours is a tuple of 2"),
        (3, "valid", "should be 'valid', not 3"),
        ([1, 2], (1, 2, 3), "should hold 3 things, yours holds 2"),
        (4, (1, 2, 3), "a tuple of 3, yours is 4"),
        ({"pad": 2}, {"pad": 1}, "should be {'pad': 1}"),
        (np.array([1j]), np.array([1.0]), "should hold floats"),
    ],
)
def test_different_results(got, expected, sentence):
    found = difference(plain(got), plain(expected), ("y",), 1e-4)
    assert sentence.replace("1e-5", "") in found.message


def test_huge_and_foreign_results_do_not_leave_the_process():
    assert plain(np.zeros(LARGEST + 1, np.uint8)) == Strange(f"an array of shape ({LARGEST + 1},)")
    assert plain(np.ma.ones(2)).what.startswith("an array of type MaskedArray")
    assert plain(right) == Strange("a function")
    assert len(plain([0] * 10_000)) == 1000


# ---- pictures ----


def test_showcase_runs_the_learners_function():
    from cnn_lab import plots

    def draw(result):
        return plots.numbers([result[0]], alt="the weighted sums of two rows")

    showcase = Showcase(lambda: (np.ones((2, 2)), np.ones(2)), draw)
    fields = {name: getattr(ADD_ROWS, name) for name in ADD_ROWS.__dataclass_fields__}
    mine = Check(Task(**fields | {"showcase": showcase}))
    assert mine.judge(right).picture.alt == "the weighted sums of two rows"

    def fails_on_squares(x, weights):
        if x.shape == (2, 2):
            raise RuntimeError
        return right(x, weights)

    report = mine.judge(fails_on_squares)
    assert report.state == "right"
    assert report.picture is None


def test_report_of_a_check_in_a_notebook():
    bundle = checks.conv_single_step(reference.conv_single_step)._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert 'data-state="right"' in bundle["text/html"]


def test_hint_is_escaped():
    task = Task(
        name="one", lesson="", title="try", answer=lambda: 1.0, cases=lambda: [Case("", ())],
        outputs=("y",), mistakes=(Mistake("two", "<b>`x < 2`?", lambda: 2.0),),
    )
    html = Check(task).judge(lambda: 2.0)._repr_mimebundle_()["text/html"]
    assert "&lt;b&gt;<code>x &lt; 2</code>?" in html


# ---- the public face ----


@pytest.mark.parametrize("name", checks.EXERCISES)
def test_every_exercise_has_its_check(name):
    one = getattr(checks, name)
    assert isinstance(one, Check)
    assert one.__name__ == name
    assert "Report" in one.__doc__
    assert repr(one) == f"checks.{name}"
    assert name in checks.__all__


@pytest.mark.parametrize(("name", "function"), [("relu", "relu"), ("occlusion", "occlusion_map")])
def test_a_result_in_place_of_a_function_is_told_what_to_pass(name, function):
    report = getattr(checks, name).judge(3.5)
    assert report.state == "wrong"
    assert report.hint.endswith(f"without calling it: checks.{name}({function}).")

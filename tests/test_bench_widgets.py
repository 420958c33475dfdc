"""The measurement of the widgets: from what the page noted to the numbers of the tables."""

import sys
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from measure import gestures, latency

pytest.importorskip("playwright")
import widgets as script


def log(*, events=(), frames=(), asked=(), answered=(), mutation=0, message=0, unanswered=()):
    """Return a log as `events.js` keeps it; events are (type, stamp), frames (painted, next)."""
    return {
        "events": [{"type": kind, "stamp": at, "heard": at + 2} for kind, at in events],
        "frames": [{"painted": painted, "next": after} for painted, after in frames],
        "asked": [{"number": number, "at": at} for number, at in asked],
        "answered": [{"number": number, "at": at} for number, at in answered],
        "mutation": mutation,
        "message": message,
        "open": list(unanswered),
    }


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([7], 0.5, 7), ([7], 0.95, 7), (range(1, 101), 0.95, 95), (range(1, 101), 0.5, 50),
     ([3, 1, 2], 0.5, 2), ([3, 1, 2], 0.0, 1), ([3, 1, 2], 1.0, 3)],
)
def test_quantile(values, share, expected):
    assert latency.quantile(values, share) == expected


def test_sample_runs_from_the_first_event_of_its_kind_to_the_frame_after_the_change():
    noted = log(events=[("pointermove", 90), ("click", 100), ("click", 120)],
                frames=[(110, 130), (140, 150)])
    assert latency.sample(noted, "click") == (28, 30)


@pytest.mark.parametrize(
    "noted",
    [log(), log(events=[("click", 1)]), log(frames=[(1, 2)]),
     log(events=[("click", 1)], frames=[(2, None)])],
)
def test_sample_of_nothing_is_none(noted):
    assert latency.sample(noted, "click") is None


def test_pictures_a_second_counts_frames_between_the_first_event_and_the_last():
    moves = [("pointermove", 100 * n) for n in range(11)]  # a second
    frames = [(5 + 100 * n, 20 + 100 * n) for n in range(11)]
    assert latency.pictures_a_second(log(events=moves, frames=frames), "pointermove") == 11
    late = [*frames, (1500, 1517)]
    assert latency.pictures_a_second(log(events=moves, frames=late), "pointermove") == 11
    assert latency.pictures_a_second(log(events=moves, frames=frames), "keydown") == 0


def test_answer_times_take_the_first_request_after_each_event():
    noted = log(
        events=[("pointermove", 0), ("pointermove", 10), ("pointermove", 30)],
        asked=[(1, 4), (2, 40)],
        answered=[(1, 38), (2, 70)],
        frames=[(20, 33), (45, 50), (75, 83)],
    )
    assert latency.answer_times(noted, "pointermove") == [(48, 50), (71, 73), (51, 53)]


def test_answer_times_leave_out_what_was_not_answered():
    noted = log(events=[("keydown", 0), ("keydown", 60)], asked=[(1, 4), (2, 64)],
                answered=[(1, 30)], frames=[(40, 50)])
    assert latency.answer_times(noted, "keydown") == [(48, 50)]


@pytest.mark.parametrize(
    ("mutation", "unanswered", "met"), [(130, (), True), (140, (), False), (130, ("a",), False)]
)
def test_rest_is_met_when_page_and_kernel_are_done(mutation, unanswered, met):
    noted = log(events=[("pointermove", 100)], mutation=mutation, message=250,
                unanswered=unanswered)
    rest = latency.rest("Pad", "drag", noted, 33)
    assert (rest.page, rest.kernel, rest.met) == (mutation - 100, 150, met)


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (latency.Row("W", "g", 33, [30] * 19 + [99]), True),  # one in twenty may be late
        (latency.Row("W", "g", 33, [30] * 18 + [99] * 2), False),
        (latency.Row("W", "g", 33, [30], lost=1), False),
        (latency.Row("W", "g", 33), False),
        (latency.Row("W", "g", None, [999]), None),
        (latency.Row("W", "g", 40, rate=41.0), True),
        (latency.Row("W", "g", 40, rate=39.0), False),
    ],
)
def test_row_is_met_when_the_95th_percentile_is(row, met):
    assert row.met is met


def test_tables_have_as_many_cells_in_every_line():
    rows = [latency.Row("W", "g", 33, [18, 37], [20, 40])]
    rows.append(latency.Row("W", "h", None, [5], [6], lost=2))
    rates = [latency.Row("W", "g", 40, rate=48.2), latency.Row("W", "g", None, rate=8)]
    rests = [latency.rest("W", "g", log(events=[("click", 1)], mutation=9), 33)]
    views = {"W": {"fresh": [300, 200, 900], "warm": [1200]}}
    for lines in (latency.latency_table(rows), latency.rate_table(rates),
                  latency.rest_table(rests), latency.view_table(views, 1000)):
        assert len({line.count("|") for line in lines}) == 1, lines
    first = latency.latency_table(rows)[2]
    assert first == "| W | g | 33 ms | 18 ms | 37 ms | 20 ms, 40 ms | 2 | **missed** |"
    assert latency.view_table(views, 1000)[2] == (
        "| W | 1000 ms | 300 ms, 900 ms | met | 1200 ms, 1200 ms | **missed** |"
    )


def test_pointer_goes_from_cell_to_neighbour_and_visits_all():
    over = gestures.Over(3, 6, skip=2)
    cells = [over.cell(n) for n in range(60)]
    assert {*cells} == {(row, column) for row in range(3) for column in range(2, 6)}
    steps = [abs(a - c) + abs(b - d) for (a, b), (c, d) in pairwise(cells)]
    assert {*steps} == {1}


@pytest.mark.parametrize("name", gestures.WIDGETS)
def test_notebook_of_every_widget_runs(name):
    for cell in script.notebook_of(name).cells[:3]:
        compile(cell.source, name, "exec")
    assert script.file_of(name).isalnum()


def test_every_widget_is_measured():
    from cnn_lab import widgets

    assert {name.split(",")[0] for name in gestures.WIDGETS} == {*widgets.__all__}

"""One notebook run and judged: a result for everything that a submission can do."""

import asyncio
import copy
import json
import pickle
import resource
import socket
import time
from dataclasses import replace

import nbformat
import pytest
from small_class import RIGHT, solved, tiny_lesson

from cnn_lab import checks
from cnn_lab.checks import rendering
from cnn_lab.classroom.assignment import source_of
from cnn_lab.classroom.marking import conversation, execution, judging_cells, limits
from cnn_lab.classroom.marking.execution import Job, Result, execute
from cnn_lab.classroom.marking.limits import Limits

SOURCE = source_of(tiny_lesson())
PREDICTED = RIGHT["tiny_predict"]
LIMITS = Limits(cell=2, lesson_cell=20, total=60)


def made(answers=None, source=SOURCE, **options):
    """Return the job of a submission in which all is right but for some answers."""
    notebook = solved(source, {**RIGHT, **(answers or {})})
    return Job(notebook, source, "ada", "tiny", **{"limits": LIMITS, "seed": 7, **options})


def cell_of(result, name):
    return next(
        cell for cell in result.notebook["cells"]
        if name in (cell.get("id"), cell["metadata"].get("nbgrader", {}).get("grade_id"))
    )


def points(result):
    """Return what the three checks are worth, by the outputs that nbgrader reads."""
    outputs = [
        cell_of(result, f"tiny_check_{name}")["outputs"]
        for name in ("predict", "relu", "output_size")
    ]
    assert all(len(shown) == 1 for shown in outputs)
    assert {shown[0]["output_type"] for shown in outputs} == {"execute_result"}
    return [float(shown[0]["data"]["text/plain"]) for shown in outputs]


def told(result, kind):
    """Return the findings of a kind, as pairs of cell and text."""
    return [(each.cell, each.text) for each in result.findings if each.kind == kind]


def source_with_more():
    """Return the source with a slow cell that marking leaves out, and a test of the teacher's."""
    source = copy.deepcopy(SOURCE)
    cells = {cell.get("id"): cell for cell in source["cells"]}
    slow = {**copy.deepcopy(cells["tiny-setup"]), "id": "slow", "source": "raise SystemError"}
    slow["metadata"] = {"cnn_lab": {"marking": "skip"}}
    own = {**copy.deepcopy(cells["tiny_check_relu"]), "id": "own"}
    own["source"] = "assert relu(np.array(-2.0)) == 0\nassert relu(1.0) == 5"
    own["metadata"]["nbgrader"].update(grade_id="own", points=3)
    source["cells"] += [slow, own]
    return source


def test_execute_right_answers():
    result = execute(made(source=source_with_more()))
    assert points(result) == [1, 2, 4]
    assert result.findings == ()
    nbformat.validate(nbformat.from_dict(result.notebook))
    assert Result.from_json(result.to_json()) == result
    assert cell_of(result, "tiny-setup")["execution_count"] == 1
    assert cell_of(result, "tiny_relu")["source"] == RIGHT["tiny_relu"]
    (note,) = cell_of(result, "slow")["outputs"]
    assert "is not run while marking" in note["text"]
    (shown,) = cell_of(result, "own")["outputs"]
    assert (shown["output_type"], shown["ename"]) == ("error", "AssertionError")


def test_execute_shows_the_learners_report():
    def relu(x):
        return abs(x)

    result = execute(
        made(
            {
                "tiny_predict": "prediction = [[[4, 5], [6, 2]], [[1.75, 2], [2, 3]]]",
                "tiny_relu": "def relu(x):\n    return abs(x)",
                "tiny_output_size": "def output_size(size)\n    return 4",
            }
        )
    )
    (shown,) = cell_of(result, "tiny_check_relu")["outputs"]
    learners = checks.relu.judge(relu)
    assert learners.state == "wrong"
    assert "<img" in shown["data"]["text/html"]
    assert shown["data"]["text/html"].startswith(rendering.html(learners))
    assert 0 < points(result)[0] < 1
    assert points(result)[1:] == [learners.worth(2).points, 0]
    (shown,) = cell_of(result, "tiny_check_output_size")["outputs"]
    assert "is not defined: did its cell fail?" in shown["data"]["text/html"]
    assert told(result, "error") == [("tiny_output_size", "The cell raises SyntaxError.")]
    assert {finding.weight for finding in result.findings} == {"note"}


def test_execute_believes_no_tampered_check():
    cheat = """
        import numpy.testing, cnn_lab.checks.check, cnn_lab.checks.report, cnn_lab.checks.graded
        class Right:
            score, state, passed = 1.0, "right", True
            def __call__(self, *answer): return self
            def __getattr__(self, name): return self
            def worth(self, points): return points
        for name in checks.EXERCISES:
            setattr(checks, name, Right())
        checks = Right()
        cnn_lab.checks.check.Check.verdict = lambda *a, **k: Right()
        cnn_lab.checks.report.Report.score = 1.0
        cnn_lab.checks.graded.Graded.__init__ = lambda *a: None
        np.allclose = np.array_equal = lambda *a, **k: True
        numpy.testing.assert_allclose = lambda *a, **k: None
        from cnn_lab.checks import EXERCISES
        known = {c.arguments[0].tobytes(): c.arguments[0] for c in EXERCISES["relu"].cases()}
        def relu(x):
            return np.maximum(known[x.tobytes()], 0)
    """
    lines = "\n".join(line[8:] for line in cheat.split("\n"))
    wrong = "def output_size(size, kernel_size, stride=1, padding=0):\n    return 17"
    result = execute(made({"tiny_relu": lines, "tiny_output_size": wrong}))
    assert points(result)[0] == 1
    assert points(result)[1] < 2  # it knows nothing but the cases of the check
    assert points(result)[2] < 2
    ((cell, text),) = told(result, "only visible cases")
    assert cell == "tiny_check_relu"
    assert "may remember results" in text


def test_execute_notices_made_up_evidence():
    cheat = f"""{PREDICTED}
import cnn_lab.checks.evidence as evidence
class Made:
    def to_json(self): return '{{"kind": "right", "score": 1}}'
evidence.gather = lambda *a, **k: Made()"""
    result = execute(made({"tiny_predict": cheat}))
    assert points(result) == [0, 0, 0]
    assert [cell for cell, _ in told(result, "evidence")] == [
        "tiny_check_predict", "tiny_check_relu", "tiny_check_output_size"
    ]
    assert "tampered" in told(result, "evidence")[0][1]
    assert {finding.weight for finding in result.findings} == {"warning"}


def test_execute_goes_on_after_cells_that_have_to_be_ended():
    ignores = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass"
    result = execute(
        made(
            {
                "tiny_predict": f"{PREDICTED}\nwhile True:\n    pass",
                "tiny_relu": ignores,
                "tiny_check_output_size": "import os\nos._exit(3)",  # not what the source says
            }
        )
    )
    assert points(result) == [1, 0, 4]  # the prediction was there before the loop
    assert [cell for cell, _ in told(result, "timeout")] == ["tiny_predict"]
    assert cell_of(result, "tiny_predict")["outputs"][-1]["ename"] == "CellTimeoutError"
    ((cell, text),) = told(result, "kernel died")
    assert cell == "tiny_relu"
    assert "could not be interrupted" in text
    (shown,) = cell_of(result, "tiny_relu")["outputs"]
    assert (shown["output_type"], shown["ename"]) == ("error", "DeadKernelError")


def test_execute_gives_up_after_several_deaths(monkeypatch):
    monkeypatch.setattr(execution, "KERNELS", 2)
    result = execute(made(dict.fromkeys(RIGHT, "import os\nos._exit(3)")))
    assert points(result) == [0, 0, 0]
    assert [cell for cell, _ in told(result, "kernel died")] == ["tiny_predict", "tiny_relu"]
    ((cell, text),) = told(result, "not reached")
    assert cell == "tiny_check_relu"
    assert "exit status 3" in text


def test_execute_survives_a_function_that_swallows_everything():
    swallows = """def relu(x):
    while True:
        try:
            while True: pass
        except BaseException: pass"""
    result = execute(made({"tiny_relu": swallows}))
    assert points(result) == [1, 0, 4]
    html = cell_of(result, "tiny_check_relu")["outputs"][0]["data"]["text/html"]
    assert "not finished after 10 seconds" in html
    assert told(result, "endless") == [
        ("tiny_check_relu", "The function for relu was not finished after 10 seconds.")
    ]
    assert result.seconds < 25  # it is not called once more for the further cases


def test_execute_goes_on_without_standard_streams():
    closes = f"""{PREDICTED}
import os, sys
for number in (0, 1, 2):
    os.close(number)
sys.stdout = sys.stderr = None"""
    result = execute(made({"tiny_predict": closes}))
    assert points(result) == [1, 2, 4]
    assert result.seconds < 20
    assert result.findings == ()


def test_execute_tells_why_a_function_or_a_cell_has_failed():
    result = execute(
        made(
            {
                "tiny_predict": f"{PREDICTED}\nblock = bytearray(20 << 30)",
                "tiny_relu": "import os\ndef relu(x):\n    os._exit(3)",
                "tiny_output_size": "def output_size(*a, **k):\n    return bytearray(20 << 30)",
            }
        )
    )
    assert points(result) == [1, 0, 0]
    assert told(result, "memory") == [
        ("tiny_predict", "The cell asks for more memory than it may have (MemoryError)."),
        ("tiny_check_output_size",
         "The function for output_size asked for more memory than it may have."),
    ]
    ((cell, text),) = told(result, "ended")
    assert (cell, text.endswith("ended its process (exit status 3).")) == ("tiny_check_relu", True)


def test_execute_names_the_limit_though_the_time_is_up_first(monkeypatch):
    monkeypatch.setattr(limits, "PAUSE", 1000)  # as on a machine too busy for the watchdog
    bomb = """
import os, time
for _ in range(40):
    if not os.fork():
        time.sleep(300)
time.sleep(300)"""
    result = execute(made({"tiny_relu": bomb}, limits=replace(LIMITS, processes=40)))
    assert points(result) == [1, 0, 4]
    ((cell, text),) = told(result, "kernel died")
    assert cell == "tiny_relu"
    assert "started more than 40 processes or threads" in text


def test_execute_ends_within_the_total_time():
    slow = {name: f"{code}\nimport time\ntime.sleep(30)" for name, code in RIGHT.items()}
    start = time.monotonic()
    result = execute(made(slow, limits=replace(LIMITS, cell=20, total=4)))
    assert time.monotonic() - start < 34
    assert points(result)[1:] == [0, 0]
    ((_, text),) = told(result, "not reached")
    assert text.endswith("The time for the whole notebook, 4 seconds, was up.")


def test_execute_takes_floods_in_little_memory():
    flood = f"""{PREDICTED}
import helper
print(helper.four)
for i in range(200_000): print("x" * 500)
kernel = get_ipython().kernel
parent = kernel.get_parent("shell")
send = lambda kind, content: kernel.session.send(kernel.iopub_thread, kind, content, parent=parent)
for i in range(500): kernel.iopub_thread.send_multipart([b"junk"])
send("display_data", {{"data": {{"text/plain": [1], "text/html": 5}}, "transient": 7}})
send("stream", {{"name": "stdout", "text": "y" * 50_000_000}})"""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    files = {"helper.py": b"four = 4", "../outside.txt": b"", "random.py": b"1 / 0"}
    files |= {"ipykernel_launcher.py": b"1 / 0", "numpy.py": b"1 / 0"}
    more = replace(LIMITS, cell=20)
    result = execute(made({"tiny_predict": flood}, files=files, limits=more))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert points(result) == [1, 2, 4]
    assert grown < 200_000  # kB
    shown = json.dumps(cell_of(result, "tiny_predict"))
    assert cell_of(result, "tiny_predict")["outputs"][0]["text"].startswith("4\nxxx")
    assert 100_000 < len(shown) < 2 * LIMITS.output
    assert [cell for cell, _ in told(result, "output")] == ["tiny_predict"]
    assert told(result, "file") == [(None, "The file ../outside.txt was left out.")]


def test_execute_tries_without_files_when_no_kernel_starts(monkeypatch):
    asked = []

    def manager_class(limits, files, sandbox):
        asked.append(dict(files))
        if files:
            raise conversation.KernelNotStarted("the kernel did not start")
        return started(limits, files, sandbox)

    started = execution.kernels.manager_class
    monkeypatch.setattr(execution.kernels, "manager_class", manager_class)
    result = execute(made(files={"token.py": b"1 / 0"}))
    assert points(result) == [1, 2, 4]
    assert asked == [{"token.py": b"1 / 0"}, {}]
    assert "left out" in told(result, "file")[0][1]


def test_execute_raises_where_no_kernel_starts(monkeypatch):
    def manager_class(limits, files, sandbox):
        raise conversation.KernelNotStarted("no room")

    monkeypatch.setattr(execution.kernels, "manager_class", manager_class)
    with pytest.raises(conversation.KernelNotStarted, match="no room"):
        execute(made())


def test_execute_raises_where_the_machine_has_no_memory_left(monkeypatch):
    free = limits._free_memory
    monkeypatch.setattr(
        limits, "_free_memory", lambda: 0 if time.monotonic() > begin + 4 else free()
    )
    begin = time.monotonic()
    slow = f"{RIGHT['tiny_relu']}\nimport time\ntime.sleep(20)"
    with pytest.raises(conversation.MachineFull, match="hardly any memory"):
        execute(made({"tiny_relu": slow}, files={"a.txt": b"1"}, limits=Limits(cell=25)))
    assert time.monotonic() < begin + 20


SENDS = """
_kernel = get_ipython().kernel
def _sends(kind, content):
    _kernel.session.send(_kernel.iopub_socket, kind, content, parent=_kernel.get_parent())
"""


@pytest.mark.parametrize(
    "code",
    [
        "get_ipython().execution_count = -7",
        "get_ipython().execution_count = 1 << 40",
        SENDS + "_sends('execute_result', {'execution_count': -1, 'data': {'text/plain': 'x'}})",
    ],
)
def test_execute_keeps_no_count_that_a_notebook_cannot_hold(code):
    result = execute(made({"tiny_relu": f"{RIGHT['tiny_relu']}\n{code}"}))
    assert points(result) == [1, 2, 4]
    nbformat.validate(nbformat.from_dict(result.notebook))


def test_execute_gives_nothing_for_an_invalid_notebook(monkeypatch):
    def error(name, message, traceback=None):
        return {"output_type": "error", "ename": 5}

    monkeypatch.setattr(execution, "error", error)
    job = made({"tiny_relu": f"{RIGHT['tiny_relu']}\nimport time\ntime.sleep(9)"})
    result = execute(job)
    assert result.key == job.key
    assert points(result) == [0, 0, 0]
    assert [each.weight for each in result.findings if each.kind == "invalid"] == ["failure"]
    assert told(result, "timeout")
    nbformat.validate(nbformat.from_dict(result.notebook))


@pytest.mark.parametrize("content", [{"a": float("nan")}, {"a": "\ud800"}, {"a": object()}])
def test_why_invalid_names_what_no_file_can_hold(content):
    notebook = {**execute_nothing(), "metadata": content}
    assert execution._why_invalid(execute_nothing()) is None
    assert execution._why_invalid(notebook)


def execute_nothing():
    return {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def test_execute_writes_what_a_function_says_in_halves_of_characters():
    says = "def relu(x):\n    raise ValueError('half \\ud800')"
    replaced = f"""{RIGHT["tiny_output_size"]}
import json
from cnn_lab.classroom.marking import in_kernel
_session = get_ipython().kernel.session
_session.pack = lambda content: json.dumps(content, default=str).encode()
def _evidence(*answer, **options):
    raise ValueError(chr(0xd800) + "x" * 100_000)
in_kernel.evidence = _evidence"""
    result = execute(made({"tiny_relu": says, "tiny_output_size": replaced}))
    assert points(result) == [1, 0, 0]
    ((cell, text),) = told(result, "evidence")
    assert cell == "tiny_check_output_size"
    assert "ValueError" in text and len(text) < 1000
    assert json.dumps(result.notebook, ensure_ascii=False).encode("utf-8")
    assert told(result, "invalid") == []


def test_execute_connects_to_no_socket_of_the_machine(tmp_path):
    tmp_path.chmod(0o755)
    link = f"""{PREDICTED}
import glob, os
_folder, = glob.glob("/run/kernel/*")
_session = type(get_ipython().kernel.session)
_send = _session.send
def _without_idle(self, stream, kind, content=None, *more, **options):
    if kind == "status" and content["execution_state"] == "idle":
        _session.send = _send
        return
    return _send(self, stream, kind, content, *more, **options)
_session.send = _without_idle
for _name in glob.glob(_folder + "/k-*"):
    os.unlink(_name)
    os.symlink({str(tmp_path / "s")!r}, _name)"""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        listening.settimeout(0.5)
        result = execute(made({"tiny_predict": link, "tiny_relu": RIGHT["tiny_relu"] + "\n3 + 4"}))
        with pytest.raises(TimeoutError):
            listening.accept()
    assert points(result) == [1, 2, 4]
    assert cell_of(result, "tiny_relu")["outputs"][-1]["data"]["text/plain"] == "7"


def test_execute_within_a_running_loop_and_without_a_sandbox():
    async def inside():
        return execute(made({"tiny_relu": "1 / 0"}, sandbox=False))

    assert points(asyncio.run(inside())) == [1, 0, 4]


def test_key_of_a_job():
    job = made()
    assert pickle.loads(pickle.dumps(job)).key == job.key
    assert replace(job, student="bob", seed=8).key == job.key
    others = [
        made({"tiny_relu": "relu = abs"}),
        replace(job, limits=Limits()),
        replace(job, sandbox=False),
        replace(job, files={"a.txt": b"1"}),
        replace(job, source=solved(SOURCE, {"tiny_check_relu": "checks.relu(relu).worth(9)"})),
    ]
    assert len({job.key, *(other.key for other in others)}) == len(others) + 1


def test_result_from_json_that_is_none():
    with pytest.raises(ValueError, match="not a result"):
        Result.from_json('{"key": "k"}')


def test_judged_says_what_an_answer_that_could_not_be_tried_may_mean():
    cell = execution.graded_cells.GradedCell("relu", ("relu",), 2)
    answer = {"status": "error", "ename": "AttributeError", "evalue": "no attribute 'gather'"}
    output, (finding,) = judging_cells.judged(cell, answer, seed=1)
    assert "may have changed something" in output["data"]["text/html"]
    assert finding.text == (
        "The answer to relu could not be tried: the notebook has changed something that the check "
        "needs, or taken it away (AttributeError: no attribute 'gather')."
    )


def test_check_that_fails_is_the_teachers_concern(monkeypatch):
    def fails(*arguments, **options):
        raise RuntimeError("no verdict")

    monkeypatch.setattr(type(checks.relu), "verdict", fails)
    text = judging_cells.Evidence("relu", "strange", True).to_json()
    cell = execution.graded_cells.GradedCell("relu", ("relu",), 2)
    answer = {"status": "ok", "data": {judging_cells.KIND: text}}
    output, (finding,) = judging_cells.judged(cell, answer, seed=1)
    assert output["data"]["text/plain"] == "0"
    assert (finding.kind, finding.weight) == ("check failed", "failure")
    assert "no verdict" in finding.text


@pytest.mark.parametrize(
    "answer",
    [
        None, {}, {"status": "ok"}, {"status": "ok", "data": []}, {"status": 3, "ename": []},
        {"status": "ok", "data": {judging_cells.KIND: "{}"}},
        {"status": "error", "ename": "NameError", "evalue": "name 'other' is not defined"},
    ],
)
def test_judged_suspects_strange_answers(answer):
    cell = execution.graded_cells.GradedCell("relu", ("relu",), 2)
    output, (finding,) = judging_cells.judged(cell, answer, seed=1)
    assert output["data"]["text/plain"] == "0"
    assert (finding.kind, finding.weight) == ("evidence", "warning")

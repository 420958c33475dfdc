"""Processes for marking: limited, tidied up, and as many as there are machines."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from small_class import tiny_lesson

from cnn_lab.classroom.assignment import source_of
from cnn_lab.classroom.marking import scores, workers
from cnn_lab.classroom.marking.gradebook import Course, MarkingError
from cnn_lab.classroom.marking.jobs import Job
from cnn_lab.classroom.marking.limits import Limits
from cnn_lab.classroom.marking.marking import mark
from cnn_lab.classroom.marking.workers import Call, Dask, Exceeded, Local, Worker, WorkerError

pytestmark = pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning")
MIB = 1 << 20
IN_THE_BACKGROUND = "sleep 543 >/dev/null 2>&1 & echo $!"


@pytest.fixture(scope="module")
def worker():
    with Worker(preloaded=()) as made:
        yield made


def gone(pid, seconds=10):
    """Wait until a process is gone; return whether it is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_do_returns_what_the_function_returns(worker):
    assert worker.do(Call("operator:add", (2, 3), 10)) == 5
    large = os.urandom(3 * MIB)
    assert worker.do(Call("operator:concat", (large, b"!"), 10)) == large + b"!"


def test_do_raises_what_the_function_raises_in_words(worker):
    with pytest.raises(WorkerError, match="TypeError: unsupported operand"):
        worker.do(Call("operator:add", (2, "drei"), 10))
    with pytest.raises(WorkerError, match="no_such_module"):
        worker.do(Call("no_such_module:f", (), 10))
    with pytest.raises(WorkerError, match="SystemExit"):
        worker.do(Call("sys:exit", (0,), 10))


def test_each_call_has_a_process_of_its_own(worker):
    pids = {worker.do(Call("os:getpid", (), 10)) for _ in range(3)}
    assert len(pids) == 3
    assert os.getpid() not in pids


def test_do_ends_what_takes_too_long(worker):
    with pytest.raises(Exceeded, match=r"longer than 1 seconds"):
        worker.do(Call("time:sleep", (500,), 1))
    assert worker.do(Call("operator:add", (2, 3), 10)) == 5


def test_do_ends_what_takes_too_much_memory(worker):
    with pytest.raises(Exceeded, match=r"more memory than 0\.2 GiB"):
        worker.do(Call("operator:mul", (b"x", 2000 * MIB), 60, memory=200 * MIB))
    assert worker.do(Call("operator:add", (2, 3), 10)) == 5


def test_do_survives_a_crash(worker):
    with pytest.raises(WorkerError, match="ended by itself"):
        worker.do(Call("os:_exit", (3,), 10))
    with pytest.raises(WorkerError, match="SIGABRT"):
        worker.do(Call("os:abort", (), 10))
    assert worker.do(Call("operator:add", (2, 3), 10)) == 5


def test_a_machine_that_starts_no_kernel_gives_no_result(worker):
    limits = Limits(process_memory=32 * MIB)  # in which Python cannot even begin
    job = Job(source_of(tiny_lesson()), source_of(tiny_lesson()), "ada", "tiny", limits)
    with pytest.raises(WorkerError, match="KernelNotStarted: the kernel did not start"):
        worker.do(Call("cnn_lab.classroom.marking.execution:execute", (job,), 60))


def test_a_server_prepares_what_its_children_need_once(tmp_path, monkeypatch):
    (tmp_path / "needy.py").write_text(
        "import os\n\ndone = []\n\n\ndef prepare():\n    done.append(os.getpid())\n\n\n"
        "def prepared():\n    return done\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with Worker(preloaded=("needy",)) as made:
        server = made.do(Call("os:getppid", (), 10))
        assert [made.do(Call("needy:prepared", (), 10)) for _ in range(2)] == [[server]] * 2


def test_what_a_call_prints_is_no_answer(worker):
    assert worker.do(Call("os:system", ("echo hello; echo hello >&2",), 10)) == 0
    assert worker.do(Call("builtins:print", ("hello",), 10)) is None


def test_what_a_call_leaves_behind_is_ended(worker):
    pid = int(worker.do(Call("subprocess:getoutput", (IN_THE_BACKGROUND,), 10)))
    assert gone(pid, seconds=0.5)
    with pytest.raises(Exceeded):
        worker.do(Call("subprocess:getoutput", ("setsid sleep 544; true",), 1))
    assert ["sleep", "544"] not in [p.info["cmdline"] for p in psutil.process_iter(["cmdline"])]


def test_a_killed_server_is_told_and_replaced(worker):
    server = worker.do(Call("os:getppid", (), 10))
    os.kill(server, signal.SIGKILL)
    with pytest.raises(WorkerError, match="ended from outside"):
        worker.do(Call("operator:add", (2, 3), 10))
    assert worker.do(Call("operator:add", (2, 3), 10)) == 5


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_when_the_caller_is_killed(number):
    code = f"""
from {workers.__name__} import *
worker = Worker(())
print(worker.do(Call("os:getppid", (), 10)), flush=True)
worker.do(Call("time:sleep", (500,), 500))
"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as caller:
        server = int(caller.stdout.readline())
        while not psutil.Process(server).children():
            time.sleep(0.02)
        [child] = psutil.Process(server).children()
        caller.send_signal(number)
    assert gone(server)
    assert gone(child.pid)


def test_local_does_all_calls_and_takes_them_when_they_are_due():
    taken = []

    def calls():
        for number in range(9):
            taken.append(number)
            yield number, Call("operator:truediv", (12, number), 10)

    with Local(2, preloaded=()) as pool:
        found = {}
        for number, outcome in pool.each(calls()):
            found[number] = outcome
            assert len(taken) <= len(found) + 4
    assert isinstance(found.pop(0), WorkerError)
    assert found == {number: 12 / number for number in range(1, 9)}


def test_local_ends_at_once_when_it_is_left():
    begun = time.monotonic()
    with Local(2, preloaded=()) as pool:
        calls = [("short", Call("operator:add", (1, 1), 10))]
        calls += [(n, Call("time:sleep", (300,), 300)) for n in range(3)]
        assert next(pool.each(calls)) == ("short", 2)
    assert time.monotonic() - begun < 30


@pytest.fixture(scope="module")
def cluster():
    """Return the address of a Dask scheduler with two workers, and these processes."""
    pytest.importorskip("distributed", reason="Dask is missing: pip install distributed")
    code = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=True,
                           dashboard_address=None, silence_logs=50)
    print(cluster.scheduler_address, *[w.process.pid for w in cluster.workers.values()], flush=True)
    sys.stdin.read()
    cluster.close()
"""
    command = [sys.executable, "-W", "ignore", "-c", code]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:
        address, *pids = process.stdout.readline().split()
        yield address, [int(pid) for pid in pids]
        process.stdin.close()


def test_dask_gives_the_work_of_a_killed_worker_to_another(cluster):
    address, pids = cluster
    calls = [(number, Call("time:sleep", (0.4,), 20)) for number in range(10)]
    found, killed = [], False
    with Dask(address) as pool:
        for number, outcome in pool.each(calls):
            assert outcome is None
            found.append(number)
            if not killed:
                os.kill(pids[0], signal.SIGKILL)
                killed = True
    assert sorted(found) == list(range(10))


def test_a_class_is_marked_though_a_machine_is_lost(cluster, course, submit):
    address, pids = cluster
    students = [f"student-{number}" for number in range(5)]
    for student in students:
        answer = f"def relu(x):\n    # {student}\n    return np.maximum(x, 0)"
        submit(course, student, {"tiny_relu": answer})
    said = []

    def say(text):
        if not said:
            os.kill(pids[1], signal.SIGKILL)
        said.append(text)

    outcome = mark(Course(course.path), course.assignment, jobs=1, scheduler=address, say=say)
    assert sorted(outcome.marked) == students
    assert not outcome.failed
    with Course(course.path).gradebook() as book:
        found = scores.automatic(book, course.assignment)
    relu = {cells[course.assignment]["tiny_check_relu"] for cells in found.values()}
    assert (len(found), relu) == (5, {2.0})


def test_a_scheduler_that_is_not_there_is_told(course, submit):
    submit(course, "ada")
    with pytest.raises(MarkingError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9: "):
        mark(Course(course.path), course.assignment, scheduler="tcp://127.0.0.1:9", say=str)


def test_dask_tells_what_failed(cluster):
    address, _ = cluster
    with Dask(address) as pool:
        raises, late = Call("operator:truediv", (1, 0), 20), Call("time:sleep", (9,), 1)
        found = dict(pool.each([("no", raises), ("late", late)]))
    assert "ZeroDivisionError" in str(found["no"])
    assert isinstance(found["late"], Exceeded)

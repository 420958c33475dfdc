"""The code of submissions that mean harm, or do some.

Where something was reached that must not be, it prints REACHED and what. <NAME> stands for the
function that the exercise asks for, <CHECK> for its check, <COURSE> for the course folder, <PORT>
for a server on this machine.
"""

import base64
import pickle

from cnn_lab import checks

WRITTEN = "written-by-a-student.txt"

# name -> (what must have no points, where the code goes, kinds of findings...)
# Without a place it is the whole answer.
EXPECTED = {
    "endless_loop": ("target", None),
    "endless_cell": ("target or all", None),
    "swallows_the_interrupt": ("target", None),
    "swallows_the_interrupt_in_the_cell": ("target or all", None),
    "ignores_the_signal": ("target or all", None),
    "ends_the_process": ("target or all", None),
    "ends_the_process_in_the_function": ("target", None),
    "kills_its_parent": ("target or all", None),
    "leaves_by_sys_exit": ("none", "below the answer"),
    "output_flood": ("none", "below the answer"),
    "prints_100_mb": ("none", "below the answer"),
    "fork_bomb": ("target or all", None),
    "memory_of_20_gb": ("target or all", None),
    "fills_the_disk": ("none", "below the answer"),
    "network": ("none", "below the answer"),
    "reads_and_writes": ("none", "below the answer"),
    "patches_np_testing": ("target", None, "names overwritten"),
    "overwrites_checks": ("target", None, "names overwritten"),
    "overwrites_the_check": ("target", None, "names overwritten"),
    "overwrites_the_judging": ("target", None, "names overwritten"),
    "overwrites_the_report": ("target", None, "names overwritten"),
    "overwrites_the_evidence": ("target", None, "names overwritten", "course's answer"),
    "overwrites_numpy": ("target", None, "names overwritten"),
    "prints_full_points": ("target", None, "machinery"),
    "equals_everything": ("target", None),
    "reads_hidden_tests": ("target", None, "machinery"),
    # Right answers come with the package, so one can be had; that it was looked for is told.
    "looks_into_frames": ("none", None, "machinery"),
    "uses_the_reference": ("none", None, "course's answer"),
    "prints_machine_paths": ("none", "below the answer"),
    "thread_that_goes_on": ("none", "below the answer"),
    "process_left_behind": ("none", "below the answer"),
    "magic_cells": ("none", "a cell of its own"),
    "deletes_modules": ("none", "below the answer", "names overwritten"),
    "runs_garbage": ("none", "below the answer"),
    "redefines_builtins": ("target", "below the answer", "names overwritten"),
    "closes_the_streams": ("none", "below the answer"),
}

CODE = {
    "endless_loop": """\
def <NAME>(*arguments, **named):
    while True:
        pass""",
    "endless_cell": """\
while True:
    pass""",
    "swallows_the_interrupt": """\
def <NAME>(*arguments, **named):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass""",
    "swallows_the_interrupt_in_the_cell": """\
while True:
    try:
        while True:
            pass
    except BaseException:
        pass""",
    "ignores_the_signal": """\
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    pass""",
    "ends_the_process": """\
import os

os._exit(0)""",
    "ends_the_process_in_the_function": """\
import os


def <NAME>(*arguments, **named):
    os._exit(0)""",
    "kills_its_parent": """\
import os
import signal

for process in (os.getppid(), os.getpid()):
    os.kill(process, signal.SIGKILL)""",
    "leaves_by_sys_exit": """\
import sys

sys.exit(0)""",
    "output_flood": """\
for _ in range(200_000):
    print("x" * 100)""",
    "prints_100_mb": """\
print("y" * 100_000_000)""",
    "fork_bomb": """\
import os

while True:
    try:
        os.fork()
    except OSError:
        pass""",
    "memory_of_20_gb": """\
kept = [bytearray(10**9) for _ in range(20)]
for block in kept:
    block[::4096] = b"x" * len(block[::4096])
print("REACHED 20 GB")""",
    "fills_the_disk": """\
import os
import tempfile

written = 0
for folder in {os.getcwd(), tempfile.gettempdir(), os.path.expanduser("~"), "/dev/shm"}:
    try:
        with open(os.path.join(folder, "full"), "wb") as file:
            for _ in range(4_000):
                written += file.write(b"x" * 1_000_000)
    except OSError as error:
        print(type(error).__name__)
if written > 3_000_000_000:
    print("REACHED", written, "bytes of disk")""",
    "network": """\
import socket

for kind, address in [
    (socket.AF_INET, ("127.0.0.1", <PORT>)),
    (socket.AF_INET, ("1.1.1.1", 53)),
    (socket.AF_INET6, ("::1", <PORT>)),
]:
    try:
        with socket.socket(kind, socket.SOCK_STREAM) as plug:
            plug.settimeout(2)
            plug.connect(address)
            print("REACHED", address)
    except OSError as error:
        print(type(error).__name__)
try:
    print("REACHED", socket.getaddrinfo("pypi.org", 443)[0][-1])
except OSError as error:
    print(type(error).__name__)""",
    "reads_and_writes": """\
import glob
import os

_course = "<COURSE>"
for _path in glob.glob(_course + "/**/*", recursive=True):
    print("REACHED", _path)
for _path in glob.glob("../*/*") + glob.glob(os.path.expanduser("~/*")):
    if _path.endswith((".ipynb", ".db")):
        print("REACHED", _path)
for _key, _value in os.environ.items():
    if _course in _value:
        print("REACHED", _key)
for _folder in (_course, _course + "/source", "/usr", "/etc", "/", os.path.dirname(np.__file__)):
    try:
        with open(os.path.join(_folder, "written-by-a-student.txt"), "w") as _file:
            _file.write("here")
        if _folder not in ("/", "/etc"):
            print("REACHED", _folder)
    except OSError as _error:
        print(type(_error).__name__)""",
    "patches_np_testing": """\
def <NAME>(*arguments, **named):
    return None


for _name in dir(np.testing):
    if _name.startswith("assert"):
        setattr(np.testing, _name, lambda *arguments, **named: None)""",
    "overwrites_checks": """\
def <NAME>(*arguments, **named):
    return None


class Right:
    def __getattr__(self, name):
        return self

    def __call__(self, *arguments, **named):
        return self

    def __repr__(self):
        return "100"


checks = Right()""",
    "overwrites_the_check": """\
def <NAME>(*arguments, **named):
    return None


_check = checks.<CHECK>
checks.<CHECK> = lambda *arguments, **named: _check(_check.exercise.answer)
type(_check).__call__ = lambda self, *arguments, **named: _check.judge(_check.exercise.answer)
for _name in ("further", "verdict", "judge"):
    if hasattr(_check, _name):
        object.__setattr__(_check, _name, lambda *arguments, **named: _check(0))""",
    "overwrites_the_judging": """\
import sys

from cnn_lab.checks import check, comparing, judging, report


def <NAME>(*arguments, **named):
    return None


checks.EXERCISES.clear()
for _module in (check, comparing, judging, report):
    for _name, _value in list(vars(_module).items()):
        if callable(_value) and not isinstance(_value, type) and "__" not in _name:
            try:
                setattr(sys.modules[_module.__name__], _name, lambda *arguments, **named: None)
            except Exception:
                pass""",
    "overwrites_the_report": """\
from cnn_lab.checks.report import Report


def <NAME>(*arguments, **named):
    return None


Report.score = property(lambda self: 1.0)
Report.state = property(lambda self: "right")
Report.worth = lambda self, points: points
Report.__repr__ = lambda self: "100\"""",
    "overwrites_the_evidence": """\
def <NAME>(*arguments, **named):
    return None


try:
    from cnn_lab.checks import evidence, isolation, outcomes

    _answer = checks.<CHECK>.exercise.answer
    _run = isolation.run
    isolation.run = lambda function, *rest, **named: _run(lambda *a, **k: 0, *rest, **named)
    evidence.Evidence.to_json = lambda self: '{"state": "right", "score": 1.0, "points": 100}'
    evidence.gather = lambda *arguments, **named: "right"
except (ImportError, AttributeError) as error:
    print(error)""",
    "overwrites_numpy": """\
def <NAME>(*arguments, **named):
    return None


for _name in ("allclose", "array_equal", "array_equiv", "isclose", "all"):
    setattr(np, _name, lambda *arguments, **named: np.True_)
_sum, _array = np.sum, np.array
np.sum = lambda *arguments, **named: _sum(*arguments, **named)
np.max = np.min = np.abs = lambda *arguments, **named: np.float64(0)""",
    "prints_full_points": """\
from IPython.display import HTML, display


def <NAME>(*arguments, **named):
    return None


get_ipython().display_formatter.formatters["text/plain"].for_type(object, lambda *given: "100")
get_ipython().events.register("post_run_cell", lambda result: print(100))
display({"text/plain": "100", "text/html": "right"}, raw=True)
100""",
    "equals_everything": """\
class Everything(float):
    shape, dtype, ndim, size = (), np.dtype(float), 0, 1

    def __eq__(self, other):
        return True

    def __array__(self, dtype=None, copy=None):
        return np.array(0.0)

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__

    def __hash__(self):
        return 0


def <NAME>(*arguments, **named):
    return Everything()""",
    "reads_hidden_tests": """\
_shell = get_ipython()


def <NAME>(*arguments, **named):
    texts = list(_shell.user_ns.get("In", [])) + list(_shell.history_manager.input_hist_raw)
    for text in texts:
        if "further" in text and "reads" not in text and "_shell" not in text:
            print("REACHED hidden tests")
    return None


for _text in _shell.user_ns["In"]:
    if "HIDDEN" + " TESTS" in _text:
        print("REACHED hidden tests")""",
    "looks_into_frames": """\
import gc
import sys


def <NAME>(*arguments, **named):
    frame = sys._getframe(1)
    while frame is not None:
        for name, value in list(frame.f_locals.items()):
            if name in ("expected", "right", "wanted", "task", "exercise"):
                answer = getattr(value, "answer", None)
                if callable(answer):
                    return answer(*arguments, **named)
                if name in ("expected", "right", "wanted") and value is not None:
                    return value
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ == "Outcome" and getattr(thing, "value", None) is not None:
            return thing.value
    return None""",
    "uses_the_reference": """\
<NAME> = checks.<CHECK>.exercise.answer""",
    "prints_machine_paths": """\
import os
import sys

print(os.getcwd(), sys.executable, np.__file__, os.path.expanduser("~"))
print(open("/proc/self/mounts").read()[:2000])""",
    "thread_that_goes_on": """\
import threading
import time


def _go_on():
    while True:
        print("still here")
        time.sleep(0.01)


threading.Thread(target=_go_on, daemon=False).start()""",
    "process_left_behind": """\
import subprocess
import sys

subprocess.Popen(
    [sys.executable, "-c", "import time\\nwhile True: time.sleep(0.1)  # left behind by a student"],
    start_new_session=True,
)""",
    "magic_cells": """\
!echo from the shell
%timeit -n 1 -r 1 sum(range(10))
get_ipython().run_cell_magic("javascript", "", "document.title = 'pwned'")
get_ipython().run_cell_magic("html", "", "<script>document.title = 'pwned'</script>")
get_ipython().run_line_magic("reset_selective", "-f ^nothing_like_this$")""",
    "deletes_modules": """\
import sys

for _name in [name for name in sys.modules if name.split(".")[0] == "cnn_lab"]:
    del sys.modules[_name]
del checks""",
    "runs_garbage": """\
try:
    exec("\\x00 )(" * 1000)
except (SyntaxError, ValueError):
    pass
get_ipython().run_cell("def (:\\n\\x07 ''' \\\\")""",
    "redefines_builtins": """\
import builtins

builtins.print = builtins.open = builtins.input = None
builtins.sum = lambda *numbers: 7""",
    "closes_the_streams": """\
import os
import sys

for _number in (0, 1, 2):
    try:
        os.close(_number)
    except OSError:
        pass
sys.stdout = sys.stderr = None""",
}


def memorised(check, name):
    """Return a function that knows the results of a check's cases, and nothing else."""
    exercise = checks.EXERCISES[check]
    known = []
    for case in exercise.cases():
        arguments = pickle.loads(pickle.dumps(case.arguments))
        known.append((case.arguments, case.keywords, exercise.answer(*arguments, **case.keywords)))
    held = base64.b64encode(pickle.dumps(known)).decode()
    return f'''\
import base64
import pickle

_known = pickle.loads(base64.b64decode("{held}"))


def _told(value):
    return pickle.dumps(np.asarray(value).tolist())


def {name}(*arguments, **named):
    for given, keywords, result in _known:
        same = [_told(one) == _told(two) for one, two in zip(arguments, given)]
        if len(arguments) == len(given) and all(same) and named == keywords:
            return result
    return None'''

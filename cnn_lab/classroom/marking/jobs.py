"""What is to be executed, and what came of it: both can be sent to another process or machine."""

import hashlib
import json
import platform
from dataclasses import asdict, dataclass, field
from functools import cached_property
from importlib import metadata

import cnn_lab
from cnn_lab.classroom.ipynb import grading
from cnn_lab.classroom.marking.findings import Finding
from cnn_lab.classroom.marking.limits import Limits

FORMAT = 3  # changes whenever the same submission may get another result


@dataclass(frozen=True)
class Job:
    """One submission to run; it can be pickled.

    Attributes
    ----------
    notebook : dict
        What was sent, repaired: plain JSON of format 4.5.
    source : dict
        The assignment's notebook, with hidden tests.
    student, assignment : str
    limits : Limits
    sandbox : bool
        Whether the kernel runs in a sandbox.
    seed : int
        Decides on the further cases; secret.
    files : dict of str to bytes
        Other files of the submission, by their paths in its folder.
    """

    notebook: dict
    source: dict
    student: str
    assignment: str
    limits: Limits = field(default_factory=Limits)
    sandbox: bool = True
    seed: int = 0
    files: dict = field(default_factory=dict)

    @cached_property
    def key(self):
        """A hash of all that decides on the result, but for the seed; not of the student's name."""
        packages = {name: metadata.version(name) for name in ("ipykernel", "numpy")}
        decides = {
            "format": FORMAT,
            "notebook": [_essence(cell) for cell in self.notebook["cells"]],
            "source": [_essence(cell) for cell in self.source["cells"]],
            "limits": asdict(self.limits),
            "sandbox": self.sandbox,
            "files": {n: hashlib.sha256(c).hexdigest() for n, c in sorted(self.files.items())},
            "versions": {
                "cnn_lab": cnn_lab.__version__, "python": platform.python_version(), **packages
            },
        }
        text = json.dumps(decides, sort_keys=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Result:
    """What came of a job.

    Attributes
    ----------
    key : str
        That of the job.
    notebook : dict
        Executed; format 4.5.
    findings : tuple of Finding
    seconds : float
        How long it took.
    """

    key: str
    notebook: dict
    findings: tuple
    seconds: float

    def to_json(self):
        """Return it as a text in ASCII."""
        findings = [finding.to_dict() for finding in self.findings]
        return json.dumps({**vars(self), "findings": findings})

    @classmethod
    def from_json(cls, text):
        """Return the result of such a text.

        Raises
        ------
        ValueError
            If it is none.
        """
        data = json.loads(text)
        try:
            findings = tuple(Finding.from_dict(each) for each in data.pop("findings"))
            return cls(**data, findings=findings)
        except (AttributeError, KeyError, TypeError) as fault:
            raise ValueError(f"not a result: {fault!r}") from fault


def _essence(cell):
    course = cell["metadata"].get("cnn_lab")
    return [cell.get("id"), cell["cell_type"], cell["source"], grading(cell), course]

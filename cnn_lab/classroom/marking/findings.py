"""What a teacher should know about a submission, each fact in a sentence."""

from dataclasses import asdict, dataclass

WEIGHTS = ("note", "warning", "failure")


@dataclass(frozen=True)
class Finding:
    """One thing that was found while a submission was marked.

    Attributes
    ----------
    kind : str
        One or two words for sorting and for programs: "cell restored".
    text : str
        A sentence for the teacher.
    cell : str or None
        The grade id or the id of the cell in question.
    weight : {"note", "warning", "failure"}
        A note needs nobody; a warning asks the teacher to look; after a failure something could not
        be marked.
    """

    kind: str
    text: str
    cell: str | None = None
    weight: str = "note"

    def __post_init__(self):
        if self.weight not in WEIGHTS:
            raise ValueError(f"weight must be one of {WEIGHTS}, not {self.weight!r}")
        for name in ("text", "cell"):
            if isinstance(text := getattr(self, name), str):
                object.__setattr__(self, name, writable(text))

    def to_dict(self):
        """Return it as plain data, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data):
        """Return the finding of such data.

        Parameters
        ----------
        data : dict

        Returns
        -------
        Finding

        Raises
        ------
        ValueError
            If these are not the data of a finding.
        """
        try:
            finding = cls(**data)
        except TypeError as error:
            raise ValueError(f"not a finding: {error}") from error
        texts = (finding.kind, finding.text, finding.cell or "")
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("a finding's kind, text and cell must be strings")
        return finding


def writable(text):
    """Return a text that a file in UTF-8 can hold; names of files may hold other bytes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")

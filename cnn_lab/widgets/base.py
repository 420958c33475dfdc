"""What all widgets share: how they speak with the browser, what they show without one.

The browser draws, the kernel computes. A widget's traits are its state on both sides. Where
something must be computed the browser sets its inputs and raises `req`; the one observer here runs
`compute` and sets `ack` to the same number, whatever came of it. An error in `compute`, be it in
the learner's own function, goes into `error`, which the page shows.

A widget also has a picture and a sentence for pages without a kernel, and `to_html` writes a page
on which everything is alive that needs no kernel.
"""

import os
from functools import cache
from pathlib import Path

import anywidget
import traitlets

from cnn_lab.widgets.pages import joined, page

FOLDER = Path(__file__).parent
SHARED = ("common.js", "controls.js", "grid.js")  # of every widget; the later need the earlier


@cache
def source(name):
    """Return the text of a file that lies beside this module."""
    return (FOLDER / name).read_text(encoding="utf-8")


def module(name):
    """Return one ES module, made of the shared files and a widget's own.

    A page loads it from memory, where it cannot import its neighbours.
    """
    return joined([source(each) for each in SHARED], source(name))


class LabWidget(anywidget.AnyWidget):
    """A widget of the course.

    Subclasses set ``_esm = module("name.js")``, give their inputs and outputs as traits with
    ``sync=True``, and write `compute`, `describe` and `preview`.

    Attributes
    ----------
    req, ack : int
        Number of the newest request, and of the one last answered.
    error : str
        What went wrong in the kernel, one line; empty when all is well.
    """

    _css = source("common.css")
    req = traitlets.Int(0).tag(sync=True, echo_update=False)
    ack = traitlets.Int(0).tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)

    def compute(self):
        """Work the outputs out of the inputs."""

    def describe(self):
        """Return one sentence with the current numbers, for those who do not see the picture."""
        return ""

    def preview(self):
        """Return a `Figure` of `cnn_lab.plots` that shows the current state, or None."""
        return None

    def answer(self):
        """Run `compute`; an exception becomes the `error` that the page shows."""
        with self.hold_sync():
            try:
                self.compute()
            except Exception as error:  # in a handler it would vanish
                self.error = _told(error)
            else:
                self.error = ""

    @traitlets.observe("req")
    def _on_request(self, change):
        with self.hold_sync():
            self.answer()
            self.ack = change.new

    def to_html(self, path):
        """Write a page that opens by itself, offline; all is alive but what the kernel computes.

        Parameters
        ----------
        path : path
            Where to write it; replaced if it is there.

        Returns
        -------
        Path
        """
        path = Path(path)
        path.write_text(page(self), encoding="utf-8")
        return path

    def __repr__(self):
        sentence = self.describe()
        return f"{type(self).__name__}: {sentence}" if sentence else type(self).__name__

    def _repr_mimebundle_(self, **options):
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None:
            return None
        data, metadata = bundle
        data = {**data, "text/plain": repr(self)}
        figure = None if os.environ.get("CNN_LAB_MARKING") else self.preview()
        if figure is not None:
            figure.alt = repr(self)
            picture, facts = figure._repr_mimebundle_()
            data, metadata = {**picture, **data}, {**metadata, **facts}
        return data, metadata


def _told(error):
    """Return one line about an exception; a function that is still to be written is no mistake."""
    name, words = type(error).__name__, str(error)
    if isinstance(error, NotImplementedError) and not words:
        words = "your function is not written yet. Write it, then run this cell again."
        return f"{name}: {words}"
    told = " ".join(f"{name}: {words}".split())[:300].removesuffix(":")
    return told + _where(error.__traceback__)


def _where(traceback):
    """Say in which line of the learner's code it happened, and what to do; empty for our own."""
    own, place = str(FOLDER.parent), ""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(own) and "site-packages" not in code.co_filename:
            name = "your function" if "<" in code.co_name else code.co_name
            place = f", in line {traceback.tb_lineno} of {name}"
        traceback = traceback.tb_next
    return place and f"{place}. Mend it, then run its cell and this one again."

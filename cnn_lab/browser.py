"""Python in a web browser: whether it is, and the files that lie beside the page there.

The browser edition runs the course in Pyodide [1]_. Its package leaves out the training images,
10 MB that most lessons never read; they lie among the files of the site instead.

References
----------
.. [1] The Pyodide development team, "Pyodide: a Python distribution for the browser",
   https://pyodide.org
"""

import gzip
import sys
from pathlib import Path

__all__ = ["IN_BROWSER", "at_most", "bring"]

IN_BROWSER = sys.platform == "emscripten"


def at_most(pictures, in_browser=2000):
    """Return how many pictures to train on: as many as asked for, in a browser fewer.

    NumPy multiplies matrices there without BLAS, on one core: ten times slower, or more.

    Parameters
    ----------
    pictures : int
    in_browser : int
        The most in a browser.

    Returns
    -------
    int

    Examples
    --------
    >>> at_most(1500)
    1500
    """
    return min(pictures, in_browser) if IN_BROWSER else pictures


def bring(path):
    """Fetch a file of the site's folder ``static/data`` and put it where it is expected.

    Outside a browser, and when the file is there, nothing happens.

    Parameters
    ----------
    path : path
        The file; its name is that in the site's folder.

    Raises
    ------
    OSError
        If the site does not answer with the file; the message names its address.
    """
    path = Path(path)
    if not IN_BROWSER or path.exists():
        return
    import js  # the page's own objects, and Pyodide's

    address = _site(str(js.self.location.href)) + f"static/data/{path.name}"
    request = js.XMLHttpRequest.new()
    request.open("GET", address, False)  # waits for the answer, which a worker may do
    request.responseType = "arraybuffer"
    try:
        request.send()
    except Exception as error:
        raise OSError(f"{address} cannot be fetched: is the network there?") from error
    if request.status != 200:
        raise OSError(f"{address} cannot be fetched: the answer was {request.status}")
    content = request.response.to_bytes()
    if path.suffix == ".gz" and content[:2] != b"\x1f\x8b":
        if content[:2] != b"\0\0":  # some hosts answer a page that says so, with status 200
            raise OSError(f"{address} cannot be fetched: the answer is no gzip file")
        # The host called the packing an encoding, so the browser has unpacked it.
        content = gzip.compress(content, compresslevel=1)
    path.write_bytes(content)


def _site(address):
    """Return the address of the site to which the kernel's own script belongs."""
    for folder in ("extensions/", "static/pyodide/"):
        before, found, _ = address.partition("/" + folder)
        if found:
            return before + "/"
    raise OSError(f"no site is known to which {address} belongs")

"""Serve the built site on this machine, with the types that a browser insists on."""

import functools
import http.server
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

TYPES = {
    ".ipynb": "application/json",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".whl": "application/zip",
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files; says nothing of those that are there."""

    protocol_version = "HTTP/1.1"
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | TYPES

    def end_headers(self):
        """Have browsers ask each time whether they have the newest."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_request(self, code="-", size="-"):
        """Tell only what went wrong."""
        if int(code) >= 400:
            super().log_request(code, size)


def serve(folder, port):
    """Serve a folder until Ctrl-C; return the exit status."""
    if not (Path(folder) / "index.html").is_file():
        print(f"There is no site in {folder}: build it first (make site).", file=sys.stderr)
        return 1
    handler = functools.partial(Handler, directory=folder)
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except (OSError, OverflowError) as error:
        print(
            f"Port {port} of this machine is not to be had ({error}). Another one:"
            ' make site-serve SITE_ARGS="--port 8001", or --port 0 for any that is free.',
            file=sys.stderr,
        )
        return 1
    with server:
        print(f"http://127.0.0.1:{server.server_port}/ shows the site; Ctrl-C ends it.", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


@contextmanager
def served(folder, handler=Handler):
    """Serve a folder in the background, on a free port; the value is its address."""
    handler = functools.partial(handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()

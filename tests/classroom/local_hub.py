"""A JupyterHub on free ports of this machine, and its users, who speak HTTP as a browser does."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import requests

PATIENCE = 120  # seconds, for a machine with much else to do
CONFIG = """\
c = get_config()
load_subconfig({trial!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}"
c.JupyterHub.hub_port = {ports[1]}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[2]}"
"""


@contextmanager
def running(folder):
    """Run the trial hub in a folder that `write_hub` has made; give its address."""
    ports = _free_ports(3)
    config = folder / "state" / "on_free_ports.py"
    config.write_text(CONFIG.format(trial=str(folder / "trial_config.py"), ports=ports))
    program = Path(sys.executable).with_name("jupyterhub")
    log, address = folder / "state" / "log", f"http://127.0.0.1:{ports[0]}"
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    with open(log, "w") as file:
        hub = subprocess.Popen(
            [program, "-f", config],
            cwd=folder,
            env=environment,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        _wait(lambda: _answers(f"{address}/hub/api/"), hub, log)
        yield address
    except BaseException:
        print(log.read_text()[-6000:])
        raise
    finally:
        hub.terminate()  # it ends the proxy and the servers
        try:
            hub.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(hub.pid, signal.SIGKILL)
            hub.wait()


def _free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _answers(address):
    try:
        return requests.get(address, timeout=5).ok
    except requests.ConnectionError:
        return False


def _wait(is_ready, hub, log):
    end = time.monotonic() + PATIENCE
    while not is_ready():
        if hub.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"JupyterHub does not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


class User:
    """Somebody who logs in to the hub, and works on a server of their own.

    Parameters
    ----------
    address : str
        Of the hub.
    name, password : str
    """

    def __init__(self, address, name, password):
        self.address, self.name = address, name
        self.browser = requests.Session()
        login = f"{address}/hub/login"
        self.browser.get(login, timeout=PATIENCE)
        form = {"username": name, "password": password, "_xsrf": self._token("/hub/")}
        answer = self.browser.post(
            login, params={"next": "/hub/home"}, data=form, timeout=PATIENCE
        )
        self.is_in = answer.ok and "/hub/home" in answer.url

    def _token(self, path):
        found = [c.value for c in self.browser.cookies if c.name == "_xsrf" and c.path == path]
        return found[-1] if found else ""

    def start(self):
        """Have the hub start the server, and return when it answers."""
        self.browser.get(f"{self.address}/hub/spawn/{self.name}", timeout=PATIENCE)
        end = time.monotonic() + PATIENCE
        while not self.get("lab").url.startswith(f"{self.address}/user/"):  # else still the hub
            if time.monotonic() > end:
                raise RuntimeError(f"the server of {self.name} does not start")
            time.sleep(0.5)
        return self

    def get(self, path, user=None, **options):
        """Ask a server, one's own if no other is named."""
        address = f"{self.address}/user/{user or self.name}/{path}"
        return self.browser.get(address, timeout=PATIENCE, **options)

    def send(self, path, method="POST", **body):
        """Send JSON to one's own server; return the JSON that it answers."""
        answer = self.browser.request(
            method,
            f"{self.address}/user/{self.name}/{path}",
            json=body,
            headers={"X-XSRFToken": self._token(f"/user/{self.name}/")},
            timeout=PATIENCE,
        )
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[:1000]}"
        return answer.json()

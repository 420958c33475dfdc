"""What the files of the example say. `example.write_hub` fills in what stands in braces."""

HUB = '''\
"""A JupyterHub for one course, to start from. Root starts it: jupyterhub -f <this file>

Everybody has an account on this machine, and works under it. What students may not see is kept
from them by the permissions of files: see README.md.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 (JupyterHub brings it)
here = Path(__file__).resolve().parent
programs = Path(sys.executable).parent  # JupyterHub, JupyterLab and the course in one environment
state = here / "state"
course = Path({course!r})


def names(file):
    lines = (here / file).read_text(encoding="utf-8").splitlines()
    return {{line.strip() for line in lines if line.strip() and not line.startswith("#")}}


teachers, students = names("teachers.txt"), names("students.txt")

c.JupyterHub.bind_url = "http://127.0.0.1:8000"  # for others only behind HTTPS: see README.md
c.JupyterHub.db_url = f"sqlite:///{{state / 'jupyterhub.sqlite'}}"
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.ConfigurableHTTPProxy.command = [str(programs / "configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")

c.Authenticator.allowed_users = teachers | students  # they log in as on the machine itself

c.Spawner.cmd = [str(programs / "jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = c.Spawner.http_timeout = 120  # seconds: a class comes all at once


def before_start(spawner):
    """Give a server its role: teachers have Formgrader and the course folder, students have not."""
    is_teacher = spawner.user.name in teachers
    folders = [here / ("for_teachers" if is_teacher else "for_students"), here / "for_everyone"]
    spawner.environment = {{
        **spawner.environment,
        "COURSE_ROLE": "teacher" if is_teacher else "student",
        "JUPYTER_CONFIG_PATH": os.pathsep.join(map(str, folders)),
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)]),
    }}
    if is_teacher:
        spawner.notebook_dir = str(course)


c.Spawner.pre_spawn_hook = before_start
'''

TRIAL = '''\
"""The same hub to try out on one's own machine: jupyterhub -f <this file>

It needs no accounts and no root. Everybody works under your account, so nothing is kept from
anybody. All log in with the password in state/password. Never let anybody else reach this hub.
"""

import os
from pathlib import Path

c = get_config()  # noqa: F821 (JupyterHub brings it)
here = Path(__file__).resolve().parent
load_subconfig(str(here / "jupyterhub_config.py"))  # noqa: F821

c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = (here / "state" / "password").read_text(encoding="utf-8").strip()
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(here / "homes" / "{{username}}")
give_role = c.Spawner.pre_spawn_hook


def before_start(spawner):
    """Let nbgrader take the name in the hub for the student's, as all have one account."""
    give_role(spawner)
    folders = [str(here / "for_trial"), spawner.environment["JUPYTER_CONFIG_PATH"]]
    spawner.environment["JUPYTER_CONFIG_PATH"] = os.pathsep.join(folders)
    if os.getuid() == 0:
        spawner.args = [*spawner.args, "--allow-root"]


c.Spawner.pre_spawn_hook = before_start
'''

FOR_EVERYONE = '''\
"""nbgrader for everybody on the hub: the course, and the folder for handing out and in."""

c = get_config()  # noqa: F821 (nbgrader brings it)
c.CourseDirectory.course_id = {course_id!r}
c.Exchange.root = {exchange!r}
'''

FOR_TEACHERS = '''\
"""nbgrader for teachers on the hub: where the course folder lies."""

c = get_config()  # noqa: F821 (nbgrader brings it)
c.CourseDirectory.root = {course!r}
'''

FOR_TRIAL = '''\
"""nbgrader on the hub for trying out, where all have the same account."""

import os

c = get_config()  # noqa: F821 (nbgrader brings it)
if os.environ["COURSE_ROLE"] == "student":
    c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]
c.ExchangeCollect.check_owner = False
'''

SERVER_OF_STUDENTS = """\
{{
  "ServerApp": {{
    "jpserver_extensions": {{
      "nbgrader.server_extensions.course_list": false,
      "nbgrader.server_extensions.formgrader": false
    }}
  }}
}}
"""

LAB_OF_STUDENTS = """\
{{
  "disabledExtensions": {{
    "@jupyter/nbgrader:course-list": true,
    "@jupyter/nbgrader:create-assignment": true,
    "@jupyter/nbgrader:formgrader": true
  }}
}}
"""

TEACHERS = """\
# Who teaches: the names of their accounts, one a line.
{teachers}
"""

STUDENTS = """\
# Who learns: the names of their accounts, one a line. JupyterHub reads this when it starts.
{students}
"""

README = """\
# A JupyterHub for the course

An example to start from, for a class on one machine with Linux: students work in the browser, fetch
assignments, hand in and get their feedback there; the teacher has Formgrader. Everything is
JupyterHub's and nbgrader's own; these files only put it together.

## Try it out

    jupyterhub -f {hub}/trial_config.py

Open http://127.0.0.1:8000 and log in with a name out of `teachers.txt` or `students.txt` and the
password in `state/password`. This needs no accounts and no root. Everybody runs under your account
and could read everything, so it is for yourself alone.

## For a class

1. **Software.** Python, this course and JupyterHub in one environment that everybody can read, in
   `/opt`, say: `pip install 'cnn-lab[lab,classroom]' jupyterhub configurable-http-proxy`. The proxy
   of that name on PyPI is a rewrite in Python; JupyterHub's own needs Node.js (`npm install -g
   configurable-http-proxy`) and is what large hubs use.
2. **Accounts.** One for each student and for the teacher (`adduser`); their names in `students.txt`
   and `teachers.txt`. Who starts the hub again has the new list.
3. **Folders.** The course folder `{course}` belongs to the teacher, and nobody else may read it:
   `chown -R {teacher} {course}` and `chmod 700 {course}`. This folder `{hub}` belongs to root, and
   everybody may read it, but not `state/`. `{hub}/exchange` is open to all (mode 777): nbgrader
   makes folders in it in which students can put their work, but not list that of others.
4. **HTTPS.** Put a web server with a certificate in front of port 8000 (Nginx, Caddy: see
   JupyterHub's documentation, "Using a reverse proxy"). Passwords must not travel without it.
5. **Start** it as root: `jupyterhub -f {hub}/jupyterhub_config.py`; a service of systemd keeps it
   running.

## The way of an assignment

1. The teacher makes it (`cnn-lab assignment`), then in Formgrader: Generate, Release.
2. Students: Nbgrader > Assignment List > Fetch; they work; Validate; Submit, as often as they like.
3. The teacher: Collect in Formgrader, then in a terminal of the hub, in the course folder:
   `cnn-lab mark ASSIGNMENT`. Formgrader's Autograde marks one at a time, in the same way.
4. Formgrader: look at what was marked, Generate Feedback, Release Feedback.
5. Students: Assignment List > Fetch Feedback.

## What it does not do

- What students run is limited only by the machine: with many of them use JupyterHub's
  SystemdSpawner, DockerSpawner or Kubernetes, which limit memory and processor time. nbgrader's
  exchange then needs one folder that all servers share.
- In that folder, who hands in is known by the owner of the files; nbgrader warns when the name is
  another's. Where all servers run as one account (containers), use an exchange service instead.
- Several teachers share one account, or see nbgrader's documentation on
  `CourseDirectory.groupshared`.
- Marking needs bubblewrap, and namespaces for the teacher's account: `cnn-lab mark` says if not.
"""

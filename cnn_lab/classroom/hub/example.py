"""Write the files of an example JupyterHub for a course."""

import os
import secrets
from pathlib import Path

from cnn_lab.classroom.hub import files
from cnn_lab.classroom.ipynb import replace_file

FILES = {
    "README.md": files.README,
    "jupyterhub_config.py": files.HUB,
    "trial_config.py": files.TRIAL,
    "teachers.txt": files.TEACHERS,
    "students.txt": files.STUDENTS,
    "for_everyone/nbgrader_config.py": files.FOR_EVERYONE,
    "for_teachers/nbgrader_config.py": files.FOR_TEACHERS,
    "for_trial/nbgrader_config.py": files.FOR_TRIAL,
    "for_students/jupyter_server_config.json": files.SERVER_OF_STUDENTS,
    "for_students/labconfig/page_config.json": files.LAB_OF_STUDENTS,
}


class HubError(Exception):
    """Why no hub can be written; the message is for the teacher."""


def write_hub(folder, course, course_id, *, teachers=("teacher",), students=("ada", "bob")):
    """Write what is missing of an example hub.

    Parameters
    ----------
    folder : path
        Where the hub keeps its files; made if need be.
    course : path
        The course folder.
    course_id : str
        nbgrader's name of the course.
    teachers, students : sequence of str
        Names of accounts, to begin with.

    Returns
    -------
    dict of str to bool
        For each file whether it was written; one that is there stays as it is.

    Raises
    ------
    HubError
        If it cannot be written there, or JupyterHub knows no such names.
    """
    folder, course = Path(folder).resolve(), Path(course).resolve()
    for name in (*teachers, *students):
        if not name or name != name.strip().lower() or any(sign in name for sign in "/+*\n"):
            raise HubError(f"{name!r} is no name of an account: small letters and digits, please")
    if folder == course or course in folder.parents:
        raise HubError("the hub needs a folder outside of the course, which students cannot read")
    known = {
        "hub": str(folder),
        "course": str(course),
        "course_id": course_id,
        "exchange": str(folder / "exchange"),
        "teacher": teachers[0],
        "teachers": "\n".join(teachers),
        "students": "\n".join(students),
    }
    try:
        return _write(folder, {name: text.format(**known) for name, text in FILES.items()})
    except OSError as error:
        raise HubError(f"cannot write {error.filename}: {error.strerror}") from error


def _write(folder, texts):
    """Write the files that are missing, and make the folders that only a running hub fills."""
    written = {}
    for name, text in texts.items():
        written[name] = not (folder / name).exists()
        if written[name]:
            replace_file(folder / name, text.encode())
    for name, mode in (("exchange", 0o777), ("state", 0o700)):
        if not (folder / name).is_dir():
            (folder / name).mkdir()
            os.chmod(folder / name, mode)  # mkdir heeds the umask
    password = folder / "state" / "password"
    if not password.exists():
        replace_file(password, f"{secrets.token_urlsafe(12)}\n".encode())
        os.chmod(password, 0o600)
    return written

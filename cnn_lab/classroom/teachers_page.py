"""What a new course folder says: the page for the teacher, settings of nbgrader and of git."""

import json
import re

CONFIG = '''\
"""How nbgrader works in this folder. The file is yours; cnn-lab never writes it again."""

from cnn_lab.classroom import settings

c = get_config()  # noqa: F821 (nbgrader brings it)
settings.apply(c, __file__)  # how the course is made, marked and given back: keep this line

# The course's name in the gradebook, and on a JupyterHub: it stays, also if the folder is renamed.
c.CourseDirectory.course_id = "course"

# Lines of your own go below, and win. Some that teachers need, without effect as they stand:
#
# The folder through which JupyterHub's users hand out and hand in:
# c.Exchange.root = "/srv/nbgrader/exchange"
#
# A database on a server, in place of the file gradebook.db:
# (pip install psycopg2-binary first)
# c.CourseDirectory.db_url = "postgresql+psycopg2://teacher:password@localhost/grades"
#
# No points for what comes after the due date:
# c.LateSubmissionPlugin.penalty_method = "zero"
#
# Or a tenth of the points off for each day begun:
# from nbgrader.plugins import BasePlugin
#
# class TenthPerDay(BasePlugin):
#     def late_submission_penalty(self, student_id, score, total_seconds_late):
#         return min(score, score * 0.1 * -(-total_seconds_late // 86400))
#
# c.AssignLatePenalties.plugin_class = TenthPerDay
#
# More time for each cell of the students, in seconds:
# c.Marking.cell = 30.0
#
# How Moodle names the files of "Download all submissions", for nbgrader zip_collect:
# c.FileNameCollectorPlugin.named_regexp = (
#     r".*/(?P<first_name>[^/]+)_(?P<student_id>[0-9]+)_assignsubmission_file_?/?(?P<file_id>[^/]+)"
# )
'''



def config(folder):
    """Return the text of ``nbgrader_config.py`` for a new course in a folder."""
    name = re.sub(r"[^\w.-]+", "-", folder.resolve().name) or "course"
    return CONFIG.replace('course_id = "course"', f"course_id = {json.dumps(name)}")


IGNORED = """\
# What belongs to students, and what can be made again, is not for a repository.
.ipynb_checkpoints/
__pycache__/
/autograded/
/downloaded/
/feedback/
/gradebook.db*
/grades*.csv
/marking/
/release/
/reports/
/submitted/
"""

_PAGE = """\
# Marking a class

This folder is a course for [nbgrader](https://nbgrader.readthedocs.io). The way from a lesson to
the grades has five steps. Type the commands in a terminal, **in this folder**. Wherever `{name}`
stands, put the name of your assignment: the name of its folder in `source/`.

Before the first time, install what marking needs, in the folder of the course itself, where its
`constraints.txt` lies, and bubblewrap, which keeps the submissions apart:

    .venv/bin/pip install --constraint constraints.txt --editable '.[lab,classroom]'
    sudo apt install bubblewrap

Then, in each new terminal, make the course's programs known, with the path of that folder:
`. /path/to/the/course/.venv/bin/activate`. To see the whole way with an invented class first, say
`cnn-lab demo-class /tmp/class`.

## 1. Take a lesson

    cnn-lab assignment {number} --course .
    nbgrader generate_assignment {name}

The first line puts the lesson with its solutions into `source/{name}/`. You may change the notebook
there: texts, solutions, points. For the points start `jupyter lab` here, open the notebook, and
take Nbgrader > Create assignment from the menu: what stands there counts, and `.worth(...)` follows
it. The second line makes `release/{name}/`, without solutions and without hidden tests. After a
change to the source, say it again with `--force`; if there are marks already, mark again, also what
was handed in with the older version.

If there is a due date, tell it to nbgrader, with the time zone:

    nbgrader db assignment add {name} --duedate="2030-11-30 23:59 UTC"

If you change it, or the penalty in `nbgrader_config.py`, when there are marks already, mark again
with `--again`.

## 2. Hand it out

Give students everything in `release/{name}/`, as you give them other files. Each needs the course,
installed as its README says; the notebook may lie in any folder but the workbook, whose lessons
have the same names. All its cells run before anything is solved, and each check tells the student
at once what is wrong, and how many points there are for what is right. Its parts weigh the same.

On a JupyterHub say `nbgrader release_assignment {name}`; students find it in the menu under
Nbgrader > Assignment List. `cnn-lab hub DIR` writes an example of such a hub.

## 3. Collect

Put what a student has sent to

    submitted/<student>/{name}/{name}.ipynb

where `<student>` is a short name, or a number, by which you know the student. A file
`timestamp.txt` beside it, with one line such as `2030-11-30 22:15:00 UTC`, says when it came;
without it nothing is late.

From Moodle: put the archive of "Download all submissions" into `downloaded/{name}/archive/`, take
the number signs away from the lines about Moodle in `nbgrader_config.py`, and say

    nbgrader zip_collect {name}

For other platforms nbgrader's documentation tells how to write these lines. On a JupyterHub say
`nbgrader collect {name}`.

Names and e-mail addresses, for the tables of grades, are told to nbgrader once, at any time; for a
class, `nbgrader db student import class.csv` reads the columns id, first_name, last_name and email:

    nbgrader db student add ada --first-name=Ada --last-name=Lovelace --email=ada@example.org

## 4. Mark

    cnn-lab mark {name} --course .

A line for each student says how many points there are. `reports/{name}.html` has the points of each
exercise and, in sentences, whatever you should look at. Say it again when more work has come in, or
when it was interrupted: what is marked already is not marked again.

To read a notebook, add a comment or give other points, start `jupyter lab` here and take Nbgrader >
Formgrader > Manual Grading from the menu. What you enter there stays when you mark again, also if
the student has handed in something new: the report then asks you to look whether it still holds.

What was handed in last counts, also if it is late. To let an earlier version count, copy it back
and mark again; it lies in a folder of its own, with the points and comments that you gave it:

    cp marking/{name}/<student>/history/001/{name}.ipynb submitted/<student>/{name}/
    cp marking/{name}/<student>/history/001/timestamp.txt submitted/<student>/{name}/

## 5. Give back

    nbgrader generate_feedback {name} --force
    cnn-lab grades {name} --course . --for moodle

The first line writes a page for each student, `feedback/<student>/{name}/{name}.html`: the
notebook, its points, and the reports of the checks. Send it to the student; on a JupyterHub say
`nbgrader release_feedback {name}`. The second line prints the grades as a table, and
`--output grades.csv` writes it to a file. `cnn-lab grades --help` lists the learning platforms.

## What is done for you

- A part of an exercise that is right has its points, and the student reads what is wrong with the
  rest. Each function is asked once more with other numbers of the same shapes, so remembering the
  results of the visible check is not enough.
- Whatever was sent is read: notebooks of other editors and older formats, lost or changed check
  cells, other file names. What had to be repaired stands in the report.
- Each notebook runs in a sandbox of its own, without a network and without a sight of this folder,
  of your files, and of what others sent. Time, memory, processes and disk are limited. An endless
  loop costs a student the points of that exercise, and nobody else anything.
- Results are judged outside of the sandbox, so a notebook that overwrites the checks, or functions
  of NumPy, gains nothing by it.
- Cells of a lesson that train for long, and that no exercise needs, are left out.
- Marking that was killed goes on where it was. Every version that was marked is kept in `marking/`.

## What nothing prevents

- That students copy from each other, from the lessons, whose solutions are public, or let somebody
  or something else write their answers. Nothing here compares submissions.
- That an answer calls a function of the course, or of another package, that does the whole work,
  or lets such a function answer in its place. The report warns where it sees this, but it can be
  hidden.
- That the right values of a prediction are passed on: there are no other numbers to ask for. Give
  such exercises few points.
- That the sandbox has a hole. Linux keeps the submissions apart: bring it up to date, and mark on a
  machine, or as a user, with nothing to lose. `cnn-lab mark --unsafe` does without the sandbox: for
  notebooks only that you would run by hand.

What is left to you is to read: how an answer is written, what the report asks you to look at, and
whether the points seem just.

## What lies here

| | |
|---|---|
| `source/` | your assignments, with solutions: keep them to yourself |
| `release/` | what students get |
| `submitted/` | what students sent |
| `autograded/` | the same, executed and marked |
| `feedback/` | a page for each student |
| `gradebook.db` | all points and comments; make copies of it |
| `marking/`, `reports/` | what marking found: for programs, and for you |
| `.assignments/` | how your sources were written; leave it there |
| `nbgrader_config.py` | settings, with room for yours: due dates, databases, JupyterHub |
"""


def text(names):
    """Return the page for the teacher, in Markdown.

    Parameters
    ----------
    names : list of str
        The assignments; the first stands in the commands.

    Returns
    -------
    str
    """
    name = names[0]
    return _PAGE.format(name=name, number=name.partition("_")[0])

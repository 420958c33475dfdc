"""``cnn-lab grades``: write the grades of a class as a table for a learning platform."""

import sys
from pathlib import Path

PLATFORMS = ("plain", "spreadsheet", "moodle", "canvas", "blackboard", "brightspace")
EXPLAINED = """\
forms:
  plain        a row per student and assignment, for programs (as "nbgrader export", and quoted)
  spreadsheet  a row per student, for Excel and LibreOffice
  moodle       for Grades > Import > CSV file; map "Username" or "Email address" to the user
  canvas       for Gradebook > Import; the students' ids are their SIS login IDs
  blackboard   for Grade Center > Upload; give the title that a download has for the column
  brightspace  for Grades > Enter grades > Import; new grade items can be made from it
"""


def add(commands):
    """Add the command to the parser's ``commands``."""
    from argparse import RawDescriptionHelpFormatter

    command = commands.add_parser(
        "grades",
        help="write the grades of a class as a table for a learning platform",
        description="Write the grades in nbgrader's gradebook as a table (CSV): points with your\n"
        "corrections, less the penalty for late submissions.",
        epilog=EXPLAINED,
        formatter_class=RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "assignments",
        nargs="*",
        metavar="ASSIGNMENT",
        help="the name of an assignment, or its beginning (default: all)",
    )
    command.add_argument(
        "--course",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the course folder (default: this folder)",
    )
    command.add_argument(
        "--for", dest="platform", choices=PLATFORMS, default="plain", help="the form of the table"
    )
    command.add_argument(
        "--output", type=Path, metavar="FILE", help="write it there (default: print it)"
    )
    command.add_argument(
        "--title",
        action="append",
        default=[],
        metavar="ASSIGNMENT=TITLE",
        help="what the platform calls an assignment; can be given several times",
    )
    command.add_argument(
        "--missing",
        choices=("empty", "zero"),
        default="empty",
        help="the grade of somebody who handed in nothing (default: empty)",
    )
    command.set_defaults(run=run)


def run(options):
    """Do it, and return the exit status."""
    from cnn_lab.classroom.course import CourseError, assignments_meant

    try:
        assignments_meant(options.course, [])  # is it a course at all? nbgrader takes seconds
    except CourseError as error:
        print(f"cnn-lab grades: {error}", file=sys.stderr)
        return 1
    try:
        from cnn_lab.classroom import grades
        from cnn_lab.classroom.ipynb import replace_file
        from cnn_lab.classroom.marking.gradebook import Course, MarkingError
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("cnn_lab"):
            raise
        print(
            f"cnn-lab grades needs {error.name}: pip install 'cnn-lab[classroom]'", file=sys.stderr
        )
        return 1
    try:
        course = Course(options.course)
        with course.gradebook() as gradebook:
            found = grades.from_gradebook(gradebook, options.assignments)
        titles = _titles(options.title, found)
        missing = {"empty": "", "zero": "0"}[options.missing]
        table = grades.to_csv(found, options.platform, titles=titles, missing=missing)
        handed_in = {name: course.students(name) for name in found.most}
        remarks = [line for name in found.most for line in of_records(course, name)]
        if options.output is None:
            sys.stdout.write(table.decode("utf-8-sig").replace("\r\n", "\n"))
        else:
            replace_file(options.output, table)
    except (grades.GradesError, MarkingError) as error:
        print(f"cnn-lab grades: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        reason = error.strerror or error
        print(f"cnn-lab grades: cannot write {options.output}: {reason}", file=sys.stderr)
        return 1
    for line in [*warnings(found, handed_in), *remarks]:
        print(line, file=sys.stderr)
    if options.output is not None:
        students, assignments = len(found.students), len(found.most)
        print(
            f"{students} student{'s' * (students != 1)},"
            f" {assignments} assignment{'s' * (assignments != 1)}: {options.output}"
        )
    return 0


def warnings(grades, handed_in):
    """Say in lines what is not in the grades yet.

    Parameters
    ----------
    grades : Grades
    handed_in : dict of str to sequence of str
        For each assignment, the students who have handed something in.

    Returns
    -------
    list of str
    """
    lines = []
    for name in grades.most:
        unmarked = [student for student in handed_in[name] if (name, student) not in grades.found]
        by_hand = [student for (of, student), g in grades.found.items() if of == name and g.by_hand]
        if unmarked:
            lines.append(f"{name}: handed in, but not marked: {', '.join(unmarked)}")
        if by_hand:
            lines.append(f"{name}: answers wait for your points: {', '.join(sorted(by_hand))}")
    return lines


def of_records(course, name):
    """Say in lines which points of an assignment are not what they seem.

    Parameters
    ----------
    course : Course
    name : str
        The assignment.

    Returns
    -------
    list of str
    """
    from cnn_lab.classroom.marking import records, submission, versions

    loaded = {who: records.load(course.folder, name, who) for who in course.students(name)}
    found = {student: record for student, record in loaded.items() if record is not None}
    faulty = [student for student, record in found.items() if record["state"] != "marked"]
    lines = []
    if faulty:
        lines.append(f"{name}: could not be read or run, and have 0 points: {', '.join(faulty)}")
    try:
        tests = versions.tests_of(submission.sources(course.path("source", ".", name)))
    except (OSError, ValueError):  # it is not here any more
        return lines
    older = [student for student, record in found.items() if versions.is_outdated(record, tests)]
    if older:
        lines.append(
            f"{name}: {len(older)} marked before the points or tests were changed:"
            f" say cnn-lab mark {name}"
        )
    return lines


def _titles(given, found):
    from cnn_lab.classroom.grades import GradesError

    titles = {}
    for text in given:
        name, sign, title = text.partition("=")
        fitting = [known for known in found.most if known.startswith(name)]
        if not (sign and title and name and len(fitting) == 1):
            there = ", ".join(found.most)
            raise GradesError(f"--title ASSIGNMENT=TITLE: {text!r} fits none of {there}")
        titles[fitting[0]] = title
    return titles

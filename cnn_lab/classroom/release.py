"""What ``nbgrader generate_assignment`` does with a source, so that students get the course's copy.

nbgrader's own steps run, with two of the course: the solutions give way to the same stubs as in the
learner's workbook, with which every cell of a lesson runs, and a check is worth what the teacher's
points for its cell say.
"""

from nbgrader import utils
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearSolutions, NbGraderPreprocessor

from cnn_lab.classroom.assignment import with_points
from cnn_lab.classroom.learners_copy import BEGIN, without_solutions


class MatchPoints(NbGraderPreprocessor):
    """Let a check say the points that its cell has in nbgrader, which the teacher may change."""

    def preprocess_cell(self, cell, resources, index):
        """Change one cell."""
        if utils.is_grade(cell) and cell.cell_type == "code":
            cell.source = with_points(cell.source, cell.metadata.nbgrader["points"])
        return cell, resources


class CourseStubs(ClearSolutions):
    """Replace solutions by the stubs of the course; a cell without markers gets nbgrader's."""

    def preprocess_cell(self, cell, resources, index):
        """Change one cell.

        Raises
        ------
        ValueError
            If markers do not come in pairs, or stand in a cell that nbgrader does not know as a
            solution, or what is left is no Python.
        """
        if not any(line.strip() == BEGIN for line in cell.source.split("\n")):
            return super().preprocess_cell(cell, resources, index)
        if not utils.is_solution(cell):
            raise ValueError(f"cell {index + 1} holds {BEGIN!r}, but is no solution cell")
        try:
            cell.source = without_solutions(cell.source, code=cell.cell_type == "code")
        except ValueError as error:
            raise ValueError(f"cell {index + 1}: {error}") from error
        return cell, resources


def preprocessors():
    """List the steps of ``generate_assignment``: nbgrader's, with those of the course."""
    steps = GenerateAssignment.class_traits()["preprocessors"].default()
    return [MatchPoints, *(CourseStubs if step is ClearSolutions else step for step in steps)]

"""Tell an untouched stub from a function in which somebody has begun to write."""

import ast
import inspect
import textwrap


def is_stub(function):
    """Tell whether a function does nothing but raise ``NotImplementedError``.

    Parameters
    ----------
    function : callable

    Returns
    -------
    bool
        Also True where the source text cannot be read.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except Exception:  # no source, or an object that answers no questions
        return True
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        return True
    written = [each for each in tree.body[0].body if not _says_nothing(each)]
    return len(written) <= 1


def _says_nothing(statement):
    """Tell whether it is a docstring, an ellipsis or ``pass``."""
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant or isinstance(statement, ast.Pass)

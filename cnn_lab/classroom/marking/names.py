"""Which names the code of a cell binds, whether it is Python or not quite."""

import ast
import re
import warnings

LARGEST = 100_000  # characters that are read as Python; an answer has a few thousand
_MAGIC = re.compile(r"^([ \t]*)[%!?].*$", re.MULTILINE)
_BINDING = re.compile(
    r"^(?:async[ \t]+def|def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]{0,80})?=(?!=)", re.MULTILINE
)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def tree_of(text):
    """Return the syntax tree of a cell; None if it is no Python, or too long to be an answer.

    Parameters
    ----------
    text : str
        Lines of IPython (``%magic``, ``!command``) count as ``pass``.

    Returns
    -------
    ast.Module or None
    """
    if len(text) > LARGEST or text.lstrip().startswith("%%"):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an escape sequence that does not exist, say
            return ast.parse(_MAGIC.sub(r"\1pass", text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def bound(text):
    """Return the names that a cell binds where a notebook's cells share them.

    Parameters
    ----------
    text : str

    Returns
    -------
    set of str
        Of code that is no Python, what lines at its margin look like.

    Examples
    --------
    >>> sorted(bound("import numpy as np\\ndef f(x):\\n    y = x"))
    ['f', 'np']
    >>> bound("def f(x)\\n    return x")
    {'f'}
    """
    tree = tree_of(text)
    if tree is None:
        return {name for match in _BINDING.findall(text[:LARGEST]) for name in match if name}
    return {name for node in shared(tree) for name in _names_of(node)}


def shared(tree):
    """List the nodes of a cell that are not inside a function, a class or a comprehension."""
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _DEFINITIONS + _SCOPES):
            waiting += ast.iter_child_nodes(node)


def _names_of(node):
    if isinstance(node, _DEFINITIONS):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return [node.id]
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        return [node.name]
    return []

"""Read the student's code for what a teacher would want to look at.

None of it changes a score. A student who means to hide something from this can.
"""

import ast
import re

from cnn_lab.classroom.marking.findings import Finding
from cnn_lab.classroom.marking.names import shared, tree_of

_REFERENCES = ("cnn_lab.reference", "cnn_lab.checks.exercises", "cnn_lab.checks.exercise")
_MODULES = ("reference", "convolution", "network", "pooling", "losses", "layers", "models")
# A function from one of these does a whole exercise.
_READY = ("convolution", "layers", "network", "losses", "gradient_check")
_LIBRARIES = ("np", "numpy", "checks", "cnn_lab", "builtins")
_GUARDED = ("numpy", "cnn_lab", "builtins", "IPython", "nbgrader")  # whose insides nobody replaces
_SHARED_NAMES = ("np", "numpy", "checks", "get_ipython")
_MACHINERY = ("_getframe", "get_objects", "get_referrers", "currentframe", "f_back", "f_globals")
_BY_NAME = ("get_ipython", "__import__")
_HISTORY = ("In", "Out", "_ih", "_oh", "_i", "_ii", "_iii", "history_manager", "input_hist_raw")


def suspicions(parts, cells):
    """List what in the student's code asks for a look.

    Parameters
    ----------
    parts : list of Part
    cells : list of Sent
        In their final order.

    Returns
    -------
    list of Finding
        One of a kind for each cell.
    """
    answers = {name for part in parts if part.role == "answer" for name in part.names}
    paths = {part: _own_paths(part.solution) for part in parts}
    ready = _ready_made(parts)
    findings = []
    for cell in cells:
        part = cell.part
        if cell.type != "code" or (part and (part.role == "locked" or part.is_given(cell.text))):
            continue
        label = part.label if part else cell.id
        tree = tree_of(cell.text)
        allowed = {path for each in parts if each.names & cell.names for path in paths[each]}
        found = _in_text(cell.text) if tree is None else _in_tree(tree, answers, allowed)
        if tree is not None and not (part and part.role == "plain"):
            found |= _rebound(cell.names & set(_SHARED_NAMES), tree)
        if part and part.role == "answer":
            found |= _taken_over(cell.text, tree, ready - _names_in(tree_of(part.solution)))
        findings += [
            Finding(kind, f"{label!r} {_SAYS[kind]}: {what}.", label, "warning")
            for kind, what in sorted(found.items())
        ]
    return findings


_SAYS = {
    "course's answer": "uses the course's own answer",
    "names overwritten": "overwrites what the checks or the libraries define",
    "machinery": "looks into the notebook's machinery",
    "complete lesson": "has the marks of a solution in the complete lesson",
}


def _ready_made(parts):
    """Return the names that the lesson itself imports, and that do whole exercises."""
    trees = [tree_of(part.text) for part in parts if part.type == "code" and part.role != "answer"]
    return {
        alias.asname or alias.name
        for tree in trees
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cnn_lab.")
        if node.module.split(".")[1] in _READY
        for alias in node.names
    }


def _names_in(tree):
    return {node.id for node in (ast.walk(tree) if tree else ()) if isinstance(node, ast.Name)}


def _taken_over(text, tree, ready):
    """Return what an answer leaves to the course: a function that is ready, or a whole solution."""
    found = {}
    used = sorted(_names_in(tree) & ready)
    if used:
        found["course's answer"] = used[0]
    if "### BEGIN SOLUTION" in text:
        found["complete lesson"] = "### BEGIN SOLUTION"
    return found


def _own_paths(solution):
    """Return the dotted names that the teacher's own answer uses."""
    tree = tree_of(solution)
    nodes = ast.walk(tree) if tree else ()
    return {tuple(_path(node)) for node in nodes if isinstance(node, ast.Attribute)}


def _in_tree(tree, answers, allowed):
    """Return the kinds of suspicion in a cell, each with the first expression that shows it."""
    nodes = sorted(ast.walk(tree), key=lambda node: getattr(node, "lineno", 0))
    found, libraries = {}, {*_LIBRARIES, *_imported(nodes)}
    for node in nodes:
        if isinstance(node, ast.Attribute) and tuple(_path(node)) in allowed:
            continue
        for kind, test in _TESTS.items():
            if kind not in found and test(node, answers, libraries):
                found[kind] = _shown(node)
    return found


def _imported(nodes):
    """Return the names that a cell gives to modules, classes and functions of the libraries."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                module = getattr(node, "module", None) or alias.name
                if module.split(".")[0] in _GUARDED:
                    names.add(alias.asname or alias.name.split(".")[0])
    return names


def _shown(node):
    try:
        text = " ".join(ast.unparse(node).split())
    except (RecursionError, ValueError):
        return "a long expression"
    return text if len(text) <= 80 else text[:77] + "..."


def _uses_answer(node, answers, libraries):
    if isinstance(node, ast.ImportFrom):
        module, names = node.module or "", {alias.name for alias in node.names}
        inside = module == "cnn_lab" or module.startswith("cnn_lab.")
        known = answers | {"reference", "EXERCISES", "exercises", "*"}
        return inside and (module.startswith(_REFERENCES) or bool(names & known))
    if isinstance(node, ast.Import):
        return any(alias.name.startswith(_REFERENCES) for alias in node.names)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value.startswith(_REFERENCES)
    if not isinstance(node, ast.Attribute):
        return False
    path = _path(node)
    if path[:1] == ["checks"] and len(path) > 2:
        return path[2] in ("exercise", "_judge", "answer_source", "agrees")
    return path[-1] == "EXERCISES" or _is_answer(path, answers)


def _is_answer(path, answers):
    """Tell whether ``module.name`` is the course's own version of an answer."""
    if path[-1] not in answers or not path[0]:
        return False
    return (path[:1] == ["cnn_lab"] and "checks" not in path) or path[-2] in _MODULES


def _overwrites(node, answers, libraries):
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        path = _path(node)
        return path[0] in libraries or path[:2] == ["sys", "modules"] or path[-1] == "__code__"
    if isinstance(node, ast.Call):
        path = _path(node.func)
        if path in (["setattr"], ["delattr"]) and node.args:
            path = _path(node.args[0])
            return path[0] in libraries or path[:2] == ["sys", "modules"]
        return path[:2] == ["sys", "modules"] and path[-1] in ("pop", "update", "clear")
    return False


def _rebound(names, tree):
    """Return what binds a name of the libraries to something else than the library."""
    for node in shared(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            usual = {"np": "numpy", "numpy": "numpy", "checks": "cnn_lab", "get_ipython": "IPython"}
            for alias in node.names:
                bound_to = alias.asname or alias.name.split(".")[0]
                module = getattr(node, "module", None) or alias.name
                if bound_to in names and module.split(".")[0] != usual[bound_to]:
                    return {"names overwritten": _shown(node)}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in names:
            return {"names overwritten": f"{node.id} = ..."}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names:
            return {"names overwritten": f"{node.name}"}
    return {}


def _looks_inside(node, answers, libraries):
    if isinstance(node, ast.Call) and node.args:
        return _computes_a_name(_path(node.func), node.args, libraries)
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return _path(node)[0] in libraries
    if isinstance(node, ast.Attribute):
        return node.attr in _MACHINERY + _HISTORY or node.attr == "ast_transformers"
    if isinstance(node, ast.Name):
        return isinstance(node.ctx, ast.Load) and node.id in (*_HISTORY, *_BY_NAME)
    return False


def _computes_a_name(function, arguments, libraries):
    """Tell whether a call fetches what a name hides: a module, or something in one."""
    first = arguments[0]
    if function[-1] == "import_module":
        if not isinstance(first, ast.Constant):
            return True
        name = first.value if isinstance(first.value, str) else ""
        return name.split(".")[0] == "cnn_lab" and not name.startswith(_REFERENCES)
    if function == ["vars"]:
        return True
    if function == ["getattr"] and _path(first)[0] in libraries:
        return len(arguments) > 1 and not isinstance(arguments[1], ast.Constant)
    return False


_TESTS = {
    "course's answer": _uses_answer,
    "names overwritten": _overwrites,
    "machinery": _looks_inside,
}


def _in_text(text):
    """Do the same, roughly, for code that is no Python."""
    match = re.search(r"cnn_lab\.reference|EXERCISES|\.exercise\.answer", text)
    return {"course's answer": match.group()} if match else {}


def _path(node):
    """Return ["np", "testing", "f"] for ``np.testing.f``; an index is "[]", a call and such ""."""
    path = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        path.append(node.attr if isinstance(node, ast.Attribute) else "[]")
        node = node.value
    path.append(node.id if isinstance(node, ast.Name) else "")
    return path[::-1]

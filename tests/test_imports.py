"""The arrows between the modules of the package, and what importing it costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cnn_lab

PACKAGE = Path(cnn_lab.__file__).parent

# Who may import what inside the package. A name stands for a module, or for everything in a folder.
# `layers` and `reference` are each other's witnesses, and stand on nothing common but integers.
ENGINE = {"convolution", "fast", "geometry", "initializers", "pooling", "windows"}
ARROWS = {
    "__init__": set(),
    "__main__": {"", "commands"},
    "augmentation": set(),
    "browser": set(),
    "checkpoints": set(),
    "checks": {"browser", "convolution", "geometry", "gradient_check", "layers", "losses", "mnist"}
    | {"models", "network", "plots", "reference", "training"},
    "classroom": {"", "checks"},
    "commands": {"checkpoints", "checks", "classroom", "models", "plots", "training"},
    "convolution": {"geometry", "windows"},
    "fast": ENGINE | {"layers"},
    "geometry": set(),
    "gradient_check": set(),
    "initializers": set(),
    "inspection": {"geometry", "layers", "losses", "network"},
    "layers": ENGINE,
    "losses": {"windows"},
    "mnist": {"browser"},
    "models": ENGINE
    | {"augmentation", "checkpoints", "layers", "losses", "mnist", "network", "optimizers"},
    "network": ENGINE | {"layers", "losses"},
    "optimizers": set(),
    "plots": set(),
    "pooling": {"geometry", "windows"},
    "reference": {"geometry"},
    "scalar_network": set(),
    "training": ENGINE
    | {"augmentation", "browser", "checkpoints", "layers", "losses", "network", "optimizers"},
    "widgets": {"convolution", "geometry", "inspection", "layers", "losses", "mnist", "models"}
    | {"network", "plots", "reference", "training"},
    "windows": {"geometry"},
}
NUMPY = {"numpy"}
JUPYTER = {"ipykernel", "jupyter_client", "nbclient", "nbconvert", "nbformat", "nbgrader"}
MARKING = {"bleach", "dateutil", "distributed", "jinja2", "psutil", "traitlets", "zmq"}
FROM_OUTSIDE = {
    "__init__": set(),
    "__main__": set(),
    "browser": {"js"},
    "classroom": NUMPY | JUPYTER | MARKING,
    "commands": NUMPY | {"tqdm"},
    "fast": NUMPY | {"threadpoolctl"},
    "plots": NUMPY | {"IPython", "matplotlib", "PIL"},
    "training": NUMPY | {"tqdm"},
    "widgets": NUMPY | {"anywidget", "IPython", "matplotlib", "traitlets"},
}
# Needed only by somebody who asks for it, so imported inside the function that does.
ONLY_IN_FUNCTIONS = {
    "browser": {"js"},
    "checks": {"convolution", "layers", "mnist", "models", "network", "plots", "training"},
    "classroom": {"distributed"},
    "commands": {"checks", "classroom", "plots", "tqdm"},
    "fast": {"threadpoolctl"},
    "plots": {"IPython"},
    "training": {"tqdm"},
    "widgets": {"IPython"},
}


def imports(source, package):
    """List what a module's source imports: pairs of the dotted name and whether it is at the top.

    ``from x import y`` counts as ``x.y``; `package` is the dotted name of the package in which the
    module lies, which relative imports start from.
    """
    tree = ast.parse(source)
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    inside = {id(n) for f in ast.walk(tree) if isinstance(f, functions) for n in ast.walk(f)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = parents[: len(parents) - node.level + 1] if node.level else []
            base += [node.module] if node.module else []
            names = [".".join([*base, alias.name]) for alias in node.names]
        else:
            continue
        found += [(name, id(node) not in inside) for name in names]
    return found


def violations(source, module):
    """Say which imports of a module, named within the package (``plots.numbers``), break a rule."""
    owner = module.split(".")[0]
    package = ".".join(["cnn_lab", *module.split(".")[:-1]])
    if owner not in ARROWS:
        return [f"{module}: give it a place among the ARROWS of tests/test_imports.py"]
    submodules = {*ARROWS} - {"__init__"}
    wrong = []
    for name, at_top in imports(source, package):
        first, *rest = name.split(".")
        if first == "cnn_lab":
            target = rest[0] if rest and rest[0] in submodules else ""
            allowed = target in ARROWS[owner] | {owner}
        else:
            target = first
            outside = FROM_OUTSIDE.get(owner, NUMPY)
            allowed = target in outside or target in sys.stdlib_module_names
        if not allowed:
            wrong.append(f"{module} must not import {name}")
        elif at_top and target in ONLY_IN_FUNCTIONS.get(owner, ()):
            wrong.append(f"{module} must import {name} inside a function")
    return wrong


MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in PACKAGE.rglob("*.py")
}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_arrows_point_only_downward(module):
    assert violations(MODULES[module].read_text(encoding="utf-8"), module) == []


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("layers", "from cnn_lab.reference import conv_forward", "layers must not import cnn_lab"),
        ("layers", "from cnn_lab import reference", "layers must not import cnn_lab.reference"),
        ("layers", "from . import reference", "layers must not import cnn_lab.reference"),
        ("layers", "from .reference import zero_pad", "layers must not import cnn_lab.reference"),
        ("reference", "import cnn_lab.layers as L", "reference must not import cnn_lab.layers"),
        ("reference", "def f():\n    from cnn_lab import layers", "reference must not import"),
        ("reference", "from cnn_lab import pooling", "reference must not import cnn_lab.pooling"),
        ("geometry", "import scipy.signal", "geometry must not import scipy.signal"),
        ("network", "import torch", "network must not import torch"),
        ("network", "import matplotlib.pyplot as plt", "network must not import matplotlib"),
        ("checks.report", "import matplotlib", "checks.report must not import matplotlib"),
        ("plots.numbers", "import ipywidgets", "plots.numbers must not import ipywidgets"),
        ("plots.numbers", "from ..network import Sequential", "plots.numbers must not import cnn_"),
        ("widgets.stepper", "from ..checkpoints import save", "widgets.stepper must not"),
        ("training", "import nbgrader", "training must not import nbgrader"),
        ("training", "from tqdm.auto import tqdm", "inside a function"),
        ("geometry", "from cnn_lab import __version__", "geometry must not import cnn_lab.__ver"),
        ("commands.train", "from cnn_lab import plots", "inside a function"),
        ("helpers", "import math", "give it a place among the ARROWS"),
    ],
)
def test_violations_are_found(module, source, complaint):
    (found,) = violations(source, module)
    assert complaint in found


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("models", "from cnn_lab.network import Sequential"),
        ("plots.numbers", "from ._style import Figure\nfrom matplotlib.figure import Figure as F"),
        ("widgets.stepper", "import anywidget\nfrom cnn_lab import plots"),
        ("training", "import numpy as np\ndef fit():\n    from tqdm.auto import tqdm"),
        ("mnist", "import gzip, hashlib\nfrom pathlib import Path"),
    ],
)
def test_violations_allow_what_the_design_allows(module, source):
    assert violations(source, module) == []


def test_importing_the_package_loads_nothing_heavy():
    program = (
        "import sys, numpy; before = set(sys.modules); import cnn_lab;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(*new - set(sys.stdlib_module_names))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == ["cnn_lab"]


def test_submodules_load_on_first_use():
    program = (
        "import cnn_lab, sys; assert 'cnn_lab.geometry' not in sys.modules;"
        "assert 'geometry' in dir(cnn_lab) and '__main__' not in dir(cnn_lab);"
        "cnn_lab.geometry; assert 'cnn_lab.geometry' in sys.modules;"
        "from cnn_lab import models"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'cnn_lab' has no attribute 'convolutions'"):
        cnn_lab.convolutions  # noqa: B018

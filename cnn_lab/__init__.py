"""Convolutional networks from nothing but NumPy: the tested code beside the lessons.

Modules are loaded when they are first used, so ``import cnn_lab`` costs next to nothing:

>>> import cnn_lab
>>> cnn_lab.geometry.output_size(28, 3)
26
"""

import importlib
import pkgutil

__version__ = "0.1.0"


def _submodules():
    return [module.name for module in pkgutil.iter_modules(__path__) if module.name[0] != "_"]


def __getattr__(name):
    if name[0] != "_" and name in _submodules():
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_submodules()])

"""Widgets that make convolution visible; each takes the learner's own pictures and functions.

Every widget is one Python and one JavaScript file. What they share is in `base` and ``common.js``.
A widget is loaded when it is first asked for, so that none waits for what only another one needs.
"""

import importlib

_MODULES = {
    "ConvolutionStepper": "convolution_stepper",
    "DigitPad": "digit_pad",
    "FeatureMapExplorer": "feature_map_explorer",
    "FilterDesigner": "filter_designer",
    "GradientFlow": "gradient_flow",
    "PaddingExplorer": "padding_explorer",
    "PoolingStepper": "pooling_stepper",
    "ReceptiveFieldExplorer": "receptive_field_explorer",
    "SoftmaxExplorer": "softmax_explorer",
    "TrainingMonitor": "training_monitor",
}
__all__ = list(_MODULES)


def __getattr__(name):
    if name in _MODULES:
        module = importlib.import_module(f"{__name__}.{_MODULES[name]}")
        globals()[name] = getattr(module, name)
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_MODULES])

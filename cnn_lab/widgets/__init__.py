"""Widgets that make convolution visible; each takes the learner's own pictures and functions.

Every widget is one Python and one JavaScript file. What they share is in `base` and ``common.js``.
"""

from cnn_lab.widgets.convolution_stepper import ConvolutionStepper
from cnn_lab.widgets.digit_pad import DigitPad
from cnn_lab.widgets.feature_map_explorer import FeatureMapExplorer
from cnn_lab.widgets.filter_designer import FilterDesigner
from cnn_lab.widgets.gradient_flow import GradientFlow
from cnn_lab.widgets.padding_explorer import PaddingExplorer
from cnn_lab.widgets.pooling_stepper import PoolingStepper
from cnn_lab.widgets.receptive_field_explorer import ReceptiveFieldExplorer
from cnn_lab.widgets.softmax_explorer import SoftmaxExplorer
from cnn_lab.widgets.training_monitor import TrainingMonitor

__all__ = [
    "ConvolutionStepper",
    "DigitPad",
    "FeatureMapExplorer",
    "FilterDesigner",
    "GradientFlow",
    "PaddingExplorer",
    "PoolingStepper",
    "ReceptiveFieldExplorer",
    "SoftmaxExplorer",
    "TrainingMonitor",
]

"""Pictures of arrays and trainings: arrays in, a figure out that shows itself in a notebook.

Input is blue, filters are orange, output is green; signed values run from blue over white at zero
to red, other values from dark to bright. Every picture says what it shows in alternative text
(``alt=``, made from the data when it is not given) and may carry its finding as a title
(``title=``). Nothing here uses pyplot.
"""

from cnn_lab.plots.architectures import architecture
from cnn_lab.plots.bar import bars
from cnn_lab.plots.confusion import confusion_matrix
from cnn_lab.plots.curve import curves
from cnn_lab.plots.figure import Figure
from cnn_lab.plots.maps import feature_maps, kernels
from cnn_lab.plots.matrices import heatmap
from cnn_lab.plots.neurons import neurons
from cnn_lab.plots.pictures import images, predictions
from cnn_lab.plots.progress import history
from cnn_lab.plots.side_by_side import numbers
from cnn_lab.plots.steps import convolution_step
from cnn_lab.plots.thread import course_map

__all__ = [
    "Figure",
    "numbers",
    "convolution_step",
    "images",
    "kernels",
    "feature_maps",
    "heatmap",
    "curves",
    "bars",
    "history",
    "confusion_matrix",
    "predictions",
    "architecture",
    "neurons",
    "course_map",
]

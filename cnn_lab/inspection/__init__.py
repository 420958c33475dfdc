"""Look into a network: which pixels matter to it, and what excites a filter.

Conventions: images are uint8 (m, n_H, n_W) or (m, n_H, n_W, n_C), or floats, as
`cnn_lab.network.Sequential` takes them; ``layer`` is the number of a layer in the network, from 0.
Everything is computed in float64 on copies of the layers: neither weights, gradients nor what a
layer remembers of its last batch are changed, and Dropout lets everything through.
"""

from cnn_lab.inspection.fields import Window, layer_windows, measured_field, seen_by
from cnn_lab.inspection.patches import ExcitingPatches, exciting_patches
from cnn_lab.inspection.pixels import occlusion, saliency

__all__ = [
    "ExcitingPatches",
    "Window",
    "exciting_patches",
    "layer_windows",
    "measured_field",
    "occlusion",
    "saliency",
    "seen_by",
]

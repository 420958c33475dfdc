"""The picture of a small network: what is drawn, what is written, what is refused."""

import numpy as np
import pytest
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch
from matplotlib.text import Text

from cnn_lab import plots

W1 = np.array([[0.4, -0.3], [-0.2, 0.6], [0.0, 2.0], [0.15, -1.0]])  # 3 nodes and a constant, to 2
W2 = np.array([[0.7], [-0.25], [1.5]])


def connections(figure):
    return [line for line in figure.findobj(Line2D) if line.get_label() == "connection"]


def written(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]



@pytest.mark.parametrize(
    ("layers", "constants", "lines"),
    [([3, 4, 2], True, 26), ([3, 4, 2], False, 20), ([2, 1], True, 3), ([5, 2, 3, 1], True, 25)],
)
def test_neurons_draws_every_node_and_connection_once(layers, constants, lines):
    figure = plots.neurons(layers, constants=constants)
    assert len(connections(figure)) == lines
    assert sum(c.get_label() == "neuron" for c in figure.findobj(Circle)) == sum(layers)
    squares = [p for p in figure.findobj(FancyBboxPatch) if p.get_label() == "constant"]
    assert len(squares) == (len(layers) - 1) * constants


def test_neurons_tells_signs_by_dashes_and_sizes_by_width():
    lines = connections(plots.neurons([3, 2, 1], weights=[W1, W2]))
    weights = [*W1.ravel(), *W2.ravel()]
    assert [line.is_dashed() for line in lines] == [weight < 0 for weight in weights]
    widths = [line.get_linewidth() for line in lines]
    assert np.array_equal(np.argsort(widths), np.argsort(np.abs(weights)))
    assert len({line.get_color() for line in lines}) == 3  # one of the weights is zero


def test_neurons_writes_values_in_their_nodes_and_names_above():
    figure = plots.neurons([3, 2, 1], values=[[1, -0.5, 2], None, [0.12345]],
                           names=["abc", ["d", "e"], "f"], captions=["in", "", "out"], decimals=3)
    texts = written(figure)
    assert [text for text in texts if text[-1].isdigit()] == ["1", "−0.5", "2", "1", "1", "0.123"]
    assert set("abcdef") < set(texts)
    assert {"in", "out"} < set(texts)


def test_neurons_highlight_writes_its_weights_and_makes_the_others_faint():
    figure = plots.neurons([3, 2, 1], weights=[W1, W2], highlight=[(0, 1, 0), (0, 3, 0), (1, 2, 0)])
    assert [text for text in written(figure) if text != "1"] == ["−0.2", "0.15", "1.5"]
    colours = [line.get_color() for line in connections(figure)]
    assert colours.count("#dcdcdc") == W1.size + W2.size - 3


def test_neurons_highlight_without_weights_is_bold():
    lines = connections(plots.neurons([2, 2], constants=False, highlight=[(0, 1, 0)]))
    assert np.argmax([line.get_linewidth() for line in lines]) == 2  # (0, 0), (0, 1), then (1, 0)


def test_neurons_alt_counts_and_reads_values_and_marked_connections():
    alt = plots.neurons([3, 2, 1], weights=[W1, W2], values=[[1, 2, 3], None, [0.5]],
                        highlight=[(0, 1, 0)]).alt
    assert alt == (
        "Network of neurons, 3, 2, 1, fully connected, with constant nodes: 11 connections. "
        "Layer 0: 1 2 3; layer 2: 0.5. Marked: (0, 1) to (1, 0) = −0.2."
    )


def test_neurons_leaves_its_arguments_alone():
    before = W1.copy()
    plots.neurons([3, 2, 1], weights=[W1, W2], highlight=[(0, 1, 0)])
    assert np.array_equal(W1, before)


def test_neurons_of_the_largest_network_stay_on_the_page():
    figure = plots.neurons([9] * 5, captions=["a layer"] * 5, title="Many")
    assert figure.pixels[0] <= 820
    figure.draw_without_rendering()
    frame = figure.bbox
    for text in figure.findobj(Text):
        box = text.get_window_extent()
        assert not text.get_text() or (frame.x0 <= box.x0 and box.x1 <= frame.x1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": [3]}, "layers must be 2 to 5 sizes, got 1"),
        ({"layers": [784, 300, 10]}, r"1 to 9 nodes each, got \[784, 300, 10\]"),
        ({"layers": [3, 0]}, r"1 to 9 nodes each, got \[3, 0\]"),
        ({"layers": [3, 2], "weights": [W1[:3]]}, r"must have shape \(4, 2\), got \(3, 2\)"),
        ({"layers": [3, 2], "weights": [W1, W2]}, "weights needs 1 entries, got 2"),
        ({"layers": [3, 2], "weights": [W1 * np.nan]}, "must be finite"),
        ({"layers": [3, 2], "values": [[1, 2], None]}, r"values\[0\] needs 3 entries, got 2"),
        ({"layers": [3, 2], "names": ["abc"]}, "names needs 2 entries, got 1"),
        ({"layers": [3, 2], "captions": ["a"] * 3}, "captions needs 2 entries, got 3"),
        ({"layers": [3, 2], "highlight": [(0, 4, 0)]}, r"no connection of \[3, 2\]: \(0, 4, 0\)"),
        ({"layers": [3, 2], "highlight": [(1, 0, 0)]}, "highlight names no connection"),
    ],
)
def test_neurons_of_wrong_input_says_what_came(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.neurons(**arguments)

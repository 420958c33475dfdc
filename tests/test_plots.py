"""The pictures: what is in them, what they say of themselves, what they refuse. Not their looks."""

import base64
import io
import subprocess
import sys
import threading
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image

from cnn_lab import plots
from cnn_lab.plots import curve, style, wording

LETTER_N = np.array([[1, 0, 0, 1], [1, 1, 0, 1], [1, 0, 1, 1], [1, 0, 0, 1]])
LEFT_MINUS_RIGHT = np.array([[1, -1], [1, -1]])
Z1 = np.array([[1, 1, -2], [1, 0, -1], [2, -1, -1]])
HISTORY = SimpleNamespace(
    batch_loss=[2.3, 1.2, 0.9, 0.7, 0.5, 0.4],
    train_loss=[1.5, 0.5],
    validation_loss=[0.8, 0.4],
    validation_accuracy=[0.81, 0.925],
    seconds=[1.0, 1.0],
)


def random(*shape):
    return np.random.default_rng(3).normal(size=shape)


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def in_cells(axes):
    return [text.get_text() for text in axes.texts]


def patches(figure, label):
    return [patch for patch in figure.findobj(Rectangle) if patch.get_label() == label]


def drawn_images(figure):
    return [axes.images[0] for axes in figure.axes if axes.images]


N_TIMES_FILTER = [LETTER_N, LEFT_MINUS_RIGHT, Z1]
EXAMPLES = {
    "numbers": lambda **k: plots.numbers(N_TIMES_FILTER, between=["*", "="], **k),
    "convolution_step": lambda **k: plots.convolution_step(LETTER_N, LEFT_MINUS_RIGHT, **k),
    "images": lambda **k: plots.images(np.arange(60, dtype=np.uint8).reshape(3, 5, 4), **k),
    "kernels": lambda **k: plots.kernels(random(3, 2, 1, 5), **k),
    "feature_maps": lambda **k: plots.feature_maps(random(4, 3, 6), image=random(6, 5), **k),
    "heatmap": lambda **k: plots.heatmap(random(3, 4), annotate=True, **k),
    "curves": lambda **k: plots.curves({"a": [1, 2], "b": [2, 1]}, xlabel="x", ylabel="y", **k),
    "bars": lambda **k: plots.bars([0.25, 0.75], ["N", "Z"], **k),
    "history": lambda **k: plots.history(HISTORY, **k),
    "confusion_matrix": lambda **k: plots.confusion_matrix([[5, 1, 0], [0, 4, 2], [0, 0, 3]], **k),
    "predictions": lambda **k: plots.predictions(random(2, 5, 4), [7, 3], [7, 5], **k),
    "architecture": lambda **k: plots.architecture([(28, 28, 1), (13, 13, 8), (10,)], **k),
    "course_map": lambda **k: plots.course_map("05", **k),
    "neurons": lambda **k: plots.neurons([3, 4, 2], values=[random(3), None, random(2)], **k),
}
TITLE = "A finding that is long enough to need more than a single line of type"
every_plot = pytest.mark.parametrize("name", EXAMPLES)


@cache
def titled(name):
    return EXAMPLES[name](title=TITLE)


# What all figures share


def test_examples_name_every_public_plot():
    assert set(EXAMPLES) == set(plots.__all__) - {"Figure"}


@every_plot
def test_plot_carries_title_and_alt_that_it_was_given(name):
    figure = EXAMPLES[name](title="The finding", alt="What is seen")
    assert isinstance(figure, plots.Figure)
    assert figure.texts[0].get_text() == "The finding"
    assert figure.alt == "What is seen"


@every_plot
def test_plot_without_alt_describes_itself_beginning_with_the_title(name):
    alt = titled(name).alt
    assert alt.startswith(TITLE + ". ")
    assert len(alt) > len(TITLE) + 20
    assert not any(word in alt for word in ("None", "array(", "nan", "$"))


@every_plot
def test_mimebundle_holds_a_png_twice_as_dense_as_the_page(name):
    figure = titled(name)
    data, metadata = figure._repr_mimebundle_()
    assert set(data) == {"text/html", "image/png", "text/plain"}
    assert data["text/plain"] == metadata["image/png"]["alt"] == figure.alt
    header = base64.b64decode(data["image/png"])[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(header[at : at + 4], "big") for at in (16, 20))
    shown = metadata["image/png"]
    assert (width, height) == (2 * shown["width"], 2 * shown["height"])


def test_figure_in_html_is_an_image_with_alternative_text():
    figure = plots.numbers([[[7]]], alt='Seven < eight, "quoted" & alone.')
    data, _ = figure._repr_mimebundle_()
    image = ElementTree.fromstring(data["text/html"].replace('">', '"/>'))
    assert image.tag == "img" and image.get("alt") == figure.alt
    assert image.get("src") == "data:image/png;base64," + data["image/png"]
    assert (int(image.get("width")), int(image.get("height"))) == figure.pixels


def test_figure_is_only_words_while_submissions_are_marked(monkeypatch):
    monkeypatch.setenv("CNN_LAB_MARKING", "1")
    data, _ = plots.numbers([[[7]]], alt="Seven.")._repr_mimebundle_()
    assert data == {"text/plain": "Seven."}


def test_figure_keeps_its_colours_in_the_palette():
    picture = np.linspace(0, 255, 28 * 28).reshape(28, 28).astype(np.uint8)
    figure = plots.images([picture])
    exact = io.BytesIO()
    figure.savefig(exact, format="png", dpi=144)
    before, after = (
        np.asarray(Image.open(file).convert("RGB"), int)
        for file in (exact, io.BytesIO(figure.png()))
    )
    assert after.shape == before.shape
    assert np.abs(after - before).max() <= 8


@every_plot
def test_plot_fits_the_page_and_keeps_everything_inside(name):
    figure = titled(name)
    assert figure.pixels[0] <= style.PAGE_WIDTH
    ink = figure.get_tightbbox().extents * 72
    assert ink[0] >= 4 and ink[1] >= 4
    assert ink[2] <= figure.pixels[0] - 4 and ink[3] <= figure.pixels[1] - 4


@every_plot
def test_plot_sets_no_type_smaller_than_ten_points_of_the_page(name):
    sizes = {t.get_text(): t.get_size() for t in titled(name).findobj(Text) if t.get_text()}
    assert min(sizes.values()) >= 10 * 96 / 72, sizes


def test_plots_change_no_setting_and_leave_pyplot_alone():
    code = (
        "import sys, matplotlib; before = matplotlib.rcParams.copy()\n"
        "from cnn_lab import plots\n"
        "plots.numbers([[[1, 2], [3, 4]]], title='t').png()\n"
        "plots.curves({'a': [1, 2]}, xlabel='x', ylabel='y').png()\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert 'IPython' not in sys.modules\n"
        "now, then = (dict(dict.items(p)) for p in (matplotlib.rcParams, before))\n"
        "assert now == then\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_figure_is_set_in_one_typeface_whatever_the_user_prefers():
    with matplotlib.rc_context({"font.family": "serif"}):
        figure = plots.heatmap(random(2, 3), xlabel="across")
        figure.png()
    assert {text.get_fontfamily()[0] for text in figure.findobj(Text)} == {"DejaVu Sans"}


def test_figure_in_ipython_is_published_once_and_not_replaced_by_another_formatter():
    shell_module = pytest.importorskip("IPython.core.interactiveshell")
    capture = pytest.importorskip("IPython.utils.capture")
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "from IPython.utils.capture import capture_output\n"
        "from cnn_lab import plots\n"
        "from matplotlib.figure import Figure\n"
        "shell = InteractiveShell.instance()\n"
        "shell.display_formatter.formatters['image/png'].for_type(Figure, lambda f: b'other')\n"
        "with capture_output() as out:\n"
        "    shell.run_cell('from cnn_lab import plots; plots.numbers([[[7]]])')\n"
        "shown, = out.outputs\n"
        "assert set(shown.data) == {'text/html', 'image/png', 'text/plain'}, shown.data\n"
        "assert shown.data['image/png'].startswith('iVBOR'), shown.data\n"
        "assert shown.metadata['image/png']['alt'].endswith('1 by 1: 7.')\n"
        "assert 'by 1: 7' not in out.stdout, out.stdout\n"
    )
    assert shell_module and capture
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_figures_with_mathematics_drawn_by_several_threads_are_complete():
    pictures, ready = {}, threading.Barrier(4)

    def draw(name):
        cells = [[f"$x_{{{name}{row}{column}}}$" for column in range(3)] for row in range(5)]
        ready.wait(30)
        pictures[name] = plots.numbers([cells], title="$x_{0}$ and more").png()

    threads = [threading.Thread(target=draw, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(pictures) == [0, 1, 2, 3]
    assert all(picture.endswith(b"IEND\xaeB`\x82") for picture in pictures.values())


def test_figure_gives_its_pixels_back_after_drawing():
    figure = plots.numbers([Z1])
    figure.png()
    assert not hasattr(figure.canvas, "renderer")


def test_title_that_is_long_is_wrapped_and_widens_a_small_picture():
    bare = plots.numbers([[[1]]])
    figure = plots.numbers([[[1]]], title="one word after another " * 5)
    assert figure.texts[0].get_text().count("\n") >= 1
    assert bare.pixels[0] < figure.pixels[0] <= 480 + 2 * style.PADDING


@pytest.mark.parametrize("role", ["input", "filter", "output", None])
def test_inks_are_readable_on_white_and_on_their_tint(role):
    assert style.contrast(style.ROLE_INKS[role], "white") >= 4.5
    assert style.contrast(style.INK, style.ROLE_TINTS[role]) >= 4.5
    assert style.contrast(style.MUTED, style.ROLE_TINTS[role]) >= 4.5


@pytest.mark.parametrize("cmap", [style.SIGNED, style.LEVELS, style.GREY, "gray_r"])
def test_ink_on_any_shade_of_a_map_is_readable(cmap):
    for colour in style.shades(np.linspace(0, 1, 101), cmap, (0, 1)):
        assert style.contrast(style.ink_on(str(colour)), str(colour)) >= 4.5


def test_signed_map_keeps_the_sign_in_grey():
    below, above = (style.shades(np.linspace(0, end, 21), style.SIGNED, (-1, 1)) for end in (-1, 1))
    grey = [[style.luminance(str(colour)) for colour in side] for side in (below, above)]
    for side in grey:
        assert side == sorted(side, reverse=True)
    assert style.luminance(str(below[0])) == 1
    assert grey[0][-1] < 0.03 < 0.13 < grey[1][-1]


# numbers


def test_numbers_writes_every_value_sign_and_caption():
    figure = plots.numbers(
        [LETTER_N, LEFT_MINUS_RIGHT, Z1],
        titles=["X", "filter 1", "Z1"],
        roles=["input", "filter", "output"],
        between=["*", "="],
    )
    grids = [axes for axes in figure.axes if axes.texts]
    assert [len(axes.texts) for axes in grids] == [16, 4, 9]
    assert in_cells(grids[1]) == ["1", "\u22121", "1", "\u22121"]
    assert [t.get_text() for t in figure.texts] == ["X", "\u2217", "filter 1", "=", "Z1"]
    frames = [to_hex(p.get_edgecolor()) for p in patches(figure, "frame")]
    assert frames == ["#0072b2", "#d55e00", "#009e73"]


def test_numbers_alt_reads_the_numbers_in_order():
    figure = plots.numbers([LEFT_MINUS_RIGHT, [[5]]], titles=["W", "b"], between=["="])
    assert figure.alt == "Numbers side by side. W, 2 by 2: 1 −1; 1 −1. gives b, 1 by 1: 5."


def test_numbers_alt_of_a_large_array_gives_shape_and_range():
    figure = plots.numbers([np.arange(99).reshape(11, 9)])
    assert "11 by 9, values from 0 to 98" in figure.alt


def test_numbers_highlight_frames_the_cells_named():
    figure = plots.numbers([Z1, Z1], highlight=[[(0, 1, 2, 2), (2, 0, 1, 3)], None])
    boxes = patches(figure, "highlight")
    assert [(p.get_y(), p.get_x(), p.get_height(), p.get_width()) for p in boxes] == [
        (0, 1, 2, 2),
        (2, 0, 1, 3),
    ]
    assert boxes[0].get_linestyle() != boxes[1].get_linestyle()
    assert min(p.get_linewidth() for p in boxes) >= 4
    assert "framed: row 0 column 1, 2 by 2 and row 2 column 0, 1 by 3" in figure.alt


def test_numbers_one_highlight_needs_no_list_around_it():
    assert len(patches(plots.numbers([Z1], highlight=[(0, 1, 2, 2)]), "highlight")) == 1


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([[1.0, -2.0]], ["1", "\u22122"]),
        ([[0.5, -0.0]], ["0.5", "0"]),
        ([[1 / 3, -2.0]], ["0.33", "\u22122.00"]),
        ([[True, False]], ["1", "0"]),
        ([[np.nan, 1.0]], ["\u00b7", "1"]),
        ([[-np.inf, 0.25]], ["\u2212\u221e", "0.25"]),
        ([[1e-7, -2.5e-7]], ["1.0e\u22127", "\u22122.5e\u22127"]),
        ([["$x_{00}$", "b"]], ["$x_{00}$", "b"]),
        ([4, 5, 6], ["4", "5", "6"]),
        (7, ["7"]),
    ],
)
def test_numbers_writes_values_as_people_do(values, written):
    assert in_cells(plots.numbers([values]).axes[0]) == written


def test_numbers_masked_elements_stay_empty():
    values = np.ma.masked_array([[1, 2], [3, 4]], [[False, True], [False, False]])
    figure = plots.numbers([values])
    assert in_cells(figure.axes[0]) == ["1", "3", "4"]
    assert figure.alt.endswith("1 blank; 3 4.")


def test_numbers_decimals_are_obeyed_except_by_whole_numbers():
    figure = plots.numbers([[[0.125, 1.0]], [[2.0, 3.0]]], decimals=3)
    assert in_cells(figure.axes[0]) == ["0.125", "1.000"]
    assert in_cells(figure.axes[1]) == ["2", "3"]


def test_numbers_indices_stand_beside_rows_and_columns():
    figure = plots.numbers([[[9, 9, 9], [9, 9, 9]]], indices=True)
    assert in_cells(figure.axes[0])[6:] == ["0", "1", "0", "1", "2"]


def test_numbers_that_do_not_fit_one_line_are_broken_and_none_is_lost():
    figure = plots.numbers([np.ones((2, 9))] * 4, titles=list("abcd"))
    assert figure.pixels[0] <= style.PAGE_WIDTH
    assert len({round(axes.get_position().y1, 3) for axes in figure.axes}) > 1
    assert [axes.get_label() for axes in figure.axes] == list("abcd")


def test_numbers_of_a_whole_digit_remain_on_the_page():
    figure = plots.numbers([np.full((28, 28), 255)], shade="grey")
    assert figure.pixels[0] <= style.PAGE_WIDTH
    assert min(t.get_size() for t in figure.axes[0].texts) > 12


def test_numbers_signed_shades_share_a_scale_and_leave_zero_white():
    figure = plots.numbers([[[0, 4]], [[0, -2]]], shade="signed")
    faces = [[tuple(cell) for cell in image.get_array()[0]] for image in drawn_images(figure)]
    assert faces[0][0] == faces[1][0]
    assert style.luminance(faces[0][0]) > 0.9
    assert style.luminance(faces[0][1]) < style.luminance(faces[1][1])


def test_numbers_leaves_its_arguments_alone():
    values, boxes = np.array([[0.5, np.nan]]), [(0, 0, 1, 1)]
    plots.numbers([values], highlight=[boxes], decimals=1).png()
    np.testing.assert_array_equal(values, [[0.5, np.nan]])
    assert boxes == [(0, 0, 1, 1)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"arrays": []}, "at least one array"),
        ({"arrays": [np.zeros((2, 3, 4))]}, r"arrays\[0\] must be a non-empty 2-D array"),
        ({"arrays": [[[1, 2], [3]]]}, "its rows differ in length"),
        ({"arrays": [np.zeros((0, 3))]}, r"got shape \(0, 3\)"),
        ({"arrays": [[[1j]]]}, "dtype complex128"),
        ({"arrays": [[[None]]]}, "got None"),
        ({"titles": ["a"]}, "titles needs 2 entries, got 1"),
        ({"roles": ["kernel", None]}, "got 'kernel'"),
        ({"shade": "red"}, "got 'red'"),
        ({"between": ["*", "=", "+"]}, "between needs 1 entries for 2 arrays, got 3"),
        ({"highlight": [(2, 2, 2, 2), None]}, r"\(2, 2, 2, 2\) does not fit into arrays\[0\]"),
        ({"highlight": [[(0, 0, 1)], None]}, r"needs \(row, column, height, width\)"),
        ({"highlight": [[(0, 0, 0, 1)], None]}, "does not fit"),
    ],
)
def test_numbers_of_wrong_input_says_what_came(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.numbers(**({"arrays": [Z1, Z1]} | arguments))


# convolution_step


def test_convolution_step_shows_window_products_and_sum():
    figure = plots.convolution_step(LETTER_N, LEFT_MINUS_RIGHT, (0, 2))
    image, kernel, products, output = figure.axes
    assert in_cells(kernel) == ["1", "\u22121", "1", "\u22121"]
    assert in_cells(products) == ["0", "\u22121", "0", "\u22121"]
    assert in_cells(output) == ["1", "1", "\u22122"] + ["\u00b7"] * 6
    window, cell = patches(figure, "highlight")
    assert (window.get_xy(), window.get_width(), window.get_height()) == ((2, 0), 2, 2)
    assert (cell.get_xy(), cell.get_width()) == ((2, 0), 1)
    assert window.axes is image and cell.axes is output
    assert any(text.endswith("1\u00d7(\u22121) = \u22122") for text in texts(figure))


def test_convolution_step_with_stride_and_bias_agrees_with_a_hand_count():
    image = np.arange(30).reshape(5, 6)
    kernel = [[1, 0, 2]]
    figure = plots.convolution_step(image, kernel, (1, 1), stride=(2, 3), bias=-0.5)
    # row 2, columns 3 to 5: 15 + 2 * 17 - 0.5
    assert in_cells(figure.axes[3])[:4] == ["3.5", "12.5", "39.5", "48.5"]
    assert patches(figure, "highlight")[0].get_xy() == (3, 2)
    assert texts(figure)[-1] == "15×1 + 16×0 + 17×2 + bias (\u22120.5) = 48.5"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel": np.ones((5, 2))}, "kernel of 5 by 2 does not fit into image of 4 by 4"),
        ({"position": (3, 0)}, r"position \(3, 0\) lies outside of the 3 by 3 output"),
        ({"position": 2}, r"position must be \(row, column\), got 2"),
        ({"stride": 0}, "stride must be a positive whole number or a pair, got 0"),
        ({"image": np.ones((1, 4, 4))}, r"image must have 2 axes, got shape \(1, 4, 4\)"),
        ({"image": np.full((4, 4), np.nan)}, "image must be finite"),
    ],
)
def test_convolution_step_of_wrong_input_says_what_came(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.convolution_step(**({"image": LETTER_N, "kernel": LEFT_MINUS_RIGHT} | arguments))


# images and predictions


@pytest.mark.parametrize("shape", [(3, 5, 4), (3, 5, 4, 1)])
def test_images_of_bytes_run_from_0_to_255(shape):
    figure = plots.images(np.arange(60, dtype=np.uint8).reshape(shape), titles=["a", "b", "c"])
    assert [image.get_clim() for image in drawn_images(figure)] == [(0, 255)] * 3
    assert [image.get_array().shape for image in drawn_images(figure)] == [(5, 4)] * 3
    assert {"a", "b", "c", "Grey scale: 0 is black, 255 is white"} <= set(texts(figure))


@pytest.mark.parametrize(
    ("values", "limits"),
    [([[0.0, 0.5]], (0, 1)), ([[0.0, 90.0]], (0, 255)), ([[-3.0, 9.0]], (-3, 9))],
)
def test_images_of_floats_choose_a_scale_that_holds_them(values, limits):
    assert drawn_images(plots.images(values))[0].get_clim() == limits


def test_images_of_different_sizes_share_one_scale():
    figure = plots.images([np.zeros((2, 3)), np.full((4, 4), 500.0)])
    assert [image.get_clim() for image in drawn_images(figure)] == [(0, 500)] * 2


def test_images_obeys_columns():
    figure = plots.images(np.zeros((5, 2, 2)), columns=2)
    assert len({round(axes.get_position().y0, 4) for axes in figure.axes}) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": np.zeros((2, 5, 4, 3))}, r"must be grey, .* got \(5, 4, 3\)"),
        ({"images": [1, 2]}, r"images must have 2 or 3 or 4 axes, got shape \(2,\)"),
        ({"images": []}, r"images must have|at least one picture"),
        ({"titles": ["a"]}, "titles needs 2 entries, got 1"),
        ({"columns": 0}, "columns must be a positive whole number, got 0"),
        ({"limits": (1, 0)}, "limits must rise from low to high"),
        ({"limits": 3}, r"limits must be a pair \(low, high\), got 3"),
    ],
)
def test_images_of_wrong_input_says_what_came(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.images(**({"images": np.zeros((2, 5, 4))} | arguments))


def test_predictions_marks_mistakes_by_more_than_colour():
    figure = plots.predictions(np.zeros((3, 5, 4)), [7, 3, 9], [7, 5, 9])
    assert "\u2717 5 / 3" in texts(figure)
    assert {"7 / 7", "9 / 9"} <= set(texts(figure))
    assert len([axes for axes in figure.axes if axes.get_label() == "mistake"]) == 1
    wrong = next(t for t in figure.texts if "5 / 3" in t.get_text())
    assert wrong.get_fontweight() == "bold"


def test_predictions_of_unequal_lengths_says_so():
    with pytest.raises(ValueError, match="predicted needs 2 entries, got 3"):
        plots.predictions(np.zeros((2, 5, 4)), [1, 2], [1, 2, 3])


# kernels, feature maps, heat maps


@pytest.mark.parametrize("shape", [(3, 2, 5), (3, 2, 1, 5)])
def test_kernels_share_one_scale_symmetric_around_zero(shape):
    W = random(*shape)
    figure = plots.kernels(W)
    images = drawn_images(figure)
    largest = np.abs(W).max()
    assert len(images) == 5
    assert {image.get_clim() for image in images} == {(-largest, largest)}
    assert {image.get_cmap().name for image in images} == {style.SIGNED}
    np.testing.assert_array_equal(images[4].get_array(), W.reshape(3, 2, 5)[:, :, 4])
    assert [axes.get_label() for axes in figure.axes].count("colour bar") == 1


def test_kernels_with_a_limit_can_be_compared_with_another_figure():
    images = drawn_images(plots.kernels(random(3, 2, 5), limit=2))
    assert {image.get_clim() for image in images} == {(-2, 2)}


def test_kernels_with_several_input_channels_says_which_axis_to_choose():
    with pytest.raises(ValueError, match="W must have 1 input channel, it has 4"):
        plots.kernels(random(3, 2, 4, 5))


def test_feature_maps_with_negative_values_are_signed():
    maps = random(4, 3, 6)
    images = drawn_images(plots.feature_maps(maps))
    largest = np.abs(maps).max()
    assert {image.get_clim() for image in images} == {(-largest, largest)}
    np.testing.assert_array_equal(images[5].get_array(), maps[:, :, 5])


def test_feature_maps_after_relu_begin_at_zero_on_a_perceptual_scale():
    maps = np.abs(random(4, 3, 6)) + 1
    images = drawn_images(plots.feature_maps(maps))
    assert {image.get_clim() for image in images} == {(0, maps.max())}
    assert {image.get_cmap().name for image in images} == {"cividis"}


def test_feature_maps_signed_can_be_forced():
    images = drawn_images(plots.feature_maps(np.ones((4, 3, 2)), signed=True))
    assert images[0].get_cmap().name == style.SIGNED
    assert images[0].get_clim() == (-1, 1)


def test_feature_maps_show_the_input_in_grey_beside_them():
    figure = plots.feature_maps(random(4, 3, 6), image=np.zeros((6, 5, 1), np.uint8))
    assert [image.get_cmap().name for image in drawn_images(figure)].count("gray") == 1
    assert "input" in texts(figure)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"maps": np.zeros((1, 4, 3, 6))}, r"maps must have 3 axes, got shape \(1, 4, 3, 6\)"),
        ({"image": np.zeros((4, 3, 3))}, "must be grey"),
        ({"titles": ["one"]}, "titles needs 6 entries, got 1"),
    ],
)
def test_feature_maps_of_wrong_input_says_what_came(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.feature_maps(**({"maps": random(4, 3, 6)} | arguments))


def test_heatmap_signed_is_symmetric_and_labelled():
    figure = plots.heatmap([[1.0, -3.0, 2.0]], signed=True, xlabel="w", ylabel="h", label="weight")
    assert drawn_images(figure)[0].get_clim() == (-3, 3)
    assert {"w", "h", "weight"} <= set(texts(figure))


def test_heatmap_annotate_writes_the_numbers_in_readable_ink():
    figure = plots.heatmap([[0, 9], [4, 1]], annotate=True)
    cells = figure.axes[0].texts
    assert [cell.get_text() for cell in cells] == ["0", "9", "4", "1"]
    assert cells[0].get_color() == "#ffffff" and cells[1].get_color() == "#000000"


def test_heatmap_of_wrong_input_says_what_came():
    with pytest.raises(ValueError, match=r"values must have 2 axes, got shape \(3,\)"):
        plots.heatmap([1, 2, 3])
    with pytest.raises(ValueError, match="annotate needs at most 20 columns, got 21"):
        plots.heatmap(np.zeros((2, 21)), annotate=True)
    with pytest.raises(ValueError, match="values must be a rectangular array of numbers"):
        plots.heatmap([[1, 2], [3]])


# curves, bars, history


def test_curves_are_named_and_differ_in_dashes_and_markers():
    series = {f"line {n}": np.arange(3.0) * n for n in range(6)}
    figure = plots.curves(series, xlabel="epoch", ylabel="loss (nats)")
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines] == list(series)
    assert len({str(line._dash_pattern) for line in lines}) == 6
    assert len({line.get_marker() for line in lines}) == 6
    assert {*series, "epoch", "loss (nats)"} <= set(texts(figure))


def test_curves_of_a_dict_of_positions_place_each_line():
    figure = plots.curves({"a": [1, 2], "b": [3, 4, 5]}, x={"a": [0, 9], "b": [1, 2, 3]},
                          xlabel="x", ylabel="y")  # fmt: skip
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xdata(), [0, 9])
    np.testing.assert_array_equal(figure.axes[0].lines[1].get_xdata(), [1, 2, 3])


def test_curves_log_axes_and_marks():
    figure = plots.curves({"a": [1, 10, 100]}, x=[1, 2, 4], xlabel="x", ylabel="y", logx=True,
                          logy=True, marks=[(2, "line"), (4, 100, "point")])  # fmt: skip
    axes = figure.axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert {"line", "point"} <= set(texts(figure))


def test_curves_names_at_the_right_do_not_overlap():
    figure = plots.curves({n: [0.0, 1.0] for n in "abcd"}, xlabel="x", ylabel="y")
    names = [t for t in figure.axes[0].texts if t.get_text() in "abcd"]
    figure.draw_without_rendering()
    edges = sorted((t.get_window_extent().y0, t.get_window_extent().y1) for t in names)
    assert len(edges) == 4
    assert all(below[1] <= above[0] for below, above in pairwise(edges))


def test_spread_keeps_distance_order_and_limits():
    spread = curve.spread([(9.0, "a"), (9.5, "b"), (1.0, "c")], 2, 0, 10)
    assert [name for _, name in spread] == ["c", "a", "b"]
    heights = [height for height, _ in spread]
    assert heights[2] - heights[1] == pytest.approx(2, abs=0.01)
    assert heights[0] == 1 and heights[2] <= 10.01


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"series": {}}, "non-empty dict"),
        ({"series": [1, 2]}, "got list"),
        ({"series": {"a": [[1, 2]]}}, r"series\['a'\] must have 1 axes, got shape \(1, 2\)"),
        ({"x": [1, 2]}, r"series\['a'\] has 3 values for 2 positions"),
        ({"series": {"a": [0, -1, 0]}, "logy": True}, "logarithmic y axis .* 'a'"),
        ({"marks": [("only text",)]}, "marks needs"),
    ],
)
def test_curves_of_wrong_input_says_what_came(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.curves(**({"series": {"a": [1, 2, 3]}, "xlabel": "x", "ylabel": "y"} | arguments))


def test_bars_carry_values_and_labels_and_highlight_is_bold():
    figure = plots.bars([0.25, -0.75], ["N", "Z"], highlight=1, ylabel="dscores")
    assert {"0.25", "\u22120.75", "N", "Z", "dscores"} <= set(texts(figure))
    bars = figure.axes[0].patches
    assert [bar.get_height() for bar in bars] == [0.25, -0.75]
    assert bars[0].get_facecolor() != bars[1].get_facecolor()
    bold = [t.get_text() for t in figure.axes[0].texts if t.get_fontweight() == "bold"]
    assert bold == ["\u22120.75"]


def test_bars_groups_differ_by_hatching_and_are_named():
    figure = plots.bars([[1, 2, 3], [4, 5, 6]], ["a", "b", "c"], groups=["few", "many"])
    bars = figure.axes[0].patches
    assert len(bars) == 6
    assert bars[0].get_hatch() != bars[3].get_hatch()
    assert {"few", "many"} <= set(texts(figure))
    assert "many: a: 4, b: 5, c: 6" in figure.alt


def test_bars_on_a_logarithmic_axis_all_have_a_body_and_two_digits():
    figure = plots.bars([432.1, 0.05678, 0.1], ["loops", "tiles", "limit"], log=True)
    axes = figure.axes[0]
    low, high = axes.get_ylim()
    assert axes.get_yscale() == "log"
    assert low == pytest.approx(0.01) and high > 432.1
    assert [bar.get_height() for bar in axes.patches] == [432.1, 0.05678, 0.1]
    assert {"430", "0.057", "0.1"} <= set(texts(figure))
    assert "loops: 430, tiles: 0.057, limit: 0.1" in figure.alt


def test_bars_on_a_logarithmic_axis_begin_below_a_power_of_ten():
    assert plots.bars([1.0, 10.0], ["N", "Z"], log=True).axes[0].get_ylim()[0] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": [1, 0], "log": True}, "a logarithmic axis needs positive values, got 0"),
        ({"values": [1, -2.5], "log": True}, r"needs positive values, got -2\.5"),
        ({"labels": ["a"]}, "labels needs 2 entries, got 1"),
        ({"values": [1, np.nan]}, "values must be finite"),
        ({"highlight": 2}, "highlight must name bars 0 to 1, got 2"),
        ({"highlight": "a"}, "highlight must name bars 0 to 1, got 'a'"),
        ({"groups": ["g", "h"]}, "groups needs 1 entries, got 2"),
        ({"values": np.ones((7, 2))}, "at most 6 groups, got 7"),
    ],
)
def test_bars_of_wrong_input_says_what_came(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.bars(**({"values": [1, 2], "labels": ["a", "b"]} | arguments))


def test_history_draws_losses_over_epochs_and_accuracy_in_percent():
    loss, accuracy = plots.history(HISTORY).axes
    drawn = {line.get_label(): line for line in loss.lines}
    assert list(drawn) == ["each batch", "training", "validation"]
    np.testing.assert_allclose(drawn["each batch"].get_xdata(), np.arange(1, 7) / 3)
    np.testing.assert_array_equal(drawn["training"].get_xdata(), [1, 2])
    np.testing.assert_array_equal(drawn["validation"].get_ydata(), [0.8, 0.4])
    np.testing.assert_allclose(accuracy.lines[0].get_ydata(), [81, 92.5])
    assert loss.get_ylim()[0] == 0 and loss.get_ylim()[1] > 2.3


def test_history_without_validation_shows_the_loss_alone():
    figure = plots.history(SimpleNamespace(train_loss=[0.5], validation_accuracy=[]))
    assert len(figure.axes) == 1
    assert figure.alt == "Training over 1 epoch. Training loss: 0.5."


def test_history_of_nothing_says_so():
    with pytest.raises(ValueError, match="nothing was trained yet"):
        plots.history(SimpleNamespace(train_loss=[], batch_loss=[]))


# confusion matrix and architecture


def test_confusion_matrix_puts_true_digits_in_rows_and_mutes_the_diagonal():
    figure = plots.confusion_matrix([[900, 7, 0], [0, 800, 1], [0, 0, 700]])
    axes = figure.axes[0]
    cells = {(round(t.get_position()[1] - 0.5), round(t.get_position()[0] - 0.5)): t
             for t in axes.texts}  # fmt: skip
    assert cells[0, 1].get_text() == "7" and cells[0, 1].get_fontweight() == "bold"
    assert cells[1, 1].get_text() == "800" and cells[1, 1].get_fontweight() == "normal"
    assert cells[2, 0].get_text() == "\u00b7"
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true digit", "predicted digit")
    shade = {tuple(int(at) for at in p.get_xy()[::-1]): style.luminance(p.get_facecolor())
             for p in axes.patches}  # fmt: skip
    assert shade[0, 1] < shade[1, 2] < shade[0, 0] < shade[2, 0] == 1, "mistakes are dark"


def test_confusion_matrix_without_mistakes_says_so():
    assert plots.confusion_matrix(np.diag([3, 4])).alt.endswith("7 of 7 right. No mistakes.")


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((2, 3)), r"matrix must be square, got shape \(2, 3\)"),
        ([[0.5, 0], [0, 1]], "must hold counts"),
        ([[-1, 0], [0, 1]], "must hold counts"),
    ],
)
def test_confusion_matrix_of_wrong_input_says_what_came(matrix, message):
    with pytest.raises(ValueError, match=message):
        plots.confusion_matrix(matrix)


def test_architecture_names_on_arrows_or_under_boxes():
    shapes = [(28, 28, 1), (13, 13, 8), (10,)]
    on_arrows = plots.architecture(shapes, names=["convolution", "dense"])
    under_boxes = plots.architecture(shapes, names=["image", "maps", "scores"])
    assert {"28×28×1", "13×13×8", "10", "convolution", "dense"} <= set(texts(on_arrows))
    assert {"image", "maps", "scores"} <= set(texts(under_boxes))
    assert under_boxes.alt == "Network: 28×28×1 (image), 13×13×8 (maps), 10 (scores)."


def test_architecture_stacks_no_more_than_eight_maps_and_counts_few_units():
    figure = plots.architecture([(4, 4, 3), (4, 4, 40), (10,), (500,)])
    assert len(figure.findobj(lambda a: isinstance(a, Rectangle) and a.get_linewidth() == 1.3)) == (
        3 + 8 + 10 + 8
    )


def test_architecture_of_many_layers_takes_two_lines():
    short, long = (plots.architecture([(n,) for n in range(2, 2 + k)]) for k in (8, 9))
    assert short.pixels[0] <= style.PAGE_WIDTH and long.pixels[0] <= style.PAGE_WIDTH
    assert long.pixels[1] > 1.8 * short.pixels[1]


@pytest.mark.parametrize(
    ("shapes", "names", "message"),
    [
        ([], None, "at least one shape"),
        ([(28, 28)], None, r"a shape must be .* got \(28, 28\)"),
        ([(28, 0, 1)], None, r"got \(28, 0, 1\)"),
        (["wide"], None, "got 'wide'"),
        ([(4,), (2,)], ["a", "b", "c"], "names needs 2 entries, got 3"),
    ],
)
def test_architecture_of_wrong_input_says_what_came(shapes, names, message):
    with pytest.raises(ValueError, match=message):
        plots.architecture(shapes, names=names)


# words


def test_listed_and_sentence_join_as_prose():
    assert wording.sentence("One", None, "Two.", "Three?") == "One. Two. Three?"
    assert wording.listed(["a\nb", 2]) == "a b, 2"


def test_images_take_the_digit_0_for_a_title():
    figure = plots.images(np.zeros((2, 4, 4)), titles=np.array([0, 7], np.uint8))
    assert {"0", "7"} <= set(texts(figure))

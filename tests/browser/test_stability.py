"""All ten widgets in one notebook of a real JupyterLab: used, looked at, and put under strain."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from in_notebook import (
    ASK,
    HARMLESS,
    SET,
    cell,
    frozen,
    kernel_has,
    rewrite,
    run,
    show,
    start,
    view,
    write_notebook,
)
from lab_server import CLOSE, OPEN, RESTART, do
from PIL import Image
from playwright.sync_api import expect
from test_pages import AXE, CONTRASTS

SETUP = """\
import numpy as np
from cnn_lab import reference, widgets
from cnn_lab.convolution import conv2d
from cnn_lab.layers import Conv2D, Dense, Flatten
from cnn_lab.losses import softmax
from cnn_lab.network import Sequential
from cnn_lab.optimizers import SGD
from cnn_lab.training import fit

network = Sequential([Conv2D(2, 5, stride=4), Flatten(), Dense(10)], input_shape=(28, 28, 1), rng=0)
x, y = np.zeros((100, 28, 28), np.uint8), np.arange(100) % 10

def train(monitor, epochs):
    return fit(network, x, y, optimizer=SGD(0.001), epochs=epochs, batch_size=10,
               callback=monitor, progress=False)"""
WRONG = """\
def mine(*given):
    return given[7]"""
STEPS = """\
steps = []
stop = monitor.stop
monitor.stop = lambda: (steps.append(len(monitor._step.history.batch_loss)), stop())"""
# For each widget that takes the learner's function: how it is given, and what it should be.
LEARNERS = {
    "ConvolutionStepper(np.eye(5), conv=mine)": "mine = reference.conv_single_step",
    "FilterDesigner(conv=mine)": "mine = lambda a, w: conv2d(a[None, ..., None], "
    "w[..., None, None])[0, ..., 0]",
    "PoolingStepper(pool=mine)": "mine = np.max",
    "GradientFlow(backward=mine)": "mine = reference.conv_backward",
    "SoftmaxExplorer(softmax=mine)": "mine = softmax",
}


@dataclass
class Case:
    """How a widget is used: what makes it, what a learner does to it, and what comes of that."""

    make: str
    act: Callable  # of the view and 0, 1, 2
    attribute: str
    values: list  # of the attribute, after each act
    heard: str  # what the kernel prints then: the same value
    asks: bool = False  # whether the kernel must compute


def arrow(there, n):
    there.locator("canvas[role=application]").first.press("ArrowRight")


def press(*names):
    def act(there, n):
        there.get_by_role("button", name=names[n], exact=True).click()

    return act


def slide(there, n):
    there.get_by_role("slider").first.press("ArrowRight")


def stepping(make, heard="*{}.position, sep=','"):
    return Case(f"widgets.{make}", arrow, "position", ["0,1", "0,2", "0,3"], heard)


KERNELS = ["0,-1,0,-1,5,-1,0,-1,0", ",".join(["0.111"] * 9), "1,-1,1,-1"]
SCORES = ["-0.9,0,3,5", "-0.8,0,3,5", "-0.7,0,3,5"]
CASES = {
    "stepper": stepping("ConvolutionStepper(np.eye(5))"),
    "padding": stepping("PaddingExplorer()"),
    "pooling": stepping("PoolingStepper(np.eye(8))"),
    "gradient": stepping("GradientFlow(np.eye(6), np.ones((2, 2)))"),
    "designer": Case("widgets.FilterDesigner()", press("sharpen", "blur", "left minus right"),
                     "kernel", KERNELS, "*(f'{{w:.3g}}' for w in {}.kernel.flat), sep=','", True),
    "scores": Case("widgets.SoftmaxExplorer(softmax=softmax)", slide, "scores", SCORES,
                   "*(f'{{s:.3g}}' for s in {}.answered), sep=','", True),
    "features": Case("widgets.FeatureMapExplorer(network)", press(*["Next"] * 3), "index",
                     ["1", "2", "3"], "{}.shown", True),
    "field": Case("widgets.ReceptiveFieldExplorer(network, unit=(2, 1))", arrow, "unit",
                  ["2,2", "2,3", "2,4"], "*{}.measured[1:3], sep=','", True),
    "pad": Case("widgets.DigitPad()", press("An example digit", "Clear", "An example digit"),
                "guess", ["0", "", "7"],
                "{0}.probabilities.argmax() if {0}.probabilities.size else ''", True),
}  # fmt: skip
ALL = [*CASES, "monitor"]
MONITOR = "widgets.TrainingMonitor()"
ASKING = [name for name, case in CASES.items() if case.asks]
THEMES = ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"]
# Returns when the new theme is there and the old one gone: two changes at once confuse JupyterLab.
THEME = """async (theme) => {
  const name = theme.replace("JupyterLab ", "").replaceAll(" ", "-").toLowerCase();
  const links = () => [...document.querySelectorAll('link[href*="/themes/"]')];
  const loaded = () => links().length === 1 && links()[0].sheet &&
    links()[0].href.includes(`/theme-${name}-extension/`);
  if (loaded()) return;
  await jupyterapp.commands.execute("apputils:change-theme", { theme });
  while (!loaded()) await new Promise(requestAnimationFrame);
}"""
SELECT = "(index) => { jupyterapp.shell.currentWidget.content.activeCellIndex = index; }"
CLEAR = "() => jupyterapp.commands.execute('notebook:clear-cell-output')"
# Takes a node out of the page and puts it back, as JupyterLab's mode "full" does with cells.
OUT_AND_BACK = """(node) => {
  const { parentElement, nextSibling } = node;
  node.remove();
  parentElement.insertBefore(node, nextSibling);
}"""
# How many listeners a widget's model has.
LISTENERS = """async (index) => {
  const { content } = jupyterapp.shell.currentWidget;
  const within = (widget) => widget._manager ? [widget] : [...widget.children()].flatMap(within);
  const [renderer] = within(content.widgets[index].outputArea);
  const { model_id } = content.model.cells.get(index).outputs.get(0).data[
    "application/vnd.jupyter.widget-view+json"];
  const model = await (await renderer._manager.promise ?? renderer._manager).get_model(model_id);
  return Object.values(model._events).reduce((sum, each) => sum + each.length, 0);
}"""


@pytest.fixture(scope="module")
def notebook(lab_page, root):
    """The page with the notebook: two cells for each widget, of which the first has been run."""
    sources = [SETUP]
    for name in ALL:
        make = CASES[name].make if name in CASES else MONITOR
        sources += [f"{name} = {make}\n{name}", f"display({name})"]
    sources += ["# mine", "own = 0", "steps = []", "history = 0", "while free is None: pass"]
    write_notebook(root / "stability.ipynb", *sources)
    do(lab_page, OPEN, "stability.ipynb")
    run(lab_page, "import numpy")
    for name in ALL:
        run(lab_page, f"{name} = ", ".cnn-lab")
    yield lab_page
    do(lab_page, CLOSE)


@pytest.fixture
def page(notebook):
    """The notebook; in the end it must have had nothing to complain of."""
    notebook.errors.clear()
    yield notebook
    assert [error for error in notebook.errors if HARMLESS not in error] == []


def remade(page, name):
    """Run a widget's cell, and return its view."""
    return view(run(page, f"{name} = ", ".cnn-lab")[0])


def heard(page, name, n):
    case = CASES[name]
    kernel_has(page, case.heard.format(name), case.values[n])


def came(there, name, n):
    case = CASES[name]
    expect(there).to_have_attribute(f"data-{case.attribute}", case.values[n])


# ---- looked at ----


@pytest.fixture(scope="module", params=THEMES)
def theme(request, notebook):
    """One theme of JupyterLab after the other."""
    do(notebook, THEME, request.param)
    yield request.param
    if request.param == THEMES[-1]:
        do(notebook, THEME, THEMES[0])


@pytest.mark.parametrize("name", ALL)
def test_widget_can_be_read_in_the_themes_of_jupyterlab(page, theme, name):
    there = view(show(page, f"{name} = "))
    expect(there).to_be_visible()
    contrasts = there.evaluate(CONTRASTS)
    assert contrasts
    assert [(round(ratio, 2), text) for ratio, text in contrasts if ratio < 4.5] == []
    index, _ = cell(page, f"{name} = ")
    node = f'.jp-Cell[data-windowed-list-index="{index}"] .cnn-lab'
    options = AXE["light" if theme == THEMES[0] else "dark"]
    report = Axe().run(page, context=node, options=options)
    assert report.violations_count == 0, report.generate_report()


def test_curves_are_drawn_with_the_ink_of_the_theme(page, theme):
    chart = view(show(page, "monitor = ")).locator("canvas").first
    picture = Image.open(BytesIO(chart.screenshot())).convert("L")
    ground, ends = picture.getpixel((5, 5)), picture.getextrema()
    assert ends[0] < 60 and ends[1] > 195
    assert (ground > 195) == (theme == THEMES[0]) and (ground < 60) == (theme != THEMES[0])


# ---- used ----


@pytest.mark.parametrize("name", CASES)
def test_two_views_agree_and_the_kernel_hears_both(page, name):
    case, first = CASES[name], remade(page, name)
    second = view(run(page, f"display({name})", ".cnn-lab")[0])
    for n, there in enumerate([second, first, second]):
        case.act(there, n)
        came(first, name, n)
        came(second, name, n)
        heard(page, name, n)


@pytest.mark.parametrize("name", CASES)
def test_cell_is_closed_and_run_again(page, name):
    case, there = CASES[name], remade(page, name)
    case.act(there, 0)
    index, whole = cell(page, f"{name} = ")
    page.evaluate(SELECT, index)
    do(page, CLEAR)
    expect(view(whole)).to_have_count(0)
    there = remade(page, name)
    expect(view(whole)).to_have_count(1)
    case.act(there, 0)
    came(there, name, 0)
    heard(page, name, 0)


@pytest.mark.parametrize("name", CASES)
def test_while_the_kernel_is_busy_and_when_it_is_free(page, name):
    case, there = CASES[name], remade(page, name)
    notice = there.locator(".notice")
    with frozen(page):
        case.act(there, 0)
        if case.asks:
            expect(notice).to_contain_text("The kernel is busy")
        else:
            came(there, name, 0)
        case.act(there, 1)
        case.act(there, 2)
    expect(notice).to_be_empty()
    came(there, name, 2)
    heard(page, name, 2)


def test_running_cell_keeps_no_widget_from_asking(page):
    """JupyterLab has a way to the kernel beside the cells: a widget is answered at once."""
    there = remade(page, "designer")
    do(page, ASK, "free = None")
    start(page, "while free is None")
    try:
        CASES["designer"].act(there, 0)
        came(there, "designer", 0)
        expect(there.locator(".says")).to_contain_text("reaches from −")
    finally:
        do(page, "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
    kernel_has(page, "free", "None")  # it has ended, and nothing more is thrown away


@pytest.mark.parametrize("make", LEARNERS)
def test_error_in_the_learners_function(page, make):
    there = own_widget(page, WRONG, make)
    alert = there.get_by_role("alert")
    expect(alert).to_contain_text("IndexError: tuple index out of range, in line 3 of mine. Mend")
    for canvas in there.locator("canvas:visible").all():
        canvas.hover()
    there = own_widget(page, LEARNERS[make], make)
    expect(there.locator(".error")).to_be_empty()
    expect(there).to_have_attribute("data-wrong", "0")


def own_widget(page, function, make):
    """Write the learner's function anew, run both cells and return the view."""
    rewrite(page, "# mine", f"# mine\n{function}")
    rewrite(page, "own = ", f"own = widgets.{make}\nown")
    return view(cell(page, "own = ")[1])


@pytest.mark.parametrize("name", CASES)
def test_notebook_is_scrolled_away_and_back(page, name):
    case, there = CASES[name], remade(page, name)
    case.act(there, 0)
    came(there, name, 0)
    show(page, "history = " if ALL.index(name) < 5 else "import numpy")
    expect(there).not_to_be_in_viewport()
    there.evaluate(OUT_AND_BACK)
    show(page, f"{name} = ")
    expect(there).to_be_in_viewport()
    came(there, name, 0)
    case.act(there, 1)
    came(there, name, 1)
    heard(page, name, 1)


@pytest.mark.parametrize("name", ALL)
def test_view_that_is_closed_leaves_no_listener(page, name):
    remade(page, name)
    index, _ = cell(page, f"{name} = ")
    alone = do(page, LISTENERS, index)
    run(page, f"display({name})", ".cnn-lab")
    both = do(page, LISTENERS, index)
    assert both > alone
    page.evaluate(SELECT, cell(page, f"display({name})")[0])
    do(page, CLEAR)
    page.wait_for_function(
        f"async ([index, count]) => await ({LISTENERS})(index) === count",
        arg=[index, alone],
        polling=100,
    )


def test_stop_ends_training_within_one_batch_and_another_goes_on(page):
    there = remade(page, "monitor")
    rewrite(page, "steps = ", STEPS)
    page.evaluate(SET, [cell(page, "history = ")[0], "history = train(monitor, 100_000)"])
    start(page, "history = ")
    expect(there).to_have_attribute("data-state", "training")
    page.wait_for_function("(node) => Number(node.dataset.step) > 0", arg=there.element_handle())
    there.get_by_role("button", name="Stop training").click()
    expect(there).to_have_attribute("data-state", "stopped")
    expect(there).to_contain_text("Weights are kept: another fit goes on from here.")
    kernel_has(page, "history.stopped, len(history.batch_loss) - steps[0] <= 1", "callback True")
    learnt = do(page, ASK, "print(network.params['2.b'][..., 0])")
    assert float(learnt.strip("[]")) != 0
    rewrite(page, "history = ", "history = train(monitor, 2)")
    expect(there).to_have_attribute("data-trainings", "2")
    expect(there).to_have_attribute("data-state", "done")
    kernel_has(page, "history.stopped, monitor.starts[1] - steps[0] <= 2", "finished True")
    assert do(page, ASK, "print(network.params['2.b'][..., 0])") != learnt


# ---- and the kernel lost: after this all cells must be run again ----


def test_kernel_is_restarted_under_all_views(page):
    views = {name: remade(page, name) for name in ALL}
    rewrite(page, "history = ", "history = 0")
    do(page, RESTART)
    for name, there in views.items():
        show(page, f"{name} = ")
        notice = there.locator(".notice")
        expect(notice).to_contain_text("This view has no kernel any more")
        expect(notice).to_contain_text("run this cell again")
        for canvas in there.locator("canvas:visible").all()[:2]:
            canvas.hover()
        if name in CASES:
            attribute = f"data-{CASES[name].attribute}"
            before = there.get_attribute(attribute)
            CASES[name].act(there, 0)
            if not CASES[name].asks:
                expect(there).not_to_have_attribute(attribute, before)
    run(page, "import numpy")
    for name in ALL:
        there = remade(page, name)
        expect(there.locator(".notice")).to_be_empty()
        if name in CASES:
            CASES[name].act(there, 0)
            came(there, name, 0)
            heard(page, name, 0)

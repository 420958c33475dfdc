"""Widgets by finger, in forced colours, in the colours of other notebooks, and closed."""

import re

import pytest
from lab_server import watched
from playwright.sync_api import expect
from test_pages import CONTRASTS, WIDGETS, opened

from cnn_lab import widgets
from cnn_lab.widgets.pages import _plain

# The attribute that a finger changes, and how many columns the canvas has that it touches.
TOUCHED = {
    "ConvolutionStepper": ("position", 3),
    "FeatureMapExplorer": ("cell", 24),
    "FilterDesigner": ("position", 26),
    "GradientFlow": ("position", 3),
    "PaddingExplorer": ("position", 6),
    "PoolingStepper": ("position", 3),
    "ReceptiveFieldExplorer": ("unit", 24),
}
PHONE = {"has_touch": True, "viewport": {"width": 360, "height": 560}}
# The colours of two dark themes, and what ipywidgets sets beside them.
DARK = {
    "VS Code": {
        "--vscode-editor-foreground": "#cccccc",
        "--vscode-editor-background": "#1f1f1f",
        "--vscode-input-background": "#313131",
        "--vscode-focusBorder": "#0078d4",
        "--vscode-widget-border": "#313131",
    },
    "Colab": {
        "--colab-primary-text-color": "#e3e3e3",
        "--colab-primary-surface-color": "#383838",
        "--colab-secondary-surface-color": "#303030",
        "--colab-border-color": "#6a6a6a",
    },
}
OF_IPYWIDGETS = {
    "--jp-content-font-color1": "black",
    "--jp-layout-color0": "white",
    "--jp-layout-color1": "white",
    "--jp-layout-color2": "#eee",
    "--jp-border-color1": "#bdbdbd",
    "--jp-brand-color1": "#1976d2",
}
GROUNDS = """(root) => [...root.querySelectorAll("[style*=background]")]
  .filter((node) => node.checkVisibility() && node.getBoundingClientRect().width)
  .map((node) => getComputedStyle(node))
  .map((style) => [style.backgroundColor, style.backgroundImage])"""


# ---- by finger ----


class Finger:
    """A finger on the page, as the browser hears of it from a touch screen."""

    def __init__(self, page):
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def send(self, kind, *points):
        points = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def drag(self, start, end, steps=8):
        """Go from one point to the other; the finger stays down."""
        self.send("touchStart", start)
        for i in range(1, steps + 1):
            way = zip(start, end, strict=True)
            self.send("touchMove", [a + (b - a) * i / steps for a, b in way])

    def lift(self):
        self.send("touchEnd")


@pytest.fixture(scope="module")
def phone_page(chromium):
    page = watched(chromium, offline=True, **PHONE)
    yield page
    page.context.close()


@pytest.fixture
def phone(phone_page, written):
    """Call it with the name of a widget for its page on a narrow screen, its view and a finger."""

    def open_page(name):
        page = opened(phone_page, written(name))
        page.evaluate("document.body.style.paddingBottom = '1200px'")
        return page, page.locator("#widget"), Finger(page)

    phone_page.errors.clear()
    yield open_page
    assert phone_page.errors == []


def box_of(canvas):
    """Bring a canvas to the middle of the window, and return where it is."""
    canvas.evaluate("node => node.scrollIntoView({ block: 'center' })")
    return canvas.bounding_box()


@pytest.mark.parametrize("name", TOUCHED)
def test_tap_and_drag_across_move_the_window(phone, name):
    page, there, finger = phone(name)
    attribute, columns = TOUCHED[name]
    canvas = there.locator("canvas[role=application]").last
    if name == "ReceptiveFieldExplorer":
        canvas = there.locator("canvas[role=application]").first
    box = box_of(canvas)
    middle = box["y"] + 0.5 * box["height"]
    left, right = (box["x"] + share * box["width"] for share in (0.5 / columns, 1 - 0.5 / columns))
    canvas.tap(position={"x": left - box["x"], "y": 0.5 * box["height"]})
    expect(there).to_have_attribute(f"data-{attribute}", re_column(0))
    finger.drag((left, middle), (right, middle))
    expect(there).to_have_attribute(f"data-{attribute}", re_column(columns - 1))
    finger.lift()


def re_column(column):
    return re.compile(rf"^\d+,{column}$")


@pytest.mark.parametrize("name", sorted(set(WIDGETS) - {"SoftmaxExplorer"}))
def test_finger_scrolls_the_page_over_every_canvas_but_the_pad(phone, name):
    page, there, finger = phone(name)
    for canvas in there.locator("canvas:visible").all()[:4]:
        box = box_of(canvas)
        before = page.evaluate("scrollY")
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        finger.drag((x, y), (x, y - 150))
        finger.lift()
        if canvas.get_attribute("class") == "pad":
            expect(there).to_have_attribute("data-blank", "false")
            assert page.evaluate("scrollY") == before
        else:
            page.wait_for_function("(before) => scrollY > before + 20", arg=before)


def test_finger_drags_a_score(phone):
    page, there, finger = phone("SoftmaxExplorer")
    slider = there.get_by_role("slider").first
    box = box_of(slider)
    middle = box["y"] + box["height"] / 2
    before = there.get_attribute("data-scores")
    finger.drag((box["x"] + 0.45 * box["width"], middle), (box["x"] + box["width"] - 2, middle))
    finger.lift()
    expect(there).not_to_have_attribute("data-scores", before)
    there.get_by_role("button", name="0", exact=True).tap()
    expect(there).to_have_attribute("data-label", "0")


def test_finger_draws_a_stroke(phone):
    page, there, finger = phone("DigitPad")
    box = box_of(there.locator(".pad"))
    finger.drag((box["x"] + 60, box["y"] + 60), (box["x"] + 200, box["y"] + 220))
    finger.lift()
    expect(there).to_have_attribute("data-blank", "false")
    there.get_by_role("button", name="Undo").click()  # a tap now would be one gesture with it
    expect(there).to_have_attribute("data-blank", "true")


# ---- colours ----


@pytest.fixture(params=WIDGETS)
def coloured(request, offline, written):
    offline.errors.clear()
    offline.emulate_media(color_scheme="light")
    yield opened(offline, written(request.param))
    offline.emulate_media(color_scheme="light", forced_colors="none")
    assert offline.errors == []


def pale(page):
    """Return what is seen badly in the widget."""
    found = page.locator("#widget").evaluate(CONTRASTS)
    assert found
    return [(round(ratio, 2), text) for ratio, text in found if ratio < 4.5]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_widget_bears_forced_colours(coloured, scheme):
    page, there = coloured, coloured.locator("#widget")
    before = there.evaluate(GROUNDS)
    page.emulate_media(color_scheme=scheme, forced_colors="active")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert pale(page) == []
    after = there.evaluate(GROUNDS)
    assert len(after) == len(before)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    lost = [
        (old, new)
        for old, new in zip(before, after, strict=True)
        if old[0].startswith("rgb(") and old[0] != "rgb(255, 255, 255)" and new[0] == ground
    ]
    assert lost == []
    page.keyboard.press("Tab")
    focus = page.evaluate(
        "(({ outlineStyle, outlineWidth, outlineColor }) => "
        "[outlineStyle, outlineWidth, outlineColor])"
        "(getComputedStyle(document.activeElement))"
    )
    assert focus[:2] == ["solid", "3px"] and focus[2] != ground


@pytest.mark.parametrize("notebook", DARK)
def test_every_widget_can_be_read_in_other_dark_notebooks(coloured, notebook):
    """VS Code and Colab have names of their own for colours; JupyterLab's, light, are there too."""
    variables = OF_IPYWIDGETS | DARK[notebook]
    coloured.evaluate(
        """(variables) => {
          for (const [name, value] of Object.entries(variables)) {
            document.documentElement.style.setProperty(name, value);
          }
        }""",
        variables,
    )
    assert pale(coloured) == []
    ground = coloured.locator("#widget").evaluate("node => getComputedStyle(node).backgroundColor")
    assert max(map(int, re.findall(r"\d+", ground)[:3])) < 64


# ---- closed ----

# Renders a widget with a model that counts; `left()` says what is still open.
COUNTED = """async ([esm, state]) => {
  document.getElementById("widget").remove();
  const timers = new Map(), heard = new Map(), outside = new Map(), observed = new Set();
  for (const [set, clear] of [["setTimeout", "clearTimeout"], ["setInterval", "clearInterval"]]) {
    const [start, end] = [window[set].bind(window), window[clear].bind(window)];
    window[set] = (act, wait, ...more) => {
      const id = start(() => {
        if (set === "setTimeout") timers.delete(id);
        act();
      }, wait, ...more);
      timers.set(id, `${set} ${wait}`);
      return id;
    };
    window[clear] = (id) => {
      timers.delete(id);
      end(id);
    };
  }
  for (const target of [window, document, document.documentElement, document.body]) {
    const on = target.addEventListener.bind(target), off = target.removeEventListener.bind(target);
    target.addEventListener = (kind, act, more) => {
      outside.set(act, kind);
      on(kind, act, more);
    };
    target.removeEventListener = (kind, act, more) => {
      outside.delete(act);
      off(kind, act, more);
    };
  }
  for (const name of ["ResizeObserver", "MutationObserver", "IntersectionObserver"]) {
    const { observe, disconnect } = window[name].prototype;
    window[name].prototype.observe = function (...all) {
      observed.add(this);
      observe.apply(this, all);
    };
    window[name].prototype.disconnect = function () {
      observed.delete(this);
      disconnect.apply(this);
    };
  }
  const revived = (value) => {
    if (value?.base64 !== undefined) {
      return new DataView(Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0)).buffer);
    }
    if (Array.isArray(value)) return value.map(revived);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, revived(part)]));
  };
  const traits = revived(state);
  window.saved = 0;
  const model = {
    get: (key) => traits[key],
    set(key, value) {
      traits[key] = value;
      for (const [act, name] of heard) if (name === `change:${key}`) act();
    },
    save_changes: () => (window.saved += 1),
    send() {},
    on: (name, act) => heard.set(act, name),
    off: (name, act) => heard.delete(act),
  };
  const widget = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
  const el = document.createElement("div");
  el.id = "widget";
  document.querySelector("main").append(el);
  const close = await widget.default.render({ model, el });
  window.left = () => [...timers.values(), ...heard.values(), ...outside.values(), ...observed];
  window.close_view = () => {
    close();
    el.remove();
  };
}"""


@pytest.mark.parametrize("name", WIDGETS)
def test_closed_view_leaves_no_timer_and_no_listener(offline, written, name):
    offline.errors.clear()
    page, widget = opened(offline, written(name)), getattr(widgets, name)()
    state = {key: _plain(value) for key, value in widget.get_state().items() if key[0] != "_"}
    page.evaluate(COUNTED, [str(widget._esm), {k: v for k, v in state.items() if k != "layout"}])
    there = page.locator("#widget")
    for canvas in there.locator("canvas:visible").all()[:6]:
        canvas.hover()
    for play in there.get_by_role("button", name="Play").all()[:1]:
        play.click()
    for button in there.get_by_role("button", name=re.compile("example|Next|sharpen")).all():
        button.click()
    for slider in there.get_by_role("slider").all()[:1]:
        slider.press("ArrowRight")
    assert page.evaluate("left().length")
    page.evaluate("close_view()")
    assert page.evaluate("left()") == []
    assert offline.errors == []

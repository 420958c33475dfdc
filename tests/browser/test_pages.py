"""Widgets as pages of their own: opened from the disk, without a network, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from cnn_lab import widgets
from cnn_lab.widgets.base import LabWidget

WIDGETS = [
    name
    for name in widgets.__all__
    if isinstance(found := getattr(widgets, name), type) and issubclass(found, LabWidget)
]
STEPPER = "ConvolutionStepper"
AXE = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast"]},
}

# Every piece of text that is seen in an element or on the page, with its contrast as WCAG 2 has it.
CONTRASTS = """(root) => {
  const numbers = (text) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => below.map((v, i) => top[i] * top[3] + v * (1 - top[3]));
  const background = (node) => {
    const layers = [];
    for (let each = node; each; each = each.parentElement) {
      layers.push(numbers(getComputedStyle(each).backgroundColor));
    }
    return layers.reverse().reduce((below, top) => over(top, below), numbers("Canvas").slice(0, 3));
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) =>
      v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [], walker = document.createTreeWalker(root ?? document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), node = walker.currentNode.parentElement;
    if (!text || !node.checkVisibility({ visibilityProperty: true })) continue;
    if (["SCRIPT", "STYLE", "NOSCRIPT"].includes(node.tagName)) continue;
    if (node.matches(":disabled, :disabled *")) continue;
    const field = background(node), ink = over(numbers(getComputedStyle(node).color), field);
    const [a, b] = [light(field), light(ink)].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), text.slice(0, 40)]);
  }
  return found;
}"""


def opened(page, address):
    """Open the page of a widget, and return when it is drawn."""
    page.goto(address)
    expect(page.locator("#widget.cnn-lab")).to_be_visible()
    return page


@pytest.fixture(params=WIDGETS)
def each(request, offline, written):
    """The page of a widget as it is without arguments, one widget after the other."""
    offline.errors.clear()
    offline.set_viewport_size({"width": 900, "height": 700})
    offline.emulate_media(color_scheme="light", reduced_motion="no-preference")
    yield opened(offline, written(request.param))
    assert offline.errors == []


def overflow(page):
    """Return by how many pixels a page is wider than its window."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def accessible(page):
    """Return role, name and whether it takes the focus, of all that a screen reader is told."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        (
            node["role"]["value"],
            node.get("name", {}).get("value", ""),
            any(p["name"] == "focusable" for p in node.get("properties", ())),
        )
        for node in nodes
        if not node["ignored"]
    ]


def focused(page):
    return page.evaluate("document.activeElement.tagName")


# ---- every widget ----


def test_every_widget_tells_a_screen_reader_what_it_is(each):
    told = accessible(each)
    assert next(label for role, label, _ in told if role == "group")
    roles = {"image", "img", "application", "slider", "Canvas"}
    unnamed = [
        (role, label)
        for role, label, takes_focus in told
        if not label and (takes_focus or role in roles) and role != "RootWebArea"
    ]
    assert unnamed == []


def test_every_widget_bears_keys_and_pointers_and_lets_tab_leave(each):
    for canvas in each.locator("canvas:visible").all():
        box = canvas.bounding_box()
        for x, y in ((0.1, 0.1), (0.95, 0.9)):
            canvas.hover(position={"x": x * box["width"], "y": y * box["height"]})
    each.evaluate("document.activeElement.blur()")
    each.keyboard.press("Tab")
    seen = []
    while focused(each) != "BODY":
        seen.append(each.evaluate("document.activeElement.localName + document.activeElement.type"))
        assert len(seen) < 200, "Tab does not leave the page"
        if seen.count(seen[-1]) <= 4 and seen[-1] != "inputfile":  # four of a kind will do
            for key in ("ArrowRight", "ArrowDown", "End", "Home", "Space", "Escape"):
                each.keyboard.press(key)
        each.keyboard.press("Tab")
    assert seen
    expect(each.locator(".says")).not_to_be_empty()


def test_every_widget_fits_narrow_and_wide_windows(each):
    found = {}
    for width in (360, 768, 1600):
        each.set_viewport_size({"width": width, "height": 800})
        found[width] = overflow(each)
    assert found == {360: 0, 768: 0, 1600: 0}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_widget_can_be_read_and_axe_finds_no_fault(each, scheme):
    each.emulate_media(color_scheme=scheme)
    dark = each.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")
    contrasts = each.evaluate(CONTRASTS)
    assert contrasts
    assert [(round(ratio, 2), text) for ratio, text in contrasts if ratio < 4.5] == []
    report = Axe().run(each, options=AXE[scheme])
    assert report.violations_count == 0, report.generate_report()


def test_every_widget_is_calm_where_motion_is_not_wanted(each):
    each.emulate_media(reduced_motion="reduce")
    each.reload()
    expect(each.locator("#widget.cnn-lab")).to_be_visible()
    assert each.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize(("name", "arguments", "numbers"), [
    ("ConvolutionStepper", {}, ["row by row: 1, 1, −2; 1, 0, −1; 2, −1, −1", "1, 0, 0, 1; 1, 1,"]),
    ("GradientFlow", {"position": [2, 2]}, ["filter, row by row: −2, 0; 0, −1", "bias: 0"]),
    ("PoolingStepper", {}, ["back to the map, row by row: 0, 0, −2, 0, 3, 0; 1, 0,"]),
    ("PaddingExplorer", {"size": 4}, ["1, 2, 3, 3, 2, 1; 2, 4, 6, 6, 4, 2"]),
])
def test_few_numbers_on_a_canvas_are_in_its_name(offline, written, name, arguments, numbers):
    told = [label for _, label, _ in accessible(opened(offline, written(name, **arguments)))]
    assert [part for part in numbers if not any(part in label for label in told)] == []


def test_faults_are_noticed(new_page):
    page = new_page(offline=True)
    page.set_content("""
        <main style="width: 2000px"><p style="color: #999; background: #fff">pale</p>
        <button></button><canvas role="application" tabindex="0"></canvas></main>""")
    assert overflow(page) > 1000
    assert [text for ratio, text in page.evaluate(CONTRASTS) if ratio < 4.5] == ["pale"]
    assert {role for role, label, focus in accessible(page) if focus and not label} >= {
        "button",
        "application",
    }
    rules = {fault["id"] for fault in Axe().run(page, options=AXE["light"]).response["violations"]}
    assert {"button-name", "color-contrast"} <= rules
    page.evaluate("() => void fetch('http://localhost.invalid/').catch(() => 0)")
    page.evaluate("() => console.error('told')")
    page.wait_for_function("true")
    assert {"told", "asked the network for http://localhost.invalid/"} <= set(page.errors)
    page.errors.clear()


# ---- the stepper ----

# By hand, for the letter N and the filter left minus right: output and its sentence.
AT_THE_END = "output[2, 2] = −1, from rows 2 to 3, columns 2 to 3 of the input."


@pytest.fixture
def stepper(new_page, written):
    """Call it for page, widget, input and output of a stepper; with a clock that tests move."""

    def stepper(*, clock=False, arguments=(), **options):
        page = new_page(offline=True, **options)
        if clock:
            page.clock.install()
        opened(page, written(STEPPER, **dict(arguments)))
        widget = page.locator("#widget")
        output = widget.locator("canvas[role=application]")
        return page, widget, widget.locator("canvas").first, output

    return stepper


def place(widget, row, column):
    expect(widget).to_have_attribute("data-position", f"{row},{column}")


def middle(canvas, row, column, rows, columns):
    """Return where the middle of a cell lies on its canvas."""
    box = canvas.bounding_box()
    return {
        "x": (column + 0.5) * box["width"] / columns,
        "y": (row + 0.5) * box["height"] / rows,
    }


def test_stepper_hovering_shows_window_products_and_sum(stepper):
    page, widget, image, output = stepper()
    output.hover(position=middle(output, 2, 2, 3, 3))
    place(widget, 2, 2)
    expect(widget.locator(".says")).to_have_text(AT_THE_END)
    expect(output).to_have_attribute("aria-description", AT_THE_END)
    expect(widget.locator("td")).to_have_text(
        ["1 × 1 = 1", "1 × −1 = −1", "0 × 1 = 0", "1 × −1 = −1"]
    )
    expect(widget.locator("th")).to_contain_text("−1")
    image.hover(position=middle(image, 0, 0, 4, 4))
    place(widget, 0, 0)
    image.hover(position=middle(image, 3, 0, 4, 4))
    place(widget, 2, 0)


def test_stepper_by_keyboard_alone(stepper):
    page, widget, image, output = stepper()
    for _ in range(5):
        page.keyboard.press("Tab")
        if output.evaluate("node => node === document.activeElement"):
            break
    assert output.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    steps = [
        ("ArrowRight", (0, 1)), ("ArrowDown", (1, 1)), ("End", (2, 2)), ("ArrowRight", (2, 2)),
        ("ArrowUp", (1, 2)), ("ArrowLeft", (1, 1)), ("Home", (0, 0)), ("ArrowUp", (0, 0)),
    ]  # fmt: skip
    for key, spot in steps:
        page.keyboard.press(key)
        place(widget, *spot)


@pytest.mark.parametrize(("motion", "milliseconds"), [("no-preference", 300), ("reduce", 1000)])
def test_stepper_space_plays_and_escape_stops(stepper, motion, milliseconds):
    page, widget, image, output = stepper(clock=True, reduced_motion=motion)
    play = widget.get_by_role("button")
    output.focus()
    page.keyboard.press("Space")
    expect(play).to_have_attribute("aria-pressed", "true")
    expect(play).to_have_text("Stop")
    place(widget, 0, 0)
    for spot in [(0, 1), (0, 2), (1, 0)]:
        page.clock.run_for(milliseconds + 20)  # and the next picture
        place(widget, *spot)
    page.clock.run_for(150)
    place(widget, 1, 0)
    page.keyboard.press("Escape")
    expect(play).to_have_attribute("aria-pressed", "false")
    page.clock.run_for(5000)
    place(widget, 1, 0)
    play.click()
    page.clock.run_for(milliseconds + 20)
    place(widget, 1, 1)
    play.click()
    page.clock.run_for(5000)
    place(widget, 1, 1)


def test_stepper_is_silent_during_play_and_says_the_last_words(stepper):
    page, widget, image, output = stepper(clock=True)
    shown, last = widget.locator("[aria-live]").all()
    output.focus()
    page.keyboard.press("Space")
    expect(shown).to_have_attribute("aria-live", "off")
    page.clock.run_for(650)
    place(widget, 0, 2)
    expect(shown).to_contain_text("output[0, 2] =")
    expect(last).to_be_empty()
    page.keyboard.press("Escape")
    page.clock.run_for(200)
    expect(shown).to_have_attribute("aria-live", "polite")
    expect(last).to_have_text(shown.text_content())
    expect(output).to_have_attribute("aria-description", shown.text_content())
    page.keyboard.press("Home")
    expect(shown).to_contain_text("output[0, 0] =")
    expect(last).to_be_empty()


def test_pad_says_the_place_of_its_cursor(new_page, written):
    page = opened(new_page(offline=True), written("DigitPad"))
    page.locator(".pad").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    says = page.locator(".says")
    expect(says).to_contain_text("Row 0, column 1 of 0 to 27, on paper, pen up.")
    page.keyboard.press("Space")
    expect(says).to_contain_text("Row 0, column 1 of 0 to 27, on ink, pen down.")


def test_charts_take_the_arrow_keys_of_a_screen_reader(offline, written):
    told = accessible(opened(offline, written("TrainingMonitor")))
    charts = [label for role, label, focus in told if role == "application" and focus]
    assert [label.split(";")[0] for label in charts] == [
        "loss against steps", "validation accuracy against steps",
    ]


def test_stepper_by_touch(stepper):
    page, widget, image, output = stepper(has_touch=True, viewport={"width": 360, "height": 740})
    output.tap(position=middle(output, 1, 2, 3, 3))
    place(widget, 1, 2)
    image.tap(position=middle(image, 0, 0, 4, 4))
    place(widget, 0, 0)


@pytest.mark.parametrize("width", [360, 1600])
def test_stepper_with_its_largest_input_fits(stepper, width):
    large = {"image": [[i * j for j in range(32)] for i in range(32)], "kernel": [[-1.25] * 7] * 7}
    page, widget, image, output = stepper(arguments=large, viewport={"width": width, "height": 800})
    assert overflow(page) == 0
    output.hover(position=middle(output, 25, 25, 26, 26))
    place(widget, 25, 25)
    assert overflow(page) == 0

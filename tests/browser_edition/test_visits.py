"""What a visitor's browser fetches: all of it from the site, and most of it only once."""

import pytest
from in_notebook import ASK
from in_site import NOT_THE_SITES, open_lesson, options_of_a_visitor
from lab_server import FLAGS, do, find_browser

LESSON = "01_single_step_convolution.ipynb"
PICTURE = """
import matplotlib.pyplot as plt
from cnn_lab import checks, plots, widgets
print(len(plots.numbers([[[1]]]).png()) > 100)"""
# Asks other hosts, from the page and from a worker; returns when both have been refused.
STRAY = """() => {
  const code = "fetch('http://worker.invalid/').finally(() => postMessage(0)).catch(() => 0)";
  const worker = new Worker(URL.createObjectURL(new Blob([code])));
  const told = new Promise((resolve) => (worker.onmessage = resolve));
  return Promise.all([fetch("https://page.invalid/").catch(() => 0), told]).then(() => 0);
}"""


@pytest.fixture
def browser_of_its_own(chromium, playing, elsewhere, tmp_path):
    """Call it to start a browser that keeps on the disk what it has fetched; returns its page."""
    proxy, asked = elsewhere
    opened = []

    def start():
        for context in opened:
            context.close()
        opened[:] = [
            playing.chromium.launch_persistent_context(
                tmp_path / "profile",
                executable_path=find_browser(),
                args=FLAGS,
                **options_of_a_visitor(proxy),
            )
        ]
        return opened[0].new_page()

    yield start
    for context in opened:
        context.close()
    asked.clear()  # a browser of one's own has questions for its maker, which come to nothing


def test_second_visit_comes_from_the_browsers_cache(
    browser_of_its_own, address, log, record_property
):
    sizes = []
    for _ in range(2):
        del log[:]
        page = browser_of_its_own()
        open_lesson(page, address, LESSON)
        assert do(page, ASK, PICTURE) == "True"
        sizes.append(log.size())
        assert {*log.missing()} <= NOT_THE_SITES
        assert log.statuses().keys() <= {200, 206, 304, 404}
    first, second = sizes
    record_property("measured", f"first visit {first / 1e6:.1f} MB, second {second / 1e6:.2f} MB")
    assert 20e6 < first < 60e6
    assert second < first / 20
    assert log.statuses()[304] > 100  # the browser has asked, and was told that it has the newest


def test_requests_to_another_host_are_found_out(new_visitor, address, elsewhere):
    """A control: the tests of the lessons would fail if one of them asked for more."""
    page, (_, asked) = new_visitor(), elsewhere
    page.goto(f"{address}jupyter-lite.json")
    page.evaluate(STRAY)
    assert sorted(asked) == ["CONNECT page.invalid:443", "GET http://worker.invalid/"]
    asked.clear()
    page.errors.clear()

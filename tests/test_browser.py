"""What the package does in a browser, with a page that is only pretended."""

import gzip
import sys
from types import SimpleNamespace

import pytest

from cnn_lab import browser

SITE = "https://school.example/cnn/"
WORKER = SITE + "extensions/@jupyterlite/pyodide-kernel-extension/static/123.js"
PACKED = gzip.compress(b"\0\0\x08\x01\0\0\0\x01\x05")


class Page:
    """A page's `js`, which answers every request with the same content."""

    def __init__(self, content=PACKED, status=200, href=WORKER, reachable=True):
        self.self = SimpleNamespace(location=SimpleNamespace(href=href))
        self.asked, self.status, self.reachable = [], status, reachable
        self.response = SimpleNamespace(to_bytes=lambda: content)
        self.XMLHttpRequest = SimpleNamespace(new=lambda: self)

    def open(self, method, address, wait_elsewhere):
        assert (method, wait_elsewhere) == ("GET", False)
        self.asked.append(address)

    def send(self):
        if not self.reachable:
            raise RuntimeError("NetworkError")


@pytest.fixture
def in_page(monkeypatch):
    """Call it with a page, to be in it."""

    def enter(page):
        monkeypatch.setattr(browser, "IN_BROWSER", True)
        monkeypatch.setitem(sys.modules, "js", page)
        return page

    return enter


def test_files_come_from_the_site_once(in_page, tmp_path):
    page, path = in_page(Page()), tmp_path / "train.gz"
    browser.bring(path)
    browser.bring(path)
    assert path.read_bytes() == PACKED
    assert page.asked == [SITE + "static/data/train.gz"]


def test_the_site_is_found_from_pyodide_too(in_page, tmp_path):
    page = in_page(Page(href=SITE + "static/pyodide/pyodide.mjs"))
    browser.bring(tmp_path / "train.gz")
    assert page.asked == [SITE + "static/data/train.gz"]


def test_a_file_that_the_browser_has_unpacked_is_packed_again(in_page, tmp_path):
    in_page(Page(gzip.decompress(PACKED)))
    browser.bring(tmp_path / "train.gz")
    assert gzip.decompress((tmp_path / "train.gz").read_bytes()) == gzip.decompress(PACKED)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (Page(status=404), "static/data/train.gz cannot be fetched: the answer was 404"),
        (Page(reachable=False), "is the network there"),
        (Page(b"<!doctype html>"), "the answer is no gzip file"),
        (Page(href="blob:https://school.example/1"), "no site is known to which blob:"),
    ],
)
def test_what_cannot_be_fetched_is_said_and_not_kept(in_page, tmp_path, page, message):
    in_page(page)
    with pytest.raises(OSError, match=message):
        browser.bring(tmp_path / "train.gz")
    assert not (tmp_path / "train.gz").exists()


def test_nothing_is_fetched_outside_a_browser(tmp_path):
    browser.bring(tmp_path / "train.gz")
    assert not (tmp_path / "train.gz").exists()


@pytest.mark.parametrize(
    ("wanted", "outside", "inside"), [(60_000, 60_000, 2000), (500, 500, 500)]
)
def test_a_browser_trains_on_fewer_pictures(monkeypatch, wanted, outside, inside):
    monkeypatch.setattr(browser, "IN_BROWSER", False)
    assert browser.at_most(wanted) == outside
    monkeypatch.setattr(browser, "IN_BROWSER", True)
    assert browser.at_most(wanted) == inside
    assert browser.at_most(wanted, 100) == 100

"""Photograph the widgets for the README: ``python images/photograph.py``, which needs Chromium."""

import shutil
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import sync_playwright

from cnn_lab import widgets
from cnn_lab.mnist import load_mnist

HERE = Path(__file__).parent
GAP, SHARPNESS = 28, 2


def shown():
    """Return the widgets in their columns, from left to right."""
    images, _ = load_mnist("test")
    stepper = widgets.ConvolutionStepper(position=[2, 0])
    return [
        [stepper, widgets.FilterDesigner(images[4])],
        [widgets.DigitPad(image=images[4])],
    ]


def photograph(page, widget, folder):
    """Return the picture of a widget, without the heading of its page."""
    page.goto(widget.to_html(Path(folder) / "page.html").as_uri())
    page.locator("#widget.cnn-lab").wait_for()
    page.wait_for_timeout(300)
    for part in page.locator(".says, button, h1").all():
        part.evaluate("node => node.style.display = 'none'")
    return Image.open(BytesIO(page.locator("#widget").screenshot()))


def trimmed(picture):
    """Cut the white edges off."""
    white = Image.new("RGB", picture.size, "white")
    return picture.crop(ImageChops.difference(picture.convert("RGB"), white).getbbox())


def main():
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(
            viewport={"width": 860, "height": 900}, device_scale_factor=SHARPNESS
        )
        columns = [[trimmed(photograph(page, w, folder)) for w in column] for column in shown()]
        browser.close()
    gap = GAP * SHARPNESS
    widths = [max(picture.width for picture in column) for column in columns]
    heights = [sum(p.height + gap for p in column) - gap for column in columns]
    size = sum(widths) + gap * (len(widths) + 1), max(heights) + 2 * gap
    sheet = Image.new("RGB", size, "white")
    x = gap
    for column, width in zip(columns, widths, strict=True):
        y = gap
        for picture in column:
            sheet.paste(picture, (x, y))
            y += picture.height + gap
        x += width + gap
    sheet.quantize(128).save(HERE / "widgets.png", optimize=True)
    print(f"widgets.png: {sheet.width} x {sheet.height} pixels")


if __name__ == "__main__":
    main()

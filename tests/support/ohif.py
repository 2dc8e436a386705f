"""The viewer in a browser: which image it shows, going to another, and the grey it painted each stored pixel in."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page
from pydicom.dataset import Dataset

from support.browser import axe

# OHIF as packed (ADR 0007) has controls of its own that are not accessible; nothing else of the page may be like them.
OWN_FAULTS = frozenset(
    {"aria-allowed-attr", "button-name", "heading-order", "image-alt", "nested-interactive", "target-size"}
)

# The view that is painted: its image's number in the stack, and the object it is of. Nothing before it is painted.
_SHOWN = """(before) => {
  const viewport = window.cornerstone?.getEnabledElements()[0]?.viewport;
  const of = viewport?.csImage?.imageId.match(/instances\\/([^/]+)/)?.[1];
  const index = viewport?.getCurrentImageIdIndex();
  return of && index !== before && viewport.viewportStatus === 'rendered' ? { index, of } : null;
}"""
_GO = """async (index) => {
  const { element, viewport } = window.cornerstone.getEnabledElements()[0];
  await viewport.setImageIdIndex(index);
  await new Promise((painted) => {
    viewport.element.addEventListener('CORNERSTONE_IMAGE_RENDERED', painted, { once: true });
    viewport.render();
  });
}"""
# Where the middle of each pixel of the image is on the canvas, by the viewer's own geometry, and the grey found there.
_GREY = """(pixels) => {
  const { viewport } = window.cornerstone.getEnabledElements()[0];
  const { imageData } = viewport.getImageData();
  const ratio = window.devicePixelRatio;
  const canvas = viewport.canvas;
  const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return pixels.map(([row, column]) => {
    const [x, y] = viewport.worldToCanvas(imageData.indexToWorld([column, row, 0])).map((v) => Math.round(v * ratio));
    return data[4 * (y * width + x)];
  });
}"""


def opened(page: Page, address: str) -> dict[str, Any]:
    """Open a scan's address; what is shown, once an image is painted."""
    page.goto(address)
    return shown(page)


def shown(page: Page, other_than: int = -1) -> dict[str, Any]:
    """`index` in the stack and the object (`of`) that is painted, once one is whose index is not `other_than`."""
    found: dict[str, Any] = page.wait_for_function(_SHOWN, arg=other_than, timeout=60_000).json_value()
    return found


def faults(page: Page) -> list[str]:
    """Accessibility violations of the viewer's page that OHIF as packed does not bring with it."""
    return [found for found in axe(page) if found.split(" ", 1)[0] not in OWN_FAULTS]


def go(page: Page, index: int) -> dict[str, Any]:
    """Scroll to an image of the stack; what is shown, once it is painted."""
    page.evaluate(_GO, index)
    return shown(page)


def painted(page: Page, stored: Dataset, step: int = 6) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """(stored value, painted grey 0 to 255) of every `step`th pixel each way of the object that is shown."""
    pixels = [(row, column) for row in range(3, stored.Rows - 3, step) for column in range(3, stored.Columns - 3, step)]
    values = stored.pixel_array
    return np.array([values[at] for at in pixels]), np.array(page.evaluate(_GREY, pixels))

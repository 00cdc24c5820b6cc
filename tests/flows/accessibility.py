"""What axe finds on a page in a browser: light and dark, wide and narrow."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

#: The folder into which the Makefile installs the packages of package.json.
NPM = Path(sys.executable).parent.parent / "npm" / "node_modules"
AXE = NPM / "axe-core/axe.min.js"
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="`make test-tools` installs axe-core")

#: Each color scheme and each width once, as no color depends on the width.
MODES: list[tuple[Any, int]] = [("light", 1440), ("dark", 390)]
#: The rules whose outcome depends on colors or the width. The others have the same to say in each mode.
CHANGING = ["color-contrast", "target-size"]
_LOOK = """async (only) => {
    // axe takes rows that nobody sees yet for hidden under others.
    const shown = new CSSStyleSheet();
    shown.replaceSync("* { content-visibility: visible !important }");
    document.adoptedStyleSheets = [shown];
    for (const _ of [1, 2]) await new Promise(requestAnimationFrame); // scripts have heard of new colors by then
    const asked = only.length ? { runOnly: only } : { rules: { "target-size": { enabled: true } } };
    const { violations } = await axe.run({ preload: false, resultTypes: ["violations"], ...asked });
    const found = violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} px wide`);
    return found;
}"""


def violations(page: Page, ready: Callable[[], None] = lambda: None) -> Iterator[str]:
    """What is wrong with a page as it is, which has axe already. All rules are asked in the first mode.

    ``ready`` is called in each mode before they are.
    """
    for mode, (scheme, width) in enumerate(MODES):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        ready()
        for found in page.evaluate(_LOOK, CHANGING if mode else []):
            yield f"({scheme}, {width} px): {found}"

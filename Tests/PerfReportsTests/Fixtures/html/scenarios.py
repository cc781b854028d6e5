"""Drives the pages in a directory through a real browser: `scenarios.py DIRECTORY`.

Prints `ok NAME` or `failed NAME: reason` for each scenario; the pages are those of HTMLScene.swift,
HTMLHeapScene.swift and DiagnosisScene.swift.
"""

import pathlib
import sys
import traceback

import diagnosis_scenarios  # noqa: F401 (its scenarios are found by their mark)
import heap_scenarios  # noqa: F401 (its scenarios are found by their mark)
import probe_scenarios  # noqa: F401 (its scenarios are found by their mark)
from page import PIXEL, SCENARIOS, Page, contains, expect, scenario
from webdriver import Browser


@scenario
def loads_from_a_file_without_complaints(page, browser):
    page.open("known")
    expect(browser.text("#target"), "server --port 8080", "target")
    contains(browser.text("#facts"), "cpu-clock at 999 Hz", "event")
    contains(browser.text("#facts"), "web-1", "host")
    contains(browser.text("#facts"), "Samples100", "samples")
    expect(int(page.drawn()["frames"]), 12, "drawn frames")
    expect(browser.js("return performance.getEntriesByType('resource').length"), 0, "requests")


@scenario
def refuses_foreign_scripts(page, browser):
    page.open("known")
    browser.js("const s = document.createElement('script'); s.textContent = 'window.intruder = 1';"
               "document.body.append(s)")
    expect(browser.js("return window.intruder ?? null"), None, "a script that is not the page's own")
    if not any("Content Security Policy" in line for line in browser.console()):
        raise AssertionError("the policy did not object")


@scenario
def shows_every_doubt_with_its_remedy(page, browser):
    page.open("known")
    text = browser.text("#notices")
    # The wording is the reports' own; every count of the scene and its warning must be there.
    for part in ["7 of 107", "lost", "3 times", "4 of 100", "2 of 100", "1 of 100", "5 of 100", "found by reading code",
                 "libfoo.so is stripped", "apt-get install libfoo-dbgsym", "-F"]:
        contains(text, part, "warnings")
    expect(browser.js("return document.querySelectorAll('#notices li').length"), 8, "warnings")
    expect(browser.js("const r = document.getElementById('notices').getBoundingClientRect();"
                      "return r.height > 50 && r.top >= 0 && r.bottom < innerHeight / 2"), True, "warnings in sight")


@scenario
def searches_and_shows_the_share(page, browser):
    page.open("known")
    before = page.color_at("lex", 30)
    browser.press("/", *"pars")
    browser.press("e")
    contains(browser.text("#matches"), "60.0% (", "share of parse")
    contains(browser.text("#matches"), "50.2–69.1", "confidence interval")
    highlighted, faded = page.color_at("parse", 30), page.color_at("lex", 30)
    expect(highlighted[:3], [163, 0, 109], "colour of a match")
    if faded == before:
        raise AssertionError("what does not match is not faded")
    browser.press("Escape")
    expect(browser.text("#matches"), "", "cleared search")


@scenario
def counts_recursion_once(page, browser):
    page.open("known", "search=walk")
    contains(browser.text("#matches"), "10.0% (", "share of walk")
    page.open("known", "search=walk&direction=up")
    contains(browser.text("#matches"), "10.0% (", "share of walk, bottom-up")
    total = browser.js("return app.totals.total[app.profile.functions.find((f) => f.name === 'walk').index]")
    expect(total, 10 * 1001001, "total of walk")


@scenario
def searches_by_regular_expression_module_and_plain_text(page, browser):
    for query, share in [("%5Ep.*e%24", "60.0%"), ("module:libc", "30.0%"), ("file:server.swift", "100.0%"),
                         ("PARSE%7Cwalk", "70.0%")]:
        page.open("known", f"search={query}")
        contains(browser.text("#matches"), share + " (", query)
    page.open("known", "search=%5B(")
    expect(browser.text("#matches"), "no match", "a broken expression is text")


@scenario
def zooms_by_click_and_resets(page, browser):
    page.open("known")
    page.click_frame("parse")
    expect(page.zoomed(), "parse", "zoom")
    contains(browser.text("#breadcrumb"), "main", "breadcrumb")
    contains(browser.js("return location.hash"), "zoom=", "address")
    width = browser.js("const r = app.graph.rectangle(app.state.zoom); return r.width / app.graph.width")
    expect(width, 1, "width of the zoomed frame")
    contains(browser.text("#details"), "100.0% (", "share of the zoomed frame")
    browser.click("#reset")
    expect(page.zoomed(), "all", "reset")
    page.click_frame("parse")
    page.click_frame("main")
    expect(page.zoomed(), "main", "zoom out by a click on a caller")


@scenario
def restores_zoom_search_and_view_from_the_address(page, browser):
    page.open("known")
    page.click_frame("parse")
    browser.press("/", *"lex")
    fragment = browser.js("return location.hash.slice(1)")
    page.open("known", fragment)
    expect(page.zoomed(), "parse", "zoom")
    contains(browser.text("#matches"), "40.0% (", "search")
    contains(browser.text("#matches"), "80.0% of zoomed", "search within the zoom")
    page.open("known", "zoom=999999&type=nonsense&hide-threads=77.-3&view=%3Cb%3E&direction=sideways")
    expect(page.zoomed(), "all", "nonsense in the address")


@scenario
def shows_numbers_and_source_on_hover(page, browser):
    page.open("known")
    browser.pointer(*page.point("lex"))
    text = browser.text("#tooltip")
    for part in ["lex", "/srv/app/server", "Server.swift:42", "inlined into its caller", "40.0% (30.9–49.8)",
                 "40.0 ms"]:
        contains(text, part, "tooltip")
    expect(browser.js("return document.getElementById('tooltip').hidden"), False, "tooltip shown")
    page.click_frame("parse")
    browser.pointer(*page.point("lex"))
    contains(browser.text("#tooltip"), "80.0% (", "share of the zoomed frame")


@scenario
def works_by_keyboard(page, browser):
    page.open("known")
    browser.js("document.getElementById('graph').focus()")
    browser.press("ArrowDown")
    expect(page.selected(), "all", "first key")
    browser.press("ArrowDown", "ArrowDown")
    expect(page.selected(), "parse", "heaviest child")
    browser.press("ArrowRight")
    expect(page.selected(), "render", "right")
    contains(browser.text("#focused-frame"), "render, 30.0% total", "spoken description")
    browser.press("ArrowLeft", "Enter")
    expect(page.zoomed(), "parse", "Enter zooms")
    browser.press("ArrowDown", "Enter")
    expect(page.zoomed(), "lex", "Enter zooms further")
    browser.press("Backspace")
    expect(page.zoomed(), "parse", "Backspace")
    browser.press("Escape")
    expect(page.zoomed(), "all", "Escape")
    browser.press("?")
    expect(browser.js("return document.getElementById('help').open"), True, "help")
    browser.press("Escape")
    expect(browser.js("return document.getElementById('help').open"), False, "help closed")
    browser.press("t")
    expect(browser.js("return document.getElementById('table-panel').hidden"), False, "functions")
    expect(browser.js("return document.activeElement.id"), "table-scroll", "focus")


@scenario
def flips_and_inverts(page, browser):
    page.open("known")
    top = browser.js("return app.graph.rectangle(arguments[0]).top", page.frame_of("main"))
    browser.press("f")
    flipped = browser.js("return app.graph.rectangle(arguments[0]).top", page.frame_of("main"))
    if not flipped > top:
        raise AssertionError("the root is not at the bottom")
    browser.press("f", "b")
    first = browser.js("return [...app.layout.rows[1]].map((n) => app.functionOf(n).name)")
    expect(first, ["lex", "memcpy", "parse", "walk"], "functions by self")
    callers = browser.js(
        "const n = [...app.layout.rows[1]].find((n) => app.functionOf(n).name === 'parse');"
        "return [...app.layout.rows[2]].filter((c) => app.tree.parent[c] === n).map((c) => app.functionOf(c).name)")
    expect(sorted(callers), ["main", "work"], "callers of parse")


@scenario
def filters_by_thread(page, browser):
    page.open("known")
    contains(browser.text("#threads-summary"), "all 2", "threads")
    browser.click("#threads-summary")
    contains(browser.text("#thread-list"), "worker (101)10.0%", "share of a thread")
    browser.js("const b = [...document.querySelectorAll('#thread-list li')].find((l) =>"
               " l.textContent.includes('main')).querySelector('input'); b.click()")
    browser.frame()
    expect(browser.js("return app.measures.total"), 10 * 1001001, "total of the worker")
    contains(browser.text("#threads-summary"), "1 of 2", "threads")
    browser.click("#threads-none")
    contains(browser.text("#empty"), "chosen threads have no samples", "no thread")
    browser.click("#threads-all")
    expect(browser.js("return app.measures.total"), 100 * 1001001, "total")


HEAT_POINT = (
    "const c = app.time.heat.getBoundingClientRect(), r = app.time.heatRectangle(arguments[0]);"
    "return [c.left + r.left + r.width / 2, c.top + r.top + r.height / 2]")


def window_totals(browser):
    return browser.js("return Object.fromEntries(app.profile.functions.map((f) => [f.name, app.totals.self[f.index]])"
                      ".filter(([, value]) => value > 0).map(([n, v]) => [n, Math.round(v / 1001001)]))")


@scenario
def has_no_time_axis_without_times(page, browser):
    page.open("known")
    expect(browser.js("return document.getElementById('time-panel').hidden"), True, "time axis")
    browser.press("w")
    page.open("known", "time=1,2")
    contains(browser.text("#facts"), "Samples100", "samples")
    expect(browser.js("return app.measures.total"), 100 * 1001001, "total")


@scenario
def shows_stalls_and_phases_over_time(page, browser):
    page.open("stall")
    expect(browser.js("return [app.time.timeline.columnCount, app.time.timeline.bucketCount]"), [12, 600], "cells")
    cells = browser.js("return [...app.time.cells]")
    for second in range(12):
        for part in range(50):
            worker = 20 if second == 3 else 0
            expect(cells[second * 50 + part], worker + (0 if 20 <= part < 25 else 20), f"cell {part} of {second}")
    pixel = PIXEL + (
        "const r = app.time.heatRectangle(arguments[0]);"
        "return pixel(app.time.heat, r.left + r.width / 2, r.top + r.height / 2)")
    stalled, busy, busiest = (browser.js(pixel, bucket) for bucket in [2 * 50 + 22, 2 * 50 + 30, 3 * 50 + 30])
    if len({tuple(stalled), tuple(busy), tuple(busiest)}) != 3:
        raise AssertionError(f"colours do not differ: {stalled}, {busy}, {busiest}")
    expect(browser.js("return [...document.querySelectorAll('#lane-names li')].map((l) => l.textContent)"),
           ["main (100)", "worker (101)"], "lanes")
    lane = PIXEL + "return pixel(app.time.lanes, app.time.width * arguments[0], arguments[1] * 16 + 12)"
    own, library = browser.js(lane, 2.2 / 12, 0), browser.js(lane, 8.2 / 12, 0)
    if own == library:
        raise AssertionError("the phases have the same colour")
    if browser.js(lane, 2.2 / 12, 1) == browser.js(lane, 3.2 / 12, 1):
        raise AssertionError("the worker's second does not show")


@scenario
def drags_a_window_over_the_heat_map(page, browser):
    page.open("stall")
    start, end = browser.js(HEAT_POINT, 3 * 50 + 20), browser.js(HEAT_POINT, 3 * 50 + 24)
    browser.drag(start, end)
    expect(window_totals(browser), {"compress": 100}, "the stall of the fourth second")
    expect(browser.js("return app.measures.value(app.measures.total)"), "100 ms", "total of the window")
    contains(browser.js("return location.hash"), "time=3.4%2C3.5", "address")
    contains(browser.text("#time-status"), "3.4–3.5 s · 100 samples", "window in words")
    browser.click("#time-reset")
    expect(window_totals(browser), {"parse": 5400, "memcpy": 5400, "compress": 1000}, "whole recording")
    expect(browser.js("return location.hash"), "", "address")
    browser.pointer(*browser.js(HEAT_POINT, 2 * 50 + 22), click=True)
    contains(browser.text("#empty"), "No sample was taken in this window", "a window without samples")
    browser.press("Escape")
    expect(browser.js("return app.state.window"), None, "Escape")


@scenario
def drags_a_window_over_the_lanes(page, browser):
    page.open("stall")
    at = ("const c = app.time.lanes.getBoundingClientRect();"
          "return [c.left + app.time.width * (arguments[0] * 50 + 0.5) / 600, c.top + 8]")
    browser.drag(browser.js(at, 5), browser.js(at, 6.98))
    expect(window_totals(browser), {"parse": 900, "memcpy": 900}, "two seconds around the change")


@scenario
def restores_the_window_from_the_address(page, browser):
    page.open("stall", "time=2,3")
    expect(window_totals(browser), {"parse": 900}, "third second")
    page.open("stall", "time=5.9%2C6.1&type=samples")
    expect(browser.js("return app.measures.value(app.measures.total)"), "200", "samples around the change")
    for nonsense in ["time=9,1", "time=x", "time=-3,4", "time=400,500", "time=1e9,2e9"]:
        page.open("stall", nonsense)
        expect(browser.js("return app.state.window"), None, nonsense)


@scenario
def chooses_a_window_by_keyboard(page, browser):
    page.open("stall")
    browser.press("w")
    expect(browser.js("return document.activeElement.id"), "heat", "focus")
    browser.press("ArrowRight", "ArrowRight", "ArrowUp")
    contains(browser.text("#time-status"), "Cursor 2.02–2.04 s · 20 samples", "cursor")
    browser.press("Enter")
    expect(window_totals(browser), {"parse": 20}, "one cell")
    browser.press("Escape")
    expect(browser.js("return app.state.window"), None, "Escape")
    browser.js("const key = (k) => app.time.heat.dispatchEvent(new KeyboardEvent('keydown',"
               " { key: k, shiftKey: true, bubbles: true, cancelable: true })); app.time.heat.focus();"
               "app.time.cursor = 250; key('ArrowRight'); key('ArrowRight'); key('ArrowDown')")
    browser.press("Enter")
    expect(window_totals(browser), {"parse": 900, "memcpy": 900}, "two seconds")


@scenario
def combines_the_window_with_threads(page, browser):
    page.open("stall", "time=3,4&hide-threads=0")
    expect(window_totals(browser), {"compress": 1000}, "the worker's second")
    expect(browser.js("return app.time.cells[2 * 50 + 30]"), 0, "a cell of the hidden thread")
    expect(browser.js("return app.time.cells[3 * 50 + 30]"), 20, "a cell of the worker")


@scenario
def shows_the_time_in_the_dark(page, browser):
    pixel = PIXEL + "return pixel(app.time.heat, 4, 4)"
    page.open("stall", "theme=light")
    light = browser.js(pixel)
    page.open("stall", "theme=dark")
    if browser.js(pixel) == light:
        raise AssertionError("the heat map stays light")


@scenario
def stays_usable_with_a_million_samples(page, browser):
    page.open("million")
    expect(browser.js("return [...app.time.cells].reduce((a, b) => a + b)"), 1000000, "samples in the heat map")
    expect(browser.js("return app.time.timeline.columnCount <= 600"), True, "columns")
    page.open("million", "time=10,20")
    # A thousand samples in each second of each of eight threads.
    expect(browser.js("return Math.round(app.measures.total / 1001001)"), 80000, "samples of the window")
    expect(browser.js("return document.getElementById('lane-names').children.length"), 8, "lanes")


@scenario
def lists_functions(page, browser):
    page.open("known", "view=table")
    rows = "return [...document.querySelectorAll('#table-rows .row .name')].map((c) => c.textContent)"
    expect(browser.js(rows)[:2], ["lex", "memcpy"], "by self")
    browser.click("#table-head .total button")
    expect(browser.js(rows)[0], "main", "by total")
    contains(browser.text("#table-rows .row .total"), "90.0%", "total of main")
    browser.press("/", *"walk")
    expect(browser.js(rows), ["walk"], "filter")
    browser.click("#table-rows .row")
    expect(page.selected(), "walk", "a row opens the flame graph")


@scenario
def switches_the_sample_type(page, browser):
    page.open("known", "type=samples")
    expect(browser.js("return app.measures.value(app.measures.total)"), "100", "total in samples")
    page.open("known")
    expect(browser.js("return app.measures.value(app.measures.total)"), "100 ms", "total in time")


@scenario
def follows_the_colour_scheme(page, browser):
    background = "return getComputedStyle(document.body).backgroundColor"
    browser.emulate(prefers_color_scheme="light")
    page.open("known")
    light, frame = browser.js(background), page.color_at("parse", 30)
    browser.emulate(prefers_color_scheme="dark")
    if browser.js(background) == light or page.color_at("parse", 30) == frame:
        raise AssertionError("the page stays light")
    browser.click("#theme")
    expect(browser.js(background), light, "light by choice")
    browser.emulate(prefers_color_scheme="light")
    browser.click("#theme")
    if browser.js(background) == light:
        raise AssertionError("the page is not dark by choice")


@scenario
def keeps_text_readable(page, browser):
    """The contrast of labels on every colour is at least 4.5 to 1, as WCAG AA asks."""
    for theme in ["light", "dark"]:
        page.open("known", f"theme={theme}")
        worst = browser.js(CONTRAST)
        if worst < 4.5:
            raise AssertionError(f"{theme}: contrast {worst:.2f}")


CONTRAST = """
const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const luminance = (color) => {
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3)
    .map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
const { theme } = app.palette;
const fills = theme.categories.flatMap(([h, s, l], category) => [-4.1, 0, 4.1].flatMap((d) =>
  [-7, 0, 7].map((turn) => [`hsl(${h + turn} ${s}% ${l + d}%)`, app.palette.textColor({ isTip: category > 5 })])));
return Math.min(...fills.concat([[theme.root, theme.text]]).map(([fill, text]) => contrast(fill, text)),
  contrast(theme.faded, theme.fadedText), contrast(theme.highlight, theme.highlightText));
"""


@scenario
def draws_ten_thousand_stacks(page, browser):
    page.open("wide")
    expect(browser.js("return app.profile.rows.node.length"), 10000, "stacks")
    width = browser.js("return app.graph.width")
    for fragment in ["", "direction=up", "orientation=flame", "search=leaf1"]:
        page.open("wide", fragment)
        drawn = page.drawn()
        rows = browser.js("const [a, b] = app.graph.visibleRows(); return b - a + 1")
        # At most two frames and one block between them for each pixel of a row.
        if int(drawn["frames"]) + int(drawn["blocks"]) > 4 * width * rows:
            raise AssertionError(f"{fragment}: {drawn} for {rows} rows of {width} pixels")
        if int(drawn["frames"]) > 12000:
            raise AssertionError(f"{fragment}: {drawn['frames']} frames")
    page.open("wide")
    page.click_frame("dispatch4")
    expect(page.zoomed(), "dispatch4", "zoom")
    page.open("wide", "view=table")
    if browser.js("return document.querySelectorAll('#table-rows .row').length") > 100:
        raise AssertionError("rows out of sight exist")


@scenario
def scrolls_deep_stacks(page, browser):
    page.open("deep")
    if browser.js("return app.graph.scroll.scrollHeight") < 1000 * 20:
        raise AssertionError("a thousand rows do not scroll")
    if int(page.drawn()["frames"]) > 200:
        raise AssertionError("rows out of sight are drawn")
    browser.js("app.graph.scroll.scrollTop = 1e9")
    browser.frame()
    x, y = page.point("level999")
    browser.pointer(x, y)
    contains(browser.text("#tooltip"), "level999", "the deepest frame")
    page.open("deep", "orientation=flame")
    browser.pointer(*page.point("level0"))
    contains(browser.text("#tooltip"), "level0", "the root of the flame is in sight")
    page.open("deep", "zoom=700")
    contains(browser.text("#breadcrumb"), "694 frames", "shortened breadcrumb")


SHORT_NAMES = {
    "main": "main",
    "svc.Order.encode(to: Swift.Encoder) throws -> ()": "svc.Order.encode",
    "closure #1 (Swift.Int) -> Swift.Int in svc.load(from: Swift.String) -> ()": "svc.load closure #1",
    "generic specialization <Swift.Int, [Swift.Int]> of Swift.Array.append<A>(contentsOf: A) -> ()": "Array.append",
    "protocol witness for Swift.Encodable.encode(to: Swift.Encoder) throws -> () in conformance svc.Order : "
    "Swift.Encodable in svc": "Encodable.encode",
    "FoundationEssentials.(__JSONEncoder in _253740BCDA65E3CD).wrap<A>(_: A) throws -> A": "__JSONEncoder.wrap",
    "swift::Cache<swift::Entry>::find(unsigned long)": "swift::Cache::find",
    "operator<<(std::ostream&, int)": "operator<<(std::ostream&, int)",
    "main.(*Server).Serve": "main.(*Server).Serve",
    "<alloc::vec::Vec<T> as Drop>::drop": "<alloc::vec::Vec<T> as Drop>::drop",
    "(anonymous namespace)::run": "(anonymous namespace)::run",
    "unbalanced(((": "unbalanced(((",
}


@scenario
def shortens_names_only_where_that_is_certain(page, browser):
    page.open("known")
    for position, (name, short) in enumerate(SHORT_NAMES.items()):
        expect(browser.js("return app.displayName({ index: -1 - arguments[0], name: arguments[1] })", position, name),
               short, "short name")


@scenario
def treats_names_as_text(page, browser):
    page.open("hostile", "names=full")
    if browser.alert() is not None:
        raise AssertionError("a name ran as a script")
    expect(browser.text("#target"), "</title><script>alert(4)</script>", "target")
    for name in ["<script>alert(1)</script>", "</script><img src=x onerror=alert(2)>", "<!--<script>",
                 "line\\u{2028}separator\\u{2029}<b>bold</b>", "\\u{202E}<i>desrever</i>",
                 "<svg onload=alert(3)>\\u003c\"';--"]:
        browser.pointer(*page.point(name))
        expect(browser.text("#tooltip .name"), name, "tooltip")
        page.click_frame(name)
        expect(browser.text("#details h2"), name, "details")
        browser.js("app.setZoom(0); app.setSearch(arguments[0])", name)
        contains(browser.text("#matches"), "16.7%", f"search for {name}")
        browser.js("app.setSearch('')")
    browser.press("t")
    browser.js("document.getElementById('threads').open = true")
    expect(browser.js("return document.querySelectorAll('img, svg, b:not(#legend b, #help b), i').length"), 0, "elements")
    expect(browser.js("return document.scripts.length"), 2, "scripts")
    expect(browser.alert(), None, "dialogs")


@scenario
def copies_the_stack(page, browser):
    page.open("known")
    page.click_frame("lex")
    browser.js("window.copied = null; navigator.clipboard.writeText = async (text) => { window.copied = text }")
    browser.press("c")
    expect(browser.js("return window.copied"),
           "lex at Sources/App/Server.swift:42 [server] (inlined)\n"
           "parse at Sources/App/Server.swift:42 [server]\n"
           "main at Sources/App/Server.swift:42 [server]\n", "stack")


@scenario
def colours_a_difference(page, browser):
    page.open("diff")
    contains(browser.text("#headline"), "lex", "headline")
    color = "return app.graph.fill(arguments[0])"
    contains(browser.js(color, page.frame_of("lex")), "hsl(12 ", "more is red")
    contains(browser.js(color, page.frame_of("walk")), "#e0e2e7", "noise is grey")
    contains(browser.text("#details"), "Largest changes by self", "overview")
    browser.pointer(*page.point("lex"))
    contains(browser.text("#tooltip"), "beyond noise", "tooltip")
    contains(browser.text("#tooltip"), "\u00b1", "interval in the tooltip")
    browser.js("app.change({ type: app.difference.difference.before })")
    contains(browser.js(color, page.frame_of("memcpy")), "hsl(207 ", "gone is blue on the other side")
    page.open("diff", "view=table")
    contains(browser.text("#table-rows"), "memcpy", "functions that are gone are in the table")
    contains(browser.text("#table-rows"), "gone", "and called so")


@scenario
def explains_an_empty_profile(page, browser):
    page.open("empty")
    contains(browser.text("#empty"), "no samples", "explanation")
    expect(browser.js("return document.getElementById('empty').hidden"), False, "explanation shown")


@scenario
def prints(page, browser):
    page.open("known", "theme=dark")
    browser.js("window.dispatchEvent(new Event('beforeprint'))")
    expect(browser.js("return document.documentElement.dataset.theme"), "light", "paper is light")
    contains(browser.text("#print-table"), "memcpy", "functions on paper")
    if len(browser.cdp("Page.printToPDF", {})["data"]) < 5000:
        raise AssertionError("the printed page is blank")
    browser.js("window.dispatchEvent(new Event('afterprint'))")
    expect(browser.js("return document.documentElement.dataset.theme"), "dark", "back on the screen")


@scenario
def fits_a_narrow_window(page, browser):
    browser.cdp("Emulation.setDeviceMetricsOverride",
                {"width": 420, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    try:
        page.open("known")
        expect(browser.js("return document.documentElement.scrollWidth <= 420"), True, "no sideways scrolling")
        browser.js("document.getElementById('graph').scrollIntoView()")
        page.click_frame("parse")
        expect(page.zoomed(), "parse", "zoom")
    finally:
        browser.cdp("Emulation.clearDeviceMetricsOverride", {})


def main():
    directory = pathlib.Path(sys.argv[1]).resolve()
    with Browser() as browser:
        page = Page(browser, directory)
        for run in SCENARIOS:
            try:
                run(page, browser)
                # The browser objects to intruders in one scenario only, which reads its own log.
                complaints = browser.console()
                if complaints and run is not refuses_foreign_scripts:
                    raise AssertionError("console: " + " | ".join(complaints))
                print("ok", run.__name__, flush=True)
            except (AssertionError, RuntimeError, OSError) as error:
                lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__)]
                print("failed", run.__name__ + ":", str(error).replace("\n", " "), f"(lines {lines})", flush=True)


main()

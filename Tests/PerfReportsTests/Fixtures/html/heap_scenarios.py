"""Heap recordings in a browser: memory over time, types at the tips of stacks, tables; pages of HTMLHeapScene.swift."""

from page import contains, expect, scenario

MIB = 1 << 20


def cells(browser, table, column):
    return browser.js(
        f"return [...document.querySelectorAll('#{table}-rows .row .{column}')].map((c) => c.textContent)")


@scenario
def draws_memory_over_time_with_its_peak(page, browser):
    page.open("heap")
    expect(browser.text("#heap-peak"), "Peak 5 MiB after 12.3 s", "label of the peak")
    for part in ["path.area", "path.live", "path.rss", "circle.peak"]:
        expect(browser.js("return document.querySelectorAll('#heap-chart ' + arguments[0]).length", part), 1, part)
    labels = browser.js("return [...document.querySelectorAll('#heap-chart text')].map((t) => t.textContent)")
    for label in ["0", "4 MiB", "8 MiB", "0 s", "10 s", "20 s"]:
        if label not in labels:
            raise AssertionError(f"no {label} on the axes: {labels}")
    # The mark lies where 12.3 of 20 seconds and the bytes of the peak are.
    at = browser.js("const c = document.querySelector('#heap-chart circle.peak'), chart = app.heapPanel.chart;"
                    "return [c.getAttribute('cx') - chart.x(12.3e9), c.getAttribute('cy') - chart.shown[0].y(5 << 20)]")
    expect([round(value, 3) for value in at], [0, 0], "the mark of the peak")
    contains(browser.text("#heap-status"), "resident at most 8.50 MiB", "summary")
    expect(browser.js("return performance.getEntriesByType('resource').length"), 0, "requests")


@scenario
def reads_memory_over_time_by_keyboard(page, browser):
    page.open("heap")
    browser.press("w")
    expect(browser.js("return document.activeElement.id"), "heap-chart", "focus")
    contains(browser.js("return document.activeElement.getAttribute('aria-label')"), "Peak 5 MiB", "name of the chart")
    browser.press("p")
    contains(browser.text("#heap-status"), "12.3 s: 5 MiB live · the peak", "the peak")
    browser.press("ArrowLeft")
    contains(browser.text("#heap-status"), "12 s: 1.80 MiB live · 7.50 MiB resident", "before it")
    browser.press("Home")
    contains(browser.text("#heap-status"), "0 ns: 0 B live", "the start")
    browser.press("Escape")
    contains(browser.text("#heap-status"), "live at the end", "summary")
    if browser.js("return document.querySelectorAll('#heap-points li').length") < 10:
        raise AssertionError("the points are not there as text")


@scenario
def says_what_was_found_and_what_memory_is(page, browser):
    page.open("heap")
    contains(browser.text("#headline"), "server holds 3.00 MiB at its end", "verdict")
    contains(browser.text("#heap-totals"), "every block recorded", "totals")
    contains(browser.text("#memory-heading"), "40.0 MiB resident", "memory")
    contains(browser.text("#memory-parts"), "pages of files", "a part of memory")
    contains(browser.text("#memory-notes"), "MALLOC_ARENA_MAX=2", "remedy")
    contains(browser.text("#notices"), "server ended without notice", "warning")
    contains(browser.text("#notices"), "let it end by itself", "its remedy")


@scenario
def keeps_types_at_the_tips_and_allocators_out_of_sight(page, browser):
    page.open("heap")
    tip, owner = page.frame_of("app.Entry"), page.frame_of("app.Cache.store(Swift.Int) -> ()")
    expect(browser.js("return app.tree.parent[arguments[0]]", tip), owner, "the owner of a type")
    expect(browser.js("return app.graph.label(arguments[0])", tip), "\u25c6 app.Entry", "label")
    # The runtime's own Dictionary stands between the storage and the cache.
    storage = page.frame_of("Swift._DictionaryStorage<Swift.Int,app.Entry>")
    expect(browser.js("return app.tree.parent[arguments[0]]", storage), owner, "the owner of the storage")
    expect(browser.js("return app.graph.label(arguments[0])", storage), "\u25c6 Dictionary<Int, app.Entry>",
           "name")
    if page.color_at("app.Entry", 60) == page.color_at("app.Cache.store(Swift.Int) -> ()", 60):
        raise AssertionError("types look like functions")
    own = browser.js("return app.totals.self[app.functionOf(arguments[0]).index]", owner)
    expect(own, 3 * MIB, "self of the owner")
    browser.click("#allocators")
    parent = browser.js("return app.functionOf(app.tree.parent[arguments[0]]).name", page.frame_of("app.Entry"))
    expect(parent, "malloc", "with the allocator's frames")
    contains(browser.js("return location.hash"), "allocators=shown", "address")


@scenario
def chooses_what_the_flame_graph_shows(page, browser):
    page.open("heap")
    total = "return app.measures.value(app.measures.total)"
    expect(browser.js("return document.getElementById('type').selectedOptions[0].textContent"),
           "Live at the end (bytes)", "default")
    expect(browser.js(total), "3.00 MiB", "live")
    choose = ("const t = document.getElementById('type');"
              "t.value = [...t.options].find((o) => o.textContent === arguments[0]).value;"
              "t.dispatchEvent(new Event('change'))")
    for title, expected in [("At the peak (bytes)", "4.00 MiB"), ("Churn: freed at once (blocks)", "49,984 blocks"),
                            ("All allocated (bytes)", "11.1 MiB"), ("Live at the end (blocks)", "2,065 blocks"),
                            ("All allocated (blocks)", "54,130 blocks")]:
        browser.js(choose, title)
        expect(browser.js(total), expected, title)
    contains(browser.js("return location.hash"), "type=alloc_objects", "address")


@scenario
def finds_types_by_search(page, browser):
    page.open("heap")
    browser.press("/", *"Dictionary<Int")
    contains(browser.text("#matches"), "33.3% matched", "share of the storage")
    page.open("heap", "search=type:entry")
    # The cache's own functions have no such name; both types do.
    contains(browser.text("#matches"), "100.0% matched", "types")
    page.open("heap", "search=type:store")
    expect(browser.text("#matches"), "no match", "functions are no types")


@scenario
def lists_types_and_sites(page, browser):
    page.open("heap")
    browser.click("#tab-types")
    names = cells(browser, "types", "type")
    expect(names[:2], ["app.Entry", "Dictionary<Int, app.Entry>"], "types by live bytes")
    contains(names[2], "raw memory", "what is no object")
    contains(browser.text("#types-rows .row"), "2 MiB", "live bytes")
    contains(browser.text("#types-rows .row"), "2,048", "live blocks")
    contains(browser.text("#types-rows .row"), "4 MiB", "allocated")
    contains(browser.text("#types-rows .row"), "grows", "growth")
    browser.click("#types-head .count button")
    contains(cells(browser, "types", "type")[0], "raw memory", "types by allocations")
    contains(browser.js("return location.hash"), "sort-types=count", "address")
    browser.click("#tab-sites")
    expect(cells(browser, "sites", "owner")[:2], ["app.Cache.store Server.swift:42"] * 2, "sites by live bytes")
    browser.press("/", *"load")
    expect(cells(browser, "sites", "type"), ["Array<Int16>"], "sites of a function")
    # Nothing of it lives: the flame graph shows what there is of it.
    browser.click("#sites-rows .row")
    expect(page.zoomed(), "app.load() -> ()", "a site opens its stack")
    expect(browser.js("return app.type.name"), "peak_space", "measure")


@scenario
def tells_how_sure_sampled_numbers_are(page, browser):
    page.open("heap", "view=types")
    if "\u00b1" in browser.text("#types-rows"):
        raise AssertionError("counted blocks have an error")
    page.open("heap-sampled")
    page.click_frame("app.Cache.store(Swift.Int) -> ()")
    # 2048 blocks of 1 KiB, each counted for 64: 2 MiB times the square root of 64/2048, nearly; the table's one block
    # of 1 MiB is certain.
    contains(browser.text("#details"), "\u00b1", "error of a frame")
    error = browser.js("return Math.sqrt(app.measures.variances.total[app.state.zoom])")
    if not 0.97 < error / (2 * MIB * 65536) ** 0.5 < 1.01:
        raise AssertionError(f"error of {error} bytes")
    page.open("heap-sampled", "view=types")
    # The square root of 64 KiB in 2 MiB, as in the text report.
    contains(browser.text("#types-rows .row .live_bytes"), "2 MiB \u00b118%", "error of a type")
    if "\u00b1" in cells(browser, "types", "live_bytes")[1]:
        raise AssertionError("a block that is always sampled has an error")
    contains(browser.text("#heap-totals"), "sampled", "totals")


@scenario
def treats_types_as_text(page, browser):
    for view in ["graph", "types", "sites"]:
        page.open("heap-hostile", f"names=full&view={view}")
        expect(browser.alert(), None, "dialogs")
        expect(browser.js("return document.querySelectorAll('img, b:not(#legend b, #help b), i, svg svg').length"), 0,
               "elements")
        expect(browser.js("return document.scripts.length"), 2, "scripts")
    page.open("heap-hostile", "names=full")
    for name in ["<script>alert(1)</script>", "Swift._ContiguousArrayStorage<<b>bold</b>>"]:
        browser.pointer(*page.point(name))
        expect(browser.text("#tooltip .name"), name, "tooltip")
        page.click_frame(name)
        expect(browser.text("#details h2"), name, "details")
        browser.js("app.setZoom(0)")


@scenario
def draws_ten_thousand_stacks_of_a_heap(page, browser):
    page.open("heap-wide")
    expect(browser.js("return app.profile.rows.node.length"), 10000, "stacks")
    # Three frames of the allocator less for each of the stacks.
    expect(browser.js("return app.tree.count < app.profile.nodes.count - 29999"), True, "nodes without the allocator's")
    width, rows = browser.js("const [a, b] = app.graph.visibleRows(); return [app.graph.width, b - a + 1]")
    if int(page.drawn()["frames"]) + int(page.drawn()["blocks"]) > 4 * width * rows:
        raise AssertionError("frames out of proportion")
    for view in ["types", "sites"]:
        page.open("heap-wide", f"view={view}")
        if not 0 < browser.js(f"return document.querySelectorAll('#{view}-rows .row').length") < 100:
            raise AssertionError("rows out of sight exist")
    page.open("heap-wide", "direction=up")
    first = browser.js("return [...app.layout.rows[1]].map((n) => app.functionOf(n).isTip)")
    expect([len(first), all(first)], [500, True], "types first, bottom-up")


@scenario
def shows_leaks_with_the_fields_that_close_their_cycles(page, browser):
    page.open("heap")
    expect(browser.js("return document.getElementById('leaks-panel').hidden"), True, "nobody looked for leaks")
    page.open("heap-leaks")
    rows = browser.js("return [...document.querySelectorAll('#leaks .leak')].map((row) => row.textContent)")
    expect(len(rows), 4, "causes")
    for part in ["1.88 KiB", "40 blocks", "20 × cycle", "app.Parent.child → app.Child.parent → back to app.Parent",
                 "allocated by app.load"]:
        contains(rows[0], part, "the cycle of two")
    contains(rows[1], "app.Node.next → back to app.Node 7 objects", "the ring")
    contains(rows[2], "3 × unreachableraw memoryallocated by parse", "lost memory")
    contains(rows[3], "over-retained</script><img", "a hostile name")
    expect(browser.js("return document.querySelectorAll('#leaks img, #leaks script').length"), 0, "names are text")
    notes = browser.text("#leaks-notes")
    for part in ["weak or unowned", "Suppressed: 2 blocks (96 B) by type:Cache: lives on", "process 42 stood still"]:
        contains(notes, part, "notes")


@scenario
def prints_a_heap(page, browser):
    page.open("heap", "theme=dark")
    browser.js("window.dispatchEvent(new Event('beforeprint'))")
    for part in ["Types", "app.Entry", "Sites", "app.Cache.store"]:
        contains(browser.text("#print-table"), part, "tables on paper")
    browser.js("window.dispatchEvent(new Event('afterprint'))")
    expect(browser.text("#print-table"), "", "back on the screen")


@scenario
def fits_a_heap_into_a_narrow_window(page, browser):
    browser.cdp("Emulation.setDeviceMetricsOverride",
                {"width": 420, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    try:
        for view in ["graph", "types", "sites"]:
            page.open("heap", f"view={view}")
            width = browser.js("return document.documentElement.scrollWidth")
            expect(width <= 420, True, f"no sideways scrolling: {view}")
        expect(browser.text("#heap-peak"), "Peak 5 MiB after 12.3 s", "label of the peak")
        page.open("heap-leaks")
        expect(browser.js("return document.documentElement.scrollWidth") <= 420, True, "no sideways scrolling: leaks")
    finally:
        browser.cdp("Emulation.clearDeviceMetricsOverride", {})

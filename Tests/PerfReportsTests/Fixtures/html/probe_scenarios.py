"""Probes in a browser: verdicts, distributions and latencies over time; pages of ProbeScene.swift."""

from page import contains, expect, scenario

OVERLAPS = """
const texts = [...document.querySelectorAll('.stretched text')].map((e) => [e.textContent, e.getBoundingClientRect()]);
const found = [];
texts.forEach(([a, p], i) => texts.slice(i + 1).forEach(([b, q]) => {
  if (p.left < q.right && q.left < p.right && p.top < q.bottom - 1 && q.top < p.bottom - 1) found.push(a + ' on ' + b);
}));
return found;
"""


@scenario
def says_of_each_target_what_it_is(page, browser):
    page.open("probe")
    contains(browser.text("#verdict"), "1 of 5 targets is fine", "verdict")
    expect(browser.js("return [...document.querySelectorAll('#targets tbody .badge')].map((b) => b.textContent)"),
           ["fine", "slow", "slow", "not judged", "failed"], "verdicts")
    contains(browser.text("#targets"), "p95 is 245 ms, and the limit 200 ms (guide A)", "reason")
    contains(browser.text("#losses"), "10.0.0.7:443 refuses connections", "reason of losses")
    contains(browser.text("#prober"), "INVALID", "what cannot be trusted")
    expect(browser.js("return document.querySelectorAll('script').length"), 0, "scripts")
    expect(browser.js("return performance.getEntriesByType('resource').length"), 0, "requests")


@scenario
def draws_a_stall_as_a_flank_on_one_axis_of_time(page, browser):
    page.open("probe")
    expect(browser.js("return document.querySelectorAll('#over-time .lines').length"), 4, "strips")
    widths = browser.js("return [...new Set([...document.querySelectorAll('#over-time .lines')]"
                        ".map((e) => e.getBoundingClientRect().left + ' ' + e.getBoundingClientRect().width))].length")
    expect(widths, 1, "strips of one width and place")
    # From 4 s of 10 on, the largest latency falls to the usual one.
    heights = browser.js(
        "const path = document.querySelectorAll('#over-time .lines')[1].querySelector('.series');"
        "const at = (x) => { for (let i = 0, n = path.getTotalLength(); i < n; i += 0.5) {"
        "  const p = path.getPointAtLength(i); if (p.x >= x) return p.y; } };"
        "return [at(395), at(405), at(445), at(480)]")
    if not heights[1] < heights[2] <= heights[3] or not heights[0] > heights[1] + 30:
        raise AssertionError(f"heights around the stall are {heights}")
    contains(browser.js("return document.querySelector('#over-time .lost + *, #over-time .touch').outerHTML"), "rect",
             "moments that tell their values")


@scenario
def shows_names_of_servers_as_text(page, browser):
    page.open("probe-hostile")
    expect(browser.alert(), None, "a dialog")
    expect(browser.js("return document.querySelectorAll('img, script').length"), 0, "elements out of names")
    contains(browser.text("#servers"), "</h2><img src=x", "facts")
    contains(browser.text("#losses"), "</h2><img src=x", "reasons")


@scenario
def probes_fit_narrow_and_wide_windows_and_dark_rooms(page, browser):
    try:
        for width in [400, 900, 1400]:
            browser.cdp("Emulation.setDeviceMetricsOverride",
                        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
            for name in ["probe", "probe-hostile"]:
                page.open(name)
                expect(browser.js("return document.documentElement.scrollWidth"), width, f"no sideways scrolling, {name}")
                expect(browser.js(OVERLAPS), [], f"texts on texts, {name} at {width}")
                expect(browser.js("return [...document.querySelectorAll('.stretched text')].every("
                                  "(e) => e.getBoundingClientRect().height >= 10)"), True, "texts that can be read")
        ground = "return getComputedStyle(document.body).backgroundColor"
        for scheme, color in [("dark", "rgb(20, 22, 27)"), ("light", "rgb(246, 247, 249)")]:
            browser.emulate(prefers_color_scheme=scheme)
            page.open("probe")
            expect(browser.js(ground), color, scheme)
    finally:
        browser.cdp("Emulation.clearDeviceMetricsOverride", {})
        browser.emulate()

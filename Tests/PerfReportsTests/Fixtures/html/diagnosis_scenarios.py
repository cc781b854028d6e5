"""Diagnoses in a browser: verdict, charts and the culprit's flame graph; pages of DiagnosisScene.swift."""

from page import contains, expect, scenario


@scenario
def says_what_is_wrong_and_who_is_to_blame(page, browser):
    page.open("diagnosis")
    contains(browser.text("#verdict"), "server (pid 40) uses 1.95 CPUs", "verdict")
    contains(browser.text(".badges"), "Confidence medium", "confidence")
    contains(browser.text(".lead"), "thread worker server (tid 41)", "culprit")
    expect(browser.js("return document.querySelectorAll('#evidence tbody tr').length"), 3, "findings")
    contains(browser.text("#remedies"), "claimed gain: throughput +70%", "claim")
    contains(browser.text("#processes"), "culprit", "processes")
    contains(browser.text("#unseen"), "net.ping, net.bufferbloat", "what is blind for one reason")
    contains(browser.text(".doubts"), "watch for longer", "doubts")
    expect(browser.js("return performance.getEntriesByType('resource').length"), 0, "requests")


@scenario
def draws_charts_with_limits(page, browser):
    page.open("diagnosis")
    expect(browser.js("return document.querySelectorAll('.chart').length"), 11, "charts")
    expect(browser.js("return [...document.querySelectorAll('.chart')].filter((c) => !c.querySelector('svg.plot'))"
                      ".map((c) => c.textContent)"), [], "charts without a picture")
    contains(browser.js("return document.querySelector('svg.plot').textContent"), "cpu.util 85.0%", "limit")
    # The last window is busier than the first: its step is higher.
    top = browser.js(
        "const path = document.querySelector('svg.plot .s0'), length = path.getTotalLength();"
        "return [path.getPointAtLength(1).y, path.getPointAtLength(length - 1).y]")
    if not top[0] > top[1] + 40:
        raise AssertionError(f"the steps of the chart are {top}")
    contains(browser.js("return document.querySelector('svg.plot .touch title').textContent"), "0–2 s: busy 24.6%",
             "values of a window")
    contains(browser.text(".windows"), "Memory available: available", "numbers as a table")


@scenario
def has_the_flame_graph_of_the_culprit(page, browser):
    page.open("diagnosis")
    contains(browser.text("#flame-graph h2"), "Profile of server (pid 40)", "heading")
    browser.js("document.getElementById('graph').scrollIntoView()")
    page.click_frame("parse")
    expect(page.zoomed(), "parse", "zoom")
    browser.press("Escape")
    browser.press("/", *"rende")
    contains(browser.text("#matches"), "30.0%", "search")
    expect(browser.js("const g = document.getElementById('flame-graph').getBoundingClientRect();"
                      "const d = document.querySelector('.diagnosis').getBoundingClientRect();"
                      "return g.top >= d.bottom"), True, "below the diagnosis")


@scenario
def is_whole_without_a_profile(page, browser):
    page.open("diagnosis-plain")
    contains(browser.text("#verdict"), "CPU-bound", "verdict")
    expect(browser.js("return document.querySelectorAll('script, canvas').length"), 0, "scripts")


@scenario
def shows_names_of_diagnoses_as_text(page, browser):
    page.open("diagnosis-hostile")
    expect(browser.alert(), None, "a dialog")
    expect(browser.js("return document.querySelectorAll('img, i').length"), 0, "elements out of names")
    contains(browser.text("#verdict"), "</script><img src=x onerror=alert(1)>", "verdict")
    contains(browser.js("return document.title"), "</script><img", "title")
    contains(browser.text("#processes"), "</script><img", "processes")


@scenario
def diagnoses_fit_narrow_windows_and_dark_rooms(page, browser):
    browser.cdp("Emulation.setDeviceMetricsOverride",
                {"width": 420, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    try:
        for name in ["diagnosis", "diagnosis-hostile"]:
            page.open(name)
            expect(browser.js("return document.documentElement.scrollWidth"), 420, "no sideways scrolling")
        ground = "return getComputedStyle(document.body).backgroundColor"
        for scheme, color in [("dark", "rgb(20, 22, 27)"), ("light", "rgb(246, 247, 249)")]:
            browser.emulate(prefers_color_scheme=scheme)
            for name in ["diagnosis", "diagnosis-plain"]:
                page.open(name)
                expect(browser.js(ground), color, f"{name} in {scheme}")
    finally:
        browser.cdp("Emulation.clearDeviceMetricsOverride", {})
        browser.emulate()


@scenario
def prints_diagnoses(page, browser):
    page.open("diagnosis")
    if len(browser.cdp("Page.printToPDF", {})["data"]) < 20000:
        raise AssertionError("the printed page is blank")

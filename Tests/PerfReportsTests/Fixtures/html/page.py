"""What scenarios share: a page in a browser, and how to say that something is not as it should be."""

SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


def expect(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: {actual!r} instead of {expected!r}")


def contains(text, part, what):
    if text is None or part not in text:
        raise AssertionError(f"{what}: {part!r} is not in {text!r}")


class Page:
    def __init__(self, browser, directory):
        self.browser = browser
        self.directory = directory

    def open(self, name, fragment=""):
        self.browser.open((self.directory / f"{name}.html").as_uri() + (f"#{fragment}" if fragment else ""))

    def frame_of(self, name):
        """The heaviest shown frame of a function."""
        node = self.browser.js(
            "let best = -1; for (let n = 1; n < app.tree.count; n++)"
            "  if (app.functionOf(n).name === arguments[0] && app.layout.isShown(n)"
            "      && (best < 0 || app.layout.weights.total[n] > app.layout.weights.total[best])) best = n;"
            "return best", name)
        if node < 0:
            raise AssertionError(f"no frame of {name!r}")
        return node

    def point(self, name):
        """A point of the window inside a frame of a function."""
        return self.browser.js(
            "const r = app.graph.rectangle(arguments[0]), c = app.graph.canvas.getBoundingClientRect();"
            "return [c.left + r.left + Math.min(r.width / 2, 40), c.top + r.top + r.height / 2]", self.frame_of(name))

    def click_frame(self, name):
        self.browser.pointer(*self.point(name), click=True)

    def color_at(self, name, dx=0):
        x, y = self.point(name)
        return self.browser.js(
            "const c = app.graph.canvas.getBoundingClientRect(), copy = document.createElement('canvas');"
            "const d = copy.getContext('2d', { willReadFrequently: true });"
            "d.drawImage(app.graph.canvas, c.left - arguments[0], c.top + 8 - arguments[1]);"
            "return [...d.getImageData(0, 0, 1, 1).data]", x + dx, y)

    def zoomed(self):
        return self.browser.js(
            "return app.state.zoom === 0 ? 'all' : app.functionOf(app.state.zoom).name")

    def selected(self):
        return self.browser.js(
            "const n = app.graph.selected; return n < 0 ? null : n === 0 ? 'all' : app.functionOf(n).name")

    def drawn(self):
        return self.browser.js("return {...app.graph.canvas.dataset}")


# A copy is read, so that the browser does not complain about reading what it draws on.
PIXEL = (
    "const pixel = (canvas, x, y) => { const copy = document.createElement('canvas'), k = devicePixelRatio;"
    "const d = copy.getContext('2d', { willReadFrequently: true }); d.drawImage(canvas, -x * k, -y * k);"
    "return [...d.getImageData(0, 0, 1, 1).data]; };")

"""A small WebDriver client over chromedriver's HTTP on loopback; the standard library only."""

import ctypes
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

KEYS = {
    "Enter": "\ue007", "Escape": "\ue00c", "Backspace": "\ue003", "ArrowLeft": "\ue012", "ArrowUp": "\ue013",
    "ArrowRight": "\ue014", "ArrowDown": "\ue015", "Home": "\ue011", "Shift": "\ue008", "Tab": "\ue004",
}


PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """Makes this process the parent of what the browser leaves behind, so that nothing outlives the tests."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_adopted_children():
    """Ends and reaps every child that is left; only descendants of this process can be among them."""
    while True:
        try:
            children = pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        except OSError:
            return
        if not children:
            return
        for child in map(int, children):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


class Browser:
    """A headless Chromium with its own profile directory; use as a context manager."""

    def __init__(self, width=1400, height=900):
        self.size = (width, height)
        self.driver = None
        self.session = None

    def __enter__(self):
        self.data = tempfile.mkdtemp(prefix="perfdoctor-chromium-")
        adopt_orphans()
        # A process group of its own: whatever the browser starts is ended with it.
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            start_new_session=True, env={**os.environ, "TMPDIR": self.data})
        try:
            self.port = self._read_port()
            self._start_session()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            if self.session:
                self._call("DELETE", "")
        except (OSError, RuntimeError, http.client.HTTPException):
            pass  # the driver is ended below in any case
        # Only the group that was started above: its id is the id of its leader, which has not been waited for yet.
        try:
            os.killpg(self.driver.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.driver.stdout.close()
        self.driver.wait()
        end_adopted_children()
        shutil.rmtree(self.data, ignore_errors=True)

    def _read_port(self):
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return int(found.group(1))
        raise RuntimeError("chromedriver did not start")

    def _start_session(self):
        arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--hide-scrollbars", "--force-device-scale-factor=1", f"--user-data-dir={self.data}",
            "--window-size=%d,%d" % self.size]
        answer = self._request("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments, "binary": shutil.which("chromium")},
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = answer["sessionId"]

    def _request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(answer, dict) and answer.get("error"):
            raise RuntimeError(answer["error"] + ": " + answer.get("message", "").split("\n")[0])
        return answer

    def _call(self, method, path, body=None):
        return self._request(method, f"/session/{self.session}{path}", body)

    def open(self, url):
        # A new fragment alone does not load a page anew.
        self._call("POST", "/url", {"url": "about:blank"})
        self._call("POST", "/url", {"url": url})
        self.frame()

    def js(self, body, *arguments):
        """Runs the body of a function; it sees `app` and `arguments`."""
        return self._call("POST", "/execute/sync", {
            "script": "const app = window.perfdoctor;" + body, "args": list(arguments)})

    def frame(self):
        """Waits until what has been asked for is drawn."""
        self._call("POST", "/execute/async", {
            "script": "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));",
            "args": []})

    def press(self, *keys):
        actions = []
        for key in keys:
            value = KEYS.get(key, key)
            actions += [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})
        self.frame()

    def pointer(self, x, y, click=False):
        actions = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}]
        if click:
            actions += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._call("POST", "/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}]})
        self.frame()

    def drag(self, start, end):
        def move(point):
            return {"type": "pointerMove", "x": round(point[0]), "y": round(point[1]), "duration": 0}
        middle = [(start[0] + end[0]) / 2, (start[1] + end[1]) / 2]
        actions = [move(start), {"type": "pointerDown", "button": 0}, move(middle), move(end),
                   {"type": "pointerUp", "button": 0}]
        self._call("POST", "/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}]})
        self.frame()

    def click(self, selector):
        x, y = self.js(
            "const r = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [r.left + r.width / 2, r.top + r.height / 2]", selector)
        self.pointer(x, y, click=True)

    def emulate(self, **features):
        self.cdp("Emulation.setEmulatedMedia", {
            "features": [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]})
        self.frame()

    def cdp(self, command, parameters):
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0])?.textContent ?? null", selector)

    def console(self):
        """What the browser complained about since the last call."""
        return [entry["message"] for entry in self._call("POST", "/se/log", {"type": "browser"})]

    def alert(self):
        """The text of an open dialog; None without one."""
        try:
            return self._call("GET", "/alert/text")
        except RuntimeError:
            return None

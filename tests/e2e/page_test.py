#!/usr/bin/env python3
"""The page at /status in a real Chromium: before a running daemon whose upstreams fail, and before
a made-up status full of scripts. HOLDFAST_SHOTS names a folder for pictures of what was seen."""
import http.server
import json
import os
import statistics
import sys
import threading
import time
import unittest
from pathlib import Path

from lab_case import LabCase, wait_for
import browser  # noqa: E402 (beside lab_case's)

HOSTILE = "<script>window.stolen=1</script>"
IMAGE = "<img src=x onerror=window.stolen=1>"
LARGEST = 50_000  # bytes of the page
SOONEST = 0.1  # seconds for it to be there
# Seconds from the click to the load event.
LOADED = """const [t] = performance.getEntriesByType("navigation");
return (t.loadEventEnd - t.startTime) / 1000;"""
# Relative luminance and contrast as WCAG 2.1 has them.
CONTRAST = """
const number = (colour) => colour.match(/[\\d.]+/g).map(Number);
const light = (colour) => {
  const [r, g, b] = number(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    if (number(colour)[3] !== 0) return colour;
  }
  return "rgb(255, 255, 255)";
};
const poor = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  if (!own || element.closest("script, style, noscript, [hidden]")) continue;
  const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5) poor.push(element.textContent.slice(0, 40) + ": " + contrast.toFixed(1));
}
return poor;
"""


class Page:
    """The page in a browser, and what it says."""

    def __init__(self, window, url):
        self.window, self.url = window, url

    def open(self):
        self.window.console()
        self.window.open(self.url)
        wait_for(lambda: self.text("#pulse").startswith("as of"), "the page to be drawn")

    def text(self, selector):
        return self.window.run(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText).join('\\n')",
            selector)

    def picture(self, name, whole=True):
        folder = os.environ.get("HOLDFAST_SHOTS")
        if folder:
            self.window.screenshot(Path(folder) / f"{name}.png", whole)

    def width(self):
        """How much wider than the window the document is."""
        return self.window.run("return document.documentElement.scrollWidth - window.innerWidth")


class InBrowser:
    """One browser for all tests of a class."""

    @classmethod
    def browse(cls):
        cls.window = browser.Browser()
        cls.addClassCleanup(cls.window.close)

    def plain(self):
        self.window.resize(1280, 900)
        self.window.prefer("light")

    def assert_quiet(self):
        """Nothing was refused by the policy, nothing failed, nothing was said."""
        self.assertEqual(self.window.console(), [])


class Running(InBrowser, LabCase):
    @classmethod
    def setUpClass(cls):
        cls.browse()
        super().setUpClass()

    @classmethod
    def configure(cls, config):
        config["routes"].append({"zone": HOSTILE + ".example", "tiers": [["alpha"]]})
        config["store"] = {"path": str(cls.folder / "store")}

    def setUp(self):
        super().setUp()
        self.plain()
        self.page = Page(self.window, f"http://127.0.0.1:{self.holdfast.http_port}/status")

    def ask(self, names):
        for name in names:
            self.holdfast.dig(name, "A", "+time=1")

    def test_what_runs_well(self):
        wait_for(lambda: all(u["last_probe"] for u in self.holdfast.status()["upstreams"]),
                 "probes")
        wait_for(lambda: all(u["state"] == "up" for u in self.holdfast.status()["upstreams"]),
                 "all up", 90)
        self.page.open()
        wait_for(lambda: "All is well · 2 of 2 upstreams usable" in self.page.text("#verdict"),
                 "a good word")
        self.assertEqual(self.page.text("#problems"), "")
        upstreams = self.page.text("#upstreams")
        for word in ("cloud", "alpha", "● up", "sound", "RTT", "1 of 1 usable", "Share"):
            self.assertIn(word, upstreams)
        self.assertIn("corp.internal", self.page.text("#routes"))
        self.assertIn("cloud › alpha", self.page.text("#routes"))
        self.assertIn("built-in private zones", self.page.text("#routes-note"))
        self.assertEqual(self.page.text("#drills tbody"), "none")
        self.assertIn("answers, ", self.page.text("#memory"))
        self.assertEqual(self.window.run("return document.title"), "holdfast")
        self.assert_quiet()

    def test_it_is_small_and_soon_there(self):
        size = len(self.holdfast.ask_http("/status", Accept="text/html").body.encode())
        self.assertLess(size, LARGEST)
        took, nothing = [], []  # seconds, for the page and for two bytes

        def soon():
            self.window.open(self.page.url.replace("/status", "/livez"))
            nothing.append(self.window.run(LOADED))
            self.page.open()
            took.append(self.window.run(LOADED))
            return took[-1] < SOONEST

        try:
            wait_for(soon, "a page that is soon there", 30)
        except AssertionError:
            if statistics.median(nothing) > SOONEST / 2:
                self.skipTest("this machine is too busy to tell how soon the page is there")
            raise
        finally:
            print(f"the page: {size} bytes, there after {min(took) * 1000:.0f} ms, "
                  f"where nothing takes {min(nothing) * 1000:.0f} ms", file=sys.stderr)
        loaded = self.window.run("return performance.getEntriesByType('resource').map(r => r.name)")
        self.assertEqual({name.rpartition("/")[2] for name in loaded}, {"status"})
        self.assert_quiet()

    def test_it_refreshes_while_upstreams_fail_and_come_back(self):
        self.page.open()
        self.ask(f"before-{n}.example.org" for n in range(40))
        self.assertNotIn("✕", self.page.text("#upstreams"))
        self.cloud.fault = "drop"
        self.ask(f"failing-{n}.example.org" for n in range(20))
        wait_for(lambda: "✕ down" in self.page.text("#upstreams"), "the upstream to be shown down")
        wait_for(lambda: "thing" in self.page.text("#verdict"), "the verdict")
        problems = self.page.text("#problems")
        self.assertRegex(problems, r"Provider cloud is lost; cloud is down for \d+s: silent")
        self.assertIn("1 route in panic: corp.internal", problems)
        self.assertIn("✕", self.window.run("return document.title"))
        self.assertIn("down", self.page.text("#timeline"))
        first = self.window.run("return document.querySelector('tr.bad').getAttribute('role')")
        self.assertEqual(first, "row")
        self.ask(f"queries-{n}.example.org" for n in range(60))
        wait_for(lambda: self.page.text("#figures .value").splitlines()[0] not in ("–", "0"),
                 "queries a second")
        self.pictures()
        self.cloud.fault = "ok"
        wait_for(lambda: "down" not in self.page.text("#upstreams .bad"), "the upstream to be back",
                 60)
        self.assert_quiet()

    def pictures(self):
        """Each look of the page while something is wrong; each can be read."""
        for name, scheme, width, height, phone in (
                ("light", "light", 1280, 900, False), ("dark", "dark", 1280, 900, False),
                ("phone", "dark", 375, 812, True), ("phone-light", "light", 375, 812, True)):
            self.window.prefer(scheme)
            self.window.resize(width, height, phone)
            self.page.picture(name)
            self.assertEqual(self.window.run(CONTRAST), [], name)
            self.assertLessEqual(self.page.width(), 0, name)
        self.plain()
        self.window.resize(1000, 600)
        self.page.picture("status-page", whole=False)  # docs/status-page.png is one of these
        self.plain()

    def test_names_are_text(self):
        self.page.open()
        self.assertIn(HOSTILE + ".example", self.page.text("#routes"))
        self.assertEqual(self.window.run("return document.scripts.length"), 1)
        self.assertIsNone(self.window.run("return window.stolen || null"))
        self.assert_quiet()

    def test_nothing_else_may_run_or_load(self):
        self.page.open()
        self.window.run("""
            const script = document.createElement("script");
            script.textContent = "window.stolen = 1";
            document.body.append(script);
            const styles = document.createElement("style");
            styles.textContent = "body { display: none }";
            document.body.append(styles);
            const button = document.createElement("button");
            button.setAttribute("onclick", "window.stolen = 1");
            document.body.append(button);
            button.click();
            const image = new Image();
            image.src = "http://127.0.0.1:9/picture";
            fetch("http://127.0.0.1:9/").catch(() => 0);""")
        refused = wait_for(lambda: self.window.console(), "what was refused")
        self.assertIsNone(self.window.run("return window.stolen || null"))
        self.assertNotEqual(self.window.run("return getComputedStyle(document.body).display"),
                            "none")
        self.assertGreaterEqual(sum("Content Security Policy" in text for _, text in refused), 3)

    def test_a_browser_gets_the_page_and_curl_the_text(self):
        page = self.holdfast.ask_http("/status", Accept="text/html,application/xhtml+xml")
        text = self.holdfast.ask_http("/status", Accept="*/*")
        self.assertEqual(page.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertEqual(len(page.headers.get_all("Content-Security-Policy")), 1)
        self.assertNotIn("unsafe", page.headers["Content-Security-Policy"])
        self.assertEqual(page.headers["Vary"], "Accept")
        self.assertEqual(text.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertIn("UPSTREAM", text.body)
        self.assertEqual(self.holdfast.get("/status")[1].splitlines()[0].split(",")[0],
                         text.body.splitlines()[0].split(",")[0])
        self.assertIn("UPSTREAM", self.holdfast.get("/status.txt")[1])
        self.assertEqual(text.headers.get_all("Content-Security-Policy"),
                         ["default-src 'none'; frame-ancestors 'none'"])

    def test_nothing_is_compressed(self):
        """Over loopback that gains nothing, and costs more than all else of a scrape."""
        for path in ("/status", "/status.txt", "/api/v1/status", "/metrics", "/livez"):
            for encoding in ("gzip", "br", "gzip, deflate, br, zstd", "identity"):
                told = self.holdfast.ask_http(path, **{"Accept-Encoding": encoding})
                self.assertIsNone(told.headers["Content-Encoding"], (path, encoding))
                self.assertEqual(int(told.headers["Content-Length"]), len(told.body.encode()))
                self.assertTrue(told.body)

    def test_z_it_says_when_the_daemon_is_gone(self):
        self.page.open()
        self.holdfast.stop()
        wait_for(lambda: "✕ The daemon does not answer" in self.page.text("#verdict"),
                 "the page to notice")
        self.assertEqual(self.window.run("return document.title"),
                         "✕ The daemon does not answer – holdfast")
        self.assertTrue(self.page.text("#pulse").startswith("as of "))
        self.assertIn("cloud", self.page.text("#upstreams"))
        self.page.picture("gone")
        self.holdfast.config["http"] = f"127.0.0.1:{self.holdfast.http_port}"
        self.holdfast.start()
        wait_for(lambda: "usable" in self.page.text("#verdict"), "the page to be back")
        self.assertEqual(self.window.run("return document.body.className"), "")


def told(headers, policy_source):
    """A server of the page that a daemon served, and of the status in its `status`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # pylint: disable=invalid-name
            made_up = self.path.endswith("/api/v1/status")
            body = json.dumps(self.server.status).encode() if made_up else headers.body.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json" if made_up
                             else headers.headers["Content-Type"])
            self.send_header("Content-Security-Policy", policy_source)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


class MadeUp(InBrowser, LabCase):
    """What this daemon does not say by itself: drills, a timeline, names that want to be run."""

    @classmethod
    def setUpClass(cls):
        cls.browse()
        super().setUpClass()
        page = cls.holdfast.ask_http("/status", Accept="text/html")
        cls.server = told(page, page.headers["Content-Security-Policy"])
        thread = threading.Thread(target=cls.server.serve_forever)
        thread.start()
        cls.addClassCleanup(thread.join)
        cls.addClassCleanup(cls.server.shutdown)

    def setUp(self):
        super().setUp()
        self.plain()
        self.page = Page(self.window, f"http://127.0.0.1:{self.server.server_address[1]}/status")
        status = self.holdfast.status()
        status["at"] = "2026-05-04T10:20:30Z"
        status["timeline"] = {"dropped": 3, "records": [
            {"seq": 9, "at": "2026-05-04T10:20:00Z", "kind": "failover", "subject": "cloud",
             "cause": "silent", "evidence": "5 exchanges older than 50 ms"},
            {"seq": 8, "at": "2026-05-04T10:00:00Z", "kind": "hold",
             "subject": f"{HOSTILE}.example.org A", "cause": IMAGE,
             "evidence": {"says": HOSTILE, "since": 3}},
            {"seq": 7, "at": "2026-05-04T09:59:59.250Z", "kind": "state", "subject": "cloud",
             "cause": "suspect -> down: silent", "evidence": ""}]}
        status["drills"] = [
            {"id": 1, "provider": IMAGE, "mode": "timeout", "percent": 50, "route": HOSTILE,
             "started": "2026-05-04T10:19:30Z", "ends": "2026-05-04T10:29:30Z", "pack": None,
             "queries": 1200, "spoiled": 600},
            {"id": 2, "provider": "cloud", "mode": None, "percent": 100, "route": None,
             "started": "2026-05-04T10:20:00.5Z", "ends": "2026-05-04T10:21:00.5Z",
             "pack": "seoul_2018", "queries": 7, "spoiled": 0}]
        status["holds"] = 2
        for upstream in status["upstreams"]:
            upstream["fault"] = HOSTILE
        status["upstreams"][0]["name"] = HOSTILE
        status["upstreams"][1]["provider"] = IMAGE
        status["config"]["last_reload_error"] = IMAGE
        status["takeover"] = {"drift": [HOSTILE]}
        status["listeners"] = [IMAGE]
        status["version"] = HOSTILE
        status["store"] = None
        self.server.status = status

    def test_drills_and_timeline_are_drawn(self):
        self.page.open()
        timeline = self.page.text("#timeline")
        for word in ("30s ago", "failover", "5 exchanges older than 50 ms", "20m 30s ago", "hold"):
            self.assertIn(word, timeline)
        self.assertEqual(self.page.text("#timeline td.bad"), "state")
        self.assertIn("3 older records dropped", self.page.text("#timeline-note"))
        drills = self.page.text("#drills")
        for word in ("timeout, 50 %", "in 9m 0s", "1,200", "600 spoiled", "seoul_2018 cloud\n",
                     "every public route"):
            self.assertIn(word, drills)
        problems = self.page.text("#problems")
        for word in ("A drill is running", "2 answers held", "The last reload was refused",
                     "Somebody rewrote"):
            self.assertIn(word, problems)
        self.page.picture("drill")
        self.assert_quiet()

    def test_no_name_is_ever_run(self):
        self.page.open()
        for place in ("#version", "#upstreams", "#routes", "#timeline", "#drills", "#problems",
                      "#listening", "#memory"):
            shown = self.page.text(place)
            self.assertTrue(HOSTILE in shown or IMAGE in shown or place == "#routes", place)
        self.assertEqual(self.window.run("return document.scripts.length"), 1)
        self.assertEqual(self.window.run("return document.images.length"), 0)
        self.assertIsNone(self.window.run("return window.stolen || null"))
        self.assert_quiet()

    def test_a_thousand_routes(self):
        some = self.server.status["routes"][0]
        self.server.status["routes"] = [
            {**some, "zone": f"zone-{n:04}.example", "panic": n == 900, "builtin": False}
            for n in range(1000)]
        self.page.open()
        rows = "return document.querySelectorAll('#routes tbody tr').length"
        self.assertEqual(self.window.run(rows), 30)
        self.assertIn("zone-0900", self.page.text("#routes tbody tr:first-child"))
        self.window.run("document.getElementById('routes-more').click()")
        self.assertEqual(self.window.run(rows), 1000)
        start = time.monotonic()
        self.window.run("draw(latest)")
        self.assertLess(time.monotonic() - start, 1)
        self.assert_quiet()

    def test_what_did_not_change_stays_the_same_element(self):
        self.page.open()
        self.window.run("window.kept = document.querySelector('#upstreams tbody tr td')")
        asked = self.page.text("#pulse")
        self.server.status["at"] = "2026-05-04T10:20:32Z"
        wait_for(lambda: self.page.text("#pulse") != asked, "another answer")
        self.assertTrue(self.window.run("return window.kept.isConnected"))

    def test_an_answer_that_makes_no_sense(self):
        self.server.status = {"ok": True}
        self.window.open(self.page.url)
        wait_for(lambda: "does not understand" in self.page.text("#verdict"), "a word about it")


if __name__ == "__main__":
    if browser.missing():
        print("not installed: " + ", ".join(browser.missing()))
        sys.exit(77)
    unittest.main()

#!/usr/bin/env python3
"""page.py [--loads 15] [--scrapes 100]: what looking at holdfast costs.

A daemon with 64 upstreams, 1,000 routes and a little traffic: how many bytes its status page has and
how soon it is there in a real Chromium, beside the two bytes of /livez in the same browser; how much
processor time one scrape of /metrics takes. Writes results/page.json, and ends with 1 where a target
is missed. HOLDFASTD=PATH measures another binary.
"""
import argparse
import os
import socket
import sys
import tempfile
import time
import urllib.request

import machine
import results
from peers import question
from servers import holdfast

LAB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/lab")
sys.path.insert(0, LAB)
import browser  # noqa: E402
import daemon  # noqa: E402
import provider  # noqa: E402

UPSTREAMS, ROUTES = 64, 1000
PATIENCE = 30  # seconds
IDLE = 2  # seconds of which the daemon's own processor time is taken off
TARGETS = {"page_bytes": 50_000, "page_ms": 100, "scrape_ms": 5}
# Milliseconds from the click to the load event.
LOADED = """const [t] = performance.getEntriesByType("navigation");
return t.loadEventEnd > 0 ? t.loadEventEnd - t.startTime : null;"""
# … and until a beat later than the tables were drawn.
DRAWN = """return document.querySelector("#pulse").innerText.startsWith("as of")
  ? performance.now() : null;"""


def configuration(folder, endpoint):
    names = [f"upstream-{n}" for n in range(UPSTREAMS)]
    upstreams = {name: {"class": "external", "provider": f"provider-{n // 2}",
                        "url": f"udp://{endpoint}"} for n, name in enumerate(names)}
    routes = [{"zone": ".", "tiers": [names[:2], names[2:4]]}]
    routes += [{"zone": f"zone-{n}.example",
                "tiers": [[names[n % UPSTREAMS]], [names[(n + 7) % UPSTREAMS]]]}
               for n in range(1, ROUTES)]
    config = daemon.configuration(folder, daemon.free_port(), upstreams, routes)
    config["http"] = f"127.0.0.1:{daemon.free_port()}"
    return config


def http_address(server):
    return f"http://{server.config['http']}"


def ask_some(server):
    """A lookup of every route: each has series with something in them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect((server.address, server.port))
        for n in range(ROUTES):
            client.send(question(f"www.zone-{n}.example", n))
            client.recv(4096)


def load(window, url, script):
    """What the script tells of the page."""
    window.open(url)
    return until_told(window, script)


def until_told(window, script):
    """What the script tells, once that is not null."""
    end = time.monotonic() + PATIENCE
    while (told := window.run(script)) is None:
        if time.monotonic() > end:
            sys.exit(f"the page is not there after {PATIENCE} s")
        time.sleep(0.002)
    return told


def loads(window, address, times):
    """Milliseconds of each load: of next to nothing, of the page, and until its tables are drawn."""
    nothing, loaded, drawn = [], [], []
    for _ in range(times + 1):  # the first one warms the browser up
        load(window, address + "/livez", LOADED)  # what was before is gone
        nothing.append(load(window, address + "/livez", LOADED))
        loaded.append(load(window, address + "/status", LOADED))
        drawn.append(until_told(window, DRAWN))
    return nothing[1:], loaded[1:], drawn[1:]


def scrape_cost(server, times):
    """(milliseconds of processor time, of waiting, bytes) of one scrape."""
    pid = [server.process.pid]
    spent, begin = machine.cpu_exact(pid), time.monotonic()
    time.sleep(IDLE)
    idle = (machine.cpu_exact(pid) - spent) / (time.monotonic() - begin)
    waited = []
    spent, begin = machine.cpu_exact(pid), time.monotonic()
    for _ in range(times):
        before = time.monotonic()
        text = fetch(http_address(server) + "/metrics", encoding="gzip")  # as Prometheus does
        waited.append(time.monotonic() - before)
    own = idle * (time.monotonic() - begin)
    cost = (machine.cpu_exact(pid) - spent - own) / times
    return 1000 * cost, 1000 * results.median(waited), len(text)


def fetch(url, accept="*/*", encoding="identity"):
    headers = {"Accept": accept, "Accept-Encoding": encoding}
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as reply:
        return reply.read()


def measure(server, o):
    page = fetch(http_address(server) + "/status", "text/html")
    window = browser.Browser()
    try:
        machine.wait_quiet()
        nothing, loaded, drawn = loads(window, http_address(server), o.loads)
    finally:
        window.close()
    machine.wait_quiet()
    cost, waited, size = scrape_cost(server, o.scrapes)
    return {"version": holdfast.version(), "upstreams": UPSTREAMS, "routes": ROUTES,
            "page_bytes": len(page), "page_ms": results.rounded(results.median(loaded)),
            "page_ms_worst": results.rounded(max(loaded)),
            "drawn_ms": results.rounded(results.median(drawn)),
            "nothing_ms": results.rounded(results.median(nothing)),
            "scrape_ms": round(cost, 2), "scrape_waited_ms": results.rounded(waited),
            "scrape_bytes": size}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", type=int, default=15)
    parser.add_argument("--scrapes", type=int, default=100)
    o = parser.parse_args()
    lock = machine.alone()
    if gone := browser.missing():
        sys.exit(f"not installed: {', '.join(gone)}")
    os.environ["HOLDFASTD"] = holdfast.program()
    with tempfile.TemporaryDirectory(prefix="holdfast-page.") as folder, \
            provider.Provider("lab", "127.0.0.1") as lab, \
            daemon.Daemon(folder, configuration(folder, lab.endpoint)) as server:
        ask_some(server)
        found = measure(server, o)
    results.save("page", found)
    missed = [name for name, most in TARGETS.items() if found[name] >= most]
    for name, value in found.items():
        target = f"  (under {TARGETS[name]})" if name in TARGETS else ""
        print(f"{name:17} {value}{target}{'  MISSED' if name in missed else ''}")
    lock.close()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""growth.py [--big] [--only PART,...]: what a query costs holdfast while something else grows.

The names cached, the upstreams, the routes, the questions in flight. Writes results/growth.json and
plots/growth_*.svg. The cost is CPU time of the daemon, without what it uses when idle.
"""
import argparse
import os
import re
import signal
import sys
import time

import load
import machine
import plot
import results
from overload import read_page
from peers import RUN, Server, make_upstreams, slots

SERVER = "holdfast"
CLOSED = 200  # in flight, but where it is what grows
IDLE = 1.5  # seconds over which the idle daemon is watched
RAMP = 0.5  # seconds: a window of 20,000 at once would overflow the sockets


class Bench:
    """One daemon, and its upstreams, for some points of a curve."""

    def __init__(self, upstreams=2, delay_ms=0, **settings):
        [(slot, _)] = slots([SERVER])
        options = {"ttl": 86400, **({"delay_ms": delay_ms} if delay_ms else {})}
        behind = make_upstreams(slot, count=upstreams, **options)
        self.server = Server(SERVER, slot, behind, tag="_gr", **settings)

    def __enter__(self):
        try:
            self.server.start()
            self.server.scraper.stop()  # a page costs as much as many queries
        except (RuntimeError, OSError):
            self.server.close()
            raise
        return self

    def __exit__(self, *_):
        self.server.close()

    def idle(self):
        """CPU seconds a second without load."""
        before = machine.cpu_exact(self.server.pids())
        time.sleep(IDLE)
        return (machine.cpu_exact(self.server.pids()) - before) / IDLE

    def cost(self, o, **options):
        """µs of CPU per query: the median of some runs, all of which are kept."""
        idle, runs = self.idle(), []
        for number in range(o.runs):
            machine.wait_quiet(3)
            runs.append(self.one_run(idle, duration=o.secs, seed=900 + number, **options))
        middle = results.median([run["us"] for run in runs if run["us"] is not None])
        return {"us": middle, "idle_cpu": round(idle, 5), "runs": runs}

    def one_run(self, idle, **options):
        asked = sum(upstream.questions() for upstream in self.server.upstreams)
        began, cpu = time.monotonic(), machine.cpu_exact(self.server.pids())
        run = load.run(self.server, **{"closed": CLOSED, "timeout_ms": 3000, **options})
        cpu = machine.cpu_exact(self.server.pids()) - cpu - idle * (time.monotonic() - began)
        asked = sum(upstream.questions() for upstream in self.server.upstreams) - asked
        return {
            "us": round(1e6 * cpu / run["ok"], 3) if run["ok"] else None,
            "qps": round(run["qps"]),
            "ok": run["ok"],
            "failed": {key: run[key] for key in load.OUTCOMES[1:] if run[key]},
            "up_q": asked,
        }

    def lookups_in_flight(self, **options):
        """What the daemon itself says, late in a run of two seconds."""
        client = load.start(self.server, duration=2, **options)
        time.sleep(1.6)
        page = read_page(self.server.scraper.url)
        client.communicate()
        return round(float(re.search(r"^holdfast_lookups_in_flight (\S+)$", page, re.M)[1]))


def fill(server, names, count, **options):
    seconds = 5 + count / 10000
    load.run(server, closed=100, count=count, duration=seconds, names=names, **options)


def reason(error):
    """The daemon's own last word if it did not start."""
    first, *_ = str(error).splitlines() or [""]
    told = re.findall(r" error: /\S+: (.*)", str(error))
    return told[-1] if told and "exited" in first else first.split(":")[0]


def point(x, measure):
    """One point; what the daemon refuses is a point too."""
    try:
        result = {"x": x, **measure()}
    except (RuntimeError, OSError) as error:
        result = {"x": x, "us": None, "error": reason(error)}
    print("   ", x, result.get("us"), result.get("error", ""), flush=True)
    return result


def cached(o):
    def measure(count):
        with Bench(cache_entries=int(1.25 * count)) as bench:
            fill(bench.server, f"seq:{count}:h", count)
            return {**bench.cost(o, names=f"rand:{count}:h"), "rss_kb": bench.server.rss()}

    counts = [1000, 10000, 100000, 1000000] + ([10000000] if o.big else [])
    points = [point(count, lambda c=count: measure(c)) for count in counts]
    title = "Cache hits over the names cached"
    return {"title": title, "x_label": "names", "series": {"hit": points}}


def upstreams(o):
    shapes = {
        "one tier each": {},
        "one tier, ordered": {"one_tier": True},
        "one tier, fastest": {"one_tier": True, "policy": "fastest"},
    }

    def measure(count, shape):
        with Bench(upstreams=count, **shape) as bench:
            load.run(bench.server, closed=50, count=5000, duration=5, names="uniq:w")
            return bench.cost(o, names="uniq:u")

    series = {
        label: [point(n, lambda n=n: measure(n, shape)) for n in (2, 4, 8, 16, 32, 64)]
        for label, shape in shapes.items()
    }
    return {"title": "Misses over the upstreams", "x_label": "upstreams", "series": series}


def routes(o):
    def measure(count, names):
        with Bench(zones=count) as bench:
            fill(bench.server, "seq:10000:h", 20000, zones=count)
            return bench.cost(o, names=names, zones=count)

    kinds = {"hit": "rand:10000:h", "miss": "uniq:r"}
    series = {
        label: [point(n, lambda n=n: measure(n, names)) for n in (1, 10, 100, 1000, 10000)]
        for label, names in kinds.items()
    }
    title = "Names below one of many routes"
    return {"title": title, "x_label": "routes", "series": series}


def in_flight(o):
    """Misses at upstreams so slow that the window is what limits: at most 40,000 q/s."""

    def measure(window):
        delay = max(100, round(window / 40))
        calm = {"failover": {"hedge_ratio": 0, "hedge_burst": 0}}  # hedges cost too
        with Bench(delay_ms=delay, extra=calm) as bench:
            options = {"closed": window, "ramp": RAMP, "timeout_ms": 3000}
            lookups = bench.lookups_in_flight(names="uniq:w", **options)
            cost = bench.cost(o, names="uniq:f", **options)
            return {"delay_ms": delay, "lookups_in_flight": lookups, **cost}

    windows = (1, 10, 100, 1000, 5000, 10000, 20000)
    points = [point(window, lambda w=window: measure(w)) for window in windows]
    title = "Misses over the questions in flight"
    return {"title": title, "x_label": "questions in flight", "series": {"miss": points}}


PARTS = {"cached": cached, "upstreams": upstreams, "routes": routes, "in_flight": in_flight}


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--big", action="store_true", help="10,000,000 cached names too: 4 GB")
    parser.add_argument("--only", default=",".join(PARTS), help=", ".join(PARTS))
    parser.add_argument("--secs", type=float, default=2.5, help="length of a run")
    parser.add_argument("--runs", type=int, default=3, help="runs of each point")
    return parser.parse_args()


def main():
    o = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.makedirs(RUN, exist_ok=True)
    with machine.alone():
        report = results.load("growth") or {"scenario": "growth", "parts": {}}
        for name in o.only.split(","):
            print("growth", name, flush=True)
            report["parts"][name] = PARTS[name](o)
            results.save("growth", report)
    plot.growth()


if __name__ == "__main__":
    main()

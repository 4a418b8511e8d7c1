#!/usr/bin/env python3
"""store.py [--runs 10]: what the store costs holdfast's clients, and how fast it loads.

Two daemons, one with a store and one without, are measured in turn: hits are timed while new names,
which the first one writes to the disk, are looked up beside them. Then a daemon learns a million
names, is killed and started again: what comes back is what was on disk. Writes results/store.json.
"""
import argparse
import os
import re
import shutil
import signal
import sys
import time

import load
import machine
import results
from overload import read_page
from peers import RUN, Server, make_upstreams

HITS, NEW = 5000, 3000  # queries a second: those timed, those that are written
LEARNT = 20000  # new names a second, before they are loaded
SLOW_MS = 5
PATIENCE = 600  # seconds
SLOTS = {"with": 40, "without": 41}  # behind the peers'


def metric(server, name):
    page = read_page(server.scraper.url)
    return float(re.search(rf"^holdfast_{name} (\S+)$", page, re.M)[1])


def start(kind, path, cpus, **settings):
    slot = SLOTS[kind]
    extra = {"store": {"path": path, "max_bytes": "1GiB"}} if kind == "with" else {}
    upstreams = make_upstreams(slot, ttl=86400)
    server = Server("holdfast", slot, upstreams, cpus, tag="_" + kind, extra=extra, **settings)
    return server.start()


def one_run(server, number, seconds):
    """Latencies of the hits, in milliseconds; a query that got no answer counts as a second."""
    out = f"{RUN}/store.bin"
    begin = time.monotonic() + 0.3
    same = {"duration": seconds, "start_at": begin, "timeout_ms": 1000, "seed": 500 + number}
    new = load.start(server, open=NEW, names="uniq:n", **same)
    hits = load.start(server, open=HITS, names="rand:10000:h", out=out, **same)
    for client in (new, hits):
        client.communicate()
    return [ms if outcome == 0 else 1000 for _, ms, outcome in load.records(out)]


def while_it_writes(o, path):
    servers, runs = {}, {"with": [], "without": []}
    try:
        for kind in SLOTS:
            servers[kind] = start(kind, path, o.cpus, cache_entries=1000000)
            load.run(servers[kind], closed=50, count=20000, duration=20, names="seq:10000:h")
        for number in range(o.runs):
            for kind, server in servers.items():
                machine.wait_quiet(5)
                took = one_run(server, number, o.secs)
                slow = sum(1 for ms in took if ms > SLOW_MS)
                shown = {
                    "p50_us": round(1000 * results.percentile(took, 0.5), 1),
                    "p99_us": round(1000 * results.percentile(took, 0.99), 1),
                    "slow": slow,
                    "queries": len(took),
                }
                runs[kind].append(shown)
                print("   ", kind, shown, flush=True)
        written = metric(servers["with"], "store_written_total")
        dropped = metric(servers["with"], "store_dropped_total")
    finally:
        for server in servers.values():
            server.close()
    middle = {k: results.median([run["p50_us"] for run in runs[k]]) for k in runs}
    slow = {k: sum(run["slow"] for run in runs[k]) for k in runs}
    return {
        "runs": runs,
        "p50_ratio": round(middle["with"] / middle["without"], 3),
        "slow": slow,
        "slow_ratio": round(slow["with"] / max(1, slow["without"]), 2),
        "written": round(written),
        "dropped": round(dropped),
    }


def wait_until(holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError("waited in vain")
        time.sleep(0.05)


def learn(server, count):
    """Has the daemon learn so many names; seconds until all that was not dropped is on disk."""
    began = time.monotonic()
    rate = {"open": LEARNT, "count": count, "duration": 10 + count / LEARNT}
    asked = load.run(server, names=f"seq:{count}:m", **rate)["ok"]
    parts = ("store_written_total", "store_dropped_total")
    wait_until(lambda: sum(metric(server, part) for part in parts) >= asked)
    return time.monotonic() - began


def load_time(o, path):
    """A million names learnt, a kill, and a start; with serve-stale and last-known-good on."""
    size = {"cache_entries": int(1.5 * o.names)}
    server = start("with", path, o.cpus, **size)
    try:
        empty = server.rss()
        learning = learn(server, o.names)
        dropped = metric(server, "store_dropped_total")
        for process in server.processes:
            process.kill()
        server.stop()
        began = time.monotonic()
        server.start()
        answered = time.monotonic() - began
        wait_until(lambda: not metric(server, "store_loading"))
        loaded = metric(server, "store_loaded_total")
        wait_until(lambda: metric(server, "cache_entries") >= 0.9 * loaded)
        entries = metric(server, "cache_entries")
        return {
            "names": o.names,
            "on_disk_s": round(learning, 1),
            "dropped": round(dropped),
            "loaded": round(loaded),
            "load_s": round(metric(server, "store_load_seconds"), 2),
            "start_cpu_s": round(server.cpu(), 2),
            "first_answer_s": round(answered, 3),
            "disk_bytes": round(metric(server, "store_bytes")),
            "cache_bytes_per_entry": round(metric(server, "cache_bytes") / entries, 1),
            "rss_bytes_per_entry": round((server.rss() - empty) * 1024 / entries, 1),
        }
    finally:
        server.close()


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=10, help="runs of each daemon")
    parser.add_argument("--secs", type=float, default=3, help="length of a run")
    parser.add_argument("--names", type=int, default=1000000, help="names to load")
    parser.add_argument("--cpus", default="0", help="of the daemon; its store's thread included")
    return parser.parse_args()


def main():
    o = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.makedirs(RUN, exist_ok=True)
    path = f"{RUN}/store"
    with machine.alone():
        shutil.rmtree(path, ignore_errors=True)
        report = {"scenario": "store", "while_it_writes": while_it_writes(o, path)}
        shutil.rmtree(path, ignore_errors=True)
        report["load"] = load_time(o, path)
        shutil.rmtree(path, ignore_errors=True)
    shown = {k: v for k, v in report["while_it_writes"].items() if k != "runs"}
    print(shown, report["load"], sep="\n")
    results.save("store", report)


if __name__ == "__main__":
    main()

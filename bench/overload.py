"""Scenario overload: up to three times what a server can do, and what becomes of it.

Beside the load runs a light one from before the overload until after it: it tells when the server
is back.
"""
import json
import re
import statistics
import subprocess
import threading
import time
import urllib.request

import load
import machine
import results
from peers import BIN, RUN, Server, make_upstreams, slots, takes_part
from throughput import warm_up

FACTORS = (0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3)  # of the capacity
BEFORE, AFTER = 1.5, 2  # seconds of the light load on both sides of the overload
LIGHT = 0.1  # of the capacity; part of the offered load
STEP = 0.25  # seconds in which a percentile of the light load is taken
IN_TIME_MS = 1000  # an answer later than this is none
PAIRS = 5  # of bursts at one and at three times the capacity, in turn
SERVERS_CPU = 0
SHARES = {"hit": 0.25, "miss": 0.5}  # of that CPU, what is left for the server


class Hog:
    """Leaves `share` of the server's CPU: one generator can then offer three times the capacity."""

    def __init__(self, share, seconds):
        self.process = None
        if share < 1:
            words = ["--cpu", SERVERS_CPU, "--share", 1 - share, "--seconds", seconds]
            self.process = subprocess.Popen([BIN + "/hog", *map(str, words)])
            time.sleep(0.1)
            if self.process.poll() is not None:
                raise RuntimeError("bin/hog needs root")

    def pids(self):
        return [self.process.pid] if self.process else []

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()


class Watcher(threading.Thread):
    """Asks for the metrics page all the time, and counts how often it came within a second."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.done, self.took_ms, self.failed = url, threading.Event(), [], 0
        self.start()

    def run(self):
        while not self.done.wait(0.25):
            began = time.monotonic()
            try:
                read_page(self.url)
                self.took_ms.append(1000 * (time.monotonic() - began))
            except OSError:
                self.failed += 1

    def stop(self):
        self.done.set()
        self.join()
        in_time = sum(1 for ms in self.took_ms if ms <= 1000)
        return {
            "asked": len(self.took_ms) + self.failed,
            "in_time": in_time,
            "slowest_ms": results.rounded(max(self.took_ms, default=None)),
        }


def read_page(url):
    with urllib.request.urlopen(url, timeout=1) as page:
        return page.read().decode()


def shed(server):
    """What the server's metrics say it threw away, by reason; nothing without metrics."""
    if not server.scraper:
        return {}
    lines = re.findall(r"^holdfast_\w*shed\w*\{(.*?)\} (\S+)$", read_page(server.scraper.url), re.M)
    return {re.sub(r'^reason="|"$', "", labels): float(value) for labels, value in lines}


def kernel_drops(server):
    """Questions the kernel dropped because the server's UDP sockets were full."""
    octets = server.ip.split(".")
    local = "".join(f"{int(octet):02X}" for octet in reversed(octets)) + f":{server.port:04X}"
    with open("/proc/net/udp") as table:
        rows = [line.split() for line in table]
    return sum(int(row[-1]) for row in rows if row[1] == local)


def capacity(server, names, seconds):
    runs = [
        load.run(server, closed=200, duration=seconds, names=names, seed=70 + n) for n in range(3)
    ]
    return results.median([run["ok"] / run["send_s"] for run in runs])


def light_names(names):
    return "uniq:l" if names.startswith("uniq") else names


def p99(records, begin, end):
    sent = [r for r in records if begin <= r[0] < end]
    return results.percentile([r[1] if r[2] == 0 else IN_TIME_MS for r in sent], 0.99)


def recovery(records, end, limit):
    """Seconds after `end` until a step's p99 is below `limit`; None: not in the time watched."""
    for number in range(int(AFTER / STEP)):
        value = p99(records, end + number * STEP, end + (number + 1) * STEP)
        if value is not None and value < limit:
            return round((number + 1) * STEP, 2)
    return None


def growth(before, after):
    grown = {key: round(after[key] - before.get(key, 0)) for key in after}
    return {key: count for key, count in grown.items() if count}


def during(server, main, ours):
    """Waits until `main` is through with the overload; its result, and what was seen meanwhile.

    `ours`: processes of the harness, whose CPU time is not that of others.
    """
    watcher = Watcher(server.scraper.url) if server.scraper else None
    began, used, own = time.monotonic(), machine.busy()[0], server.cpu()
    our_cpu = machine.cpu_seconds(ours)
    shown, _ = main.communicate()
    run = json.loads(shown)
    own, our_cpu = server.cpu() - own, machine.cpu_seconds(ours) - our_cpu + run["client_cpu_s"]
    others = (machine.busy()[0] - used - own - our_cpu) / (time.monotonic() - began)
    seen = {"server_cpu_s": round(own, 2), "client_cpu_s": run["client_cpu_s"]}
    seen["other_cpu"] = round(max(0, others) / machine.CORES, 3)
    if watcher:
        seen["metrics"] = watcher.stop()
    return run, seen


def point(server, hog, factor, can, names, seconds, number):
    """One offered load: light load, the rest on top of it for `seconds`, light load again."""
    light_rate = max(50, LIGHT * can)
    rate = max(1, factor * can - light_rate)
    out = f"{RUN}/{server.name}_ov.bin"
    dropped, told, rss = kernel_drops(server), shed(server), server.rss()
    options = {"timeout_ms": IN_TIME_MS, "seed": 300 + number}
    start = time.monotonic() + 0.3
    length = BEFORE + seconds + AFTER
    light = {"open": light_rate, "names": light_names(names), "out": out, **options}
    light = load.start(server, duration=length, start_at=start, **light)
    main = {"open": rate, "names": names, **options}
    main = load.start(server, duration=seconds, start_at=start + BEFORE, **main)
    time.sleep(max(0, start + BEFORE - time.monotonic()))
    upstreams = [pid for upstream in server.upstreams for pid in upstream.pids()]
    ours = [light.pid, *hog.pids(), *upstreams]
    run, seen = during(server, main, ours)
    light.communicate()
    records = load.records(out)
    overload = [r for r in records if BEFORE <= r[0] < BEFORE + seconds]
    before = p99(records, 0.2, BEFORE)
    in_time = run["ok"] + sum(1 for r in overload if r[2] == 0)
    return {
        "factor": factor,
        "wanted": round(factor * can),
        "offered": round((run["sent"] + len(overload)) / run["send_s"]),
        "goodput": round(in_time / run["send_s"]),
        "failed": {key: run[key] for key in load.OUTCOMES[1:] if run[key]},
        "p50_ms": round(run["lat_us"]["p50"] / 1000, 2),
        "p99_ms": round(run["lat_us"]["p99"] / 1000, 2),
        "shed": growth(told, shed(server)),
        "kernel_drops": kernel_drops(server) - dropped,
        "rss_before_kb": rss,
        "rss_after_kb": server.rss(),
        "p99_before_ms": round(before, 2),
        "back_s": recovery(records, BEFORE + seconds, 2 * before),
        **seen,
    }


def in_turn(server, names, can, number):
    """Goodput at the highest load, of that at the capacity; in turn, since the machine drifts."""
    kept = []
    for pair in range(PAIRS):
        options = {"duration": 1, "names": names, "timeout_ms": IN_TIME_MS}
        options["seed"] = 500 + 2 * (number * PAIRS + pair)
        at_capacity = load.run(server, open=can, **options)["ok"]
        options["seed"] += 1
        kept.append(load.run(server, open=FACTORS[-1] * can, **options)["ok"] / max(1, at_capacity))
    return kept


def sweep(server, hog, kind, seconds, number):
    """One round: the server's capacity, then every load."""
    names = warm_up(kind, server)
    can = capacity(server, names, seconds)
    points = []
    for place, factor in enumerate(FACTORS):
        machine.wait_quiet(5, share=0.5)  # the hog is never quiet
        seed = number * len(FACTORS) + place
        points.append(point(server, hog, factor, can, names, seconds, seed))
        print("   ", points[-1], flush=True)
    kept = in_turn(server, names, can, number)
    return {"capacity": round(can), "points": points, "kept_in_turn": kept}


def medians(counts):
    keys = {key: None for count in counts for key in count}  # in their order
    return {key: round(results.median([count.get(key, 0) for count in counts])) for key in keys}


def one_of(rounds):
    """The same load in every round, as one: medians, and the worst of what must never happen."""
    shown = {}
    for key, value in rounds[0].items():
        if isinstance(value, (int, float)):
            digits = None if isinstance(value, int) else 2
            shown[key] = round(results.median([p[key] for p in rounds]), digits)
    for key in ("failed", "shed"):
        shown[key] = medians([p[key] for p in rounds])
    goodputs = [p["goodput"] for p in rounds]
    shown["goodput_range"] = [min(goodputs), max(goodputs)]
    back = [p["back_s"] for p in rounds]
    shown["back_s"] = None if None in back else max(back)
    pages = [p["metrics"] for p in rounds if "metrics" in p]
    if pages:
        shown["metrics"] = {key: sum(page[key] for page in pages) for key in ("asked", "in_time")}
        shown["metrics"]["slowest_ms"] = max(page["slowest_ms"] or 0 for page in pages)
    return shown


def quartiles(values):
    return [round(q, 2) for q in statistics.quantiles(values, n=4)]


def together(rounds):
    """The rounds of one server; `kept`: goodput at the highest load, of the best there was."""
    points = [one_of([r["points"][n] for r in rounds]) for n in range(len(FACTORS))]
    best = max(p["goodput"] for p in points)
    return {
        "capacity": round(results.median([r["capacity"] for r in rounds])),
        "points": points,
        "kept": round(points[-1]["goodput"] / best, 3),
        "kept_in_turn": quartiles([kept for r in rounds for kept in r["kept_in_turn"]]),
    }


def one_round(name, slot, kind, left, seconds, number):
    server = Server(name, slot, make_upstreams(slot, ttl=86400), tag="_ov")
    hog = None
    try:
        server.start()
        hog = Hog(left, seconds=90 + len(FACTORS) * (BEFORE + seconds + AFTER + 10))
        return {"version": server.version(), **sweep(server, hog, kind, seconds, number)}
    finally:
        if hog:
            hog.stop()
        server.close()


def overload(names, share=None, seconds=3, rounds=3):
    """`share` in the place of SHARES. Rounds are interleaved: the machine's speed drifts."""
    for kind, usual in SHARES.items():
        left = share or usual
        report = {"scenario": "overload", "kind": kind, "share": left, "servers": {}}
        done, servers = {}, report["servers"]
        taking = [n for n in names if takes_part(n, "overload") and takes_part(n, kind)]
        for number in range(rounds):
            for slot, name in slots(taking):
                print(f"overload {kind} round {number} {name}", flush=True)
                try:
                    round_ = one_round(name, slot, kind, left, seconds, number)
                except (RuntimeError, OSError) as error:
                    print(name, "ERROR", error, flush=True)
                    servers.setdefault(name, {})["error"] = str(error)
                    continue
                done.setdefault(name, []).append(round_)
                servers[name] = {"version": round_["version"], **together(done[name])}
        results.save(f"overload_{kind}", report)

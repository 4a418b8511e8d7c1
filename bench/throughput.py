"""Scenarios hit, miss, mixed, tcp, ceiling and memory: one server at a time, as fast as it goes."""
import os
import statistics
import time

import load
import machine
import results
from peers import RUN, Server, make_upstreams, slots, takes_part

SHOWN = (
    "qps",
    "q_per_cpu_s",
    "loss_pct",
    "other_cpu",
    "up_q",
    "server_cpu_s",
    "client_cpu_s",
    "upstream_cpu_s",
)


TCP = {"tcp": 100, "closed": 1000}  # connections; questions in flight over all of them


def warm_up(scenario, server):
    """Fills the cache as the scenario wants it; returns the names to measure with."""
    count = server.hit_names()
    if scenario in ("hit", "tcp"):
        # dnsdist keeps answers over TCP apart from those over UDP.
        over = {"tcp": 10} if scenario == "tcp" else {}
        load.run(server, closed=50, count=2 * count, duration=20, names=f"seq:{count}:h", **over)
        return f"rand:{count}:h"
    if scenario == "miss":
        load.run(server, closed=50, count=2000, duration=5, names="uniq:w", seed=77)
        return "uniq:m"
    names = "zipf:1.0:1000000:z"
    load.run(server, closed=200, count=600000, duration=15, names=names, seed=5)
    return names


def dnsperf_names(count):
    path = f"{RUN}/q{count}.txt"
    if not os.path.exists(path):
        with open(path, "w") as file:
            file.writelines(f"h{i}.benchzone.com A\n" for i in range(count))
    return path


def tcp_round(scenario, server, number, seconds, runs):
    """Closed loop over TCP, pipelined; then dnsperf as a cross-check."""
    runs["version"] = server.version()
    names = warm_up(scenario, server)
    closed = load.measured(server, 1000 * (number + 1), duration=seconds, names=names, **TCP)
    runs["closed"].append(closed)
    print("   ", " ".join(f"{key}={closed.get(key)}" for key in (*SHOWN, "sockerr")), flush=True)
    listed = dnsperf_names(server.hit_names())
    tcp = {"mode": "tcp", "clients": TCP["tcp"], "window": TCP["closed"]}
    perf = load.measured_dnsperf(server, listed, seconds, **tcp)
    runs["dnsperf"].append(perf)
    print("    dnsperf", perf["qps"], "loss", perf["loss_pct"], flush=True)


def one_round(scenario, server, number, seconds, runs):
    """Closed loop, then open loop at half of its speed, then dnsperf as a cross-check."""
    runs["version"] = server.version()
    names = warm_up(scenario, server)
    seed = 1000 * (number + 1)
    closed = load.measured(server, seed + 1, closed=200, duration=seconds, names=names)
    closed["rss_kb"] = server.rss()
    runs["closed"].append(closed)
    print("   ", " ".join(f"{key}={closed.get(key)}" for key in SHOWN), flush=True)
    half = round(max(500, 0.5 * results.median([r["qps"] for r in runs["closed"]])))
    opened = load.measured(server, seed + 2, open=half, duration=seconds, names=names)
    runs["open50"].append(opened)
    latency = {key: opened["lat_us"][key] for key in ("p50", "p99", "p999")}
    print("    open", half, "loss", opened["loss_pct"], latency, flush=True)
    if scenario == "hit":
        perf = load.measured_dnsperf(server, dnsperf_names(server.hit_names()), seconds)
        runs["dnsperf"].append(perf)
        print("    dnsperf", perf["qps"], "loss", perf["loss_pct"], flush=True)


def throughput(scenario, names, workers=1, rounds=3, seconds=3):
    """Rounds are interleaved: every server once, then the next round; noise spreads evenly."""
    key = f"{scenario}_w{workers}"
    report = {"scenario": scenario, "workers": workers, "at": time.strftime("%F %T"), "servers": {}}
    names = [name for name in names if takes_part(name, scenario, workers)]
    measure = tcp_round if scenario == "tcp" else one_round
    for number in range(rounds):
        for slot, name in slots(names):
            empty = {"closed": [], "open50": [], "dnsperf": []}
            runs = report["servers"].setdefault(name, empty)
            settings = {"workers": workers, "tcp": scenario == "tcp"}
            server = Server(name, slot, make_upstreams(slot, ttl=86400), **settings)
            print(f"{key} round {number} {name}", flush=True)
            try:
                measure(scenario, server.start(), number, seconds, runs)
            except (RuntimeError, OSError, AttributeError) as error:
                runs.setdefault("errors", []).append(str(error))
                print(name, "ERROR", error, flush=True)
            finally:
                server.close()
        results.save(key, report)


def highest_rate(server, guess, names, seconds):
    """Highest open-loop rate with less than 0.1 % lost, by bisection around `guess`."""
    low, high, best, steps = 0.4 * guess, 1.5 * guess, None, []
    for number in range(6):
        rate = (low + high) / 2
        machine.wait_quiet(10)
        run = load.run(
            server,
            open=round(rate),
            duration=seconds,
            names=names,
            seed=50 + number,
            timeout_ms=500,
        )
        lost = 1 - run["ok"] / max(1, run["sent"])
        steps.append([round(rate), round(100 * lost, 3), round(run["sent_qps"])])
        if lost < 0.001 and run["sent_qps"] > 0.98 * rate:
            low = best = rate
        else:
            high = rate
    return {"max_qps": round(best or low), "steps": steps}


def ceiling(names, workers=1, scenario="hit", seconds=2):
    base = results.load(f"{scenario}_w{workers}").get("servers", {})
    report = {"scenario": f"{scenario}_ceiling", "workers": workers, "servers": {}}
    names = [name for name in names if base.get(name, {}).get("closed")]
    for slot, name in slots(names):
        server = Server(name, slot, make_upstreams(slot, ttl=86400), workers=workers)
        try:
            asked = warm_up(scenario, server.start())
            guess = results.median([r["qps"] for r in base[name]["closed"]])
            report["servers"][name] = highest_rate(server, guess, asked, seconds)
            print(name, report["servers"][name], flush=True)
        except (RuntimeError, OSError) as error:
            print(name, "ERROR", error, flush=True)
        finally:
            server.close()
    results.save(f"ceiling_{scenario}_w{workers}", report)


def lmdb_kb(folder):
    """Disk blocks of LMDB files: kresd keeps its cache there, not in its own memory."""
    total = 0
    for where, _, files in os.walk(folder):
        for name in files:
            if name.endswith(".mdb"):
                total += os.stat(os.path.join(where, name)).st_blocks // 2
    return total


def near_and_far(server, held, rounds=5):
    """Hits per CPU-second over few names and over all that are held, in turn."""
    speeds = {}
    for turn in range(rounds):
        for count in (min(held, 10000), held):
            burst = {"closed": 200, "duration": 1.5, "names": f"rand:{count}:c", "seed": 100 + turn}
            result = load.accounted(server, lambda b=burst: load.run(server, **b))
            speeds.setdefault(count, []).append(result["q_per_cpu_s"])
    near, far = next(iter(speeds.values())), speeds[held]
    ratios = [b / a for a, b in zip(near, far)]
    return {
        "hit_near": round(statistics.median(near)),
        "hit_far": round(statistics.median(far)),
        "far_to_near": [round(pick(ratios), 2) for pick in (min, statistics.median, max)],
    }


def fill(server, entries):
    """Fills the cache with `entries` names and looks what is left of them."""
    empty = server.rss()
    start = time.monotonic()
    speed = getattr(server.module, "FILL_QPS", 0)
    pace = {"open": speed} if speed else {"closed": 100}
    filled = load.run(
        server, count=entries, duration=130, names=f"seq:{entries}:c", timeout_ms=3000, **pace
    )
    seconds, full = time.monotonic() - start, server.rss()
    asked = sum(upstream.questions() for upstream in server.upstreams)
    held = min(entries, max(1, filled["sent"]))
    sample = load.run(server, closed=50, count=50000, duration=15, names=f"rand:{held}:c", seed=9)
    missed = sum(upstream.questions() for upstream in server.upstreams) - asked
    hit = 1 - missed / server.fan_out() / max(1, sample["sent"])
    preallocated = getattr(server.module, "PREALLOC_BASE_KB", None)
    if preallocated:
        per_entry = round((full - preallocated) * 1024 / server.context.cache_entries)
    else:
        per_entry = round((full - empty) * 1024 / (hit * held)) if hit > 0.05 else None
    return {
        "version": server.version(),
        "rss0_kb": empty,
        "rss1_kb": full,
        "fill_s": round(seconds, 1),
        "fill_ok": filled["ok"],
        "hit_after": round(hit, 4),
        "bytes_per_entry": per_entry,
        "disk_kb": lmdb_kb(server.dir),
        "hit1m_qps": sample["qps"],
        **near_and_far(server, held),
    }


def memory(names, entries=1000000):
    report = {"scenario": "memory", "servers": {}}
    names = [name for name in names if takes_part(name, "memory")]
    for slot, name in slots(names):
        room = int(entries * 1.25)
        server = Server(name, slot, make_upstreams(slot, ttl=86400), cache_entries=room)
        try:
            report["servers"][name] = fill(server.start(), entries)
        except (RuntimeError, OSError) as error:
            report["servers"][name] = {"error": str(error)}
        finally:
            server.close()
        print(name, report["servers"][name], flush=True)
    results.save("memory", report)

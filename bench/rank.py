#!/usr/bin/env python3
"""Who is best at each metric, from results/*.json; writes results/ranking.md."""
import glob
import json
from statistics import median

import results

FAULTS = ("blackhole", "killed", "servfail", "refused", "loss30", "brownout500")
NEVER = 99  # seconds that stand for "never"


def place(metric, values, form, high=False):
    """A row: metric, first three places, last; equal figures share a place."""
    known = [(value, name) for name, value in values.items() if value is not None]
    places = []
    for value, name in sorted(known, key=lambda item: item[0], reverse=high):
        shown = form(value)
        if places and places[-1][0] == shown:
            places[-1][1].append(name)
        else:
            places.append((shown, [name]))
    cells = [f"{', '.join(names)}: {shown}" for shown, names in places]
    return [metric, *(cells + ["-"] * 3)[:3], cells[-1]] if cells else None


def of_runs(servers, scenario, kind, key, middle=median):
    """server -> median of one figure over its quiet runs."""
    found = {}
    for name, server in servers.items():
        runs = results.quiet(server[kind], scenario)
        if name != "echo" and runs:
            found[name] = middle(key(run) for run in runs)
    return found


def throughput_rows(scenario, workers):
    servers = results.load(f"{scenario}_w{workers}").get("servers", {})
    echo = results.load(f"hit_w{workers}").get("servers", {}).get("echo")
    rows = []
    for metric, key in (("answered queries per CPU-second", "q_per_cpu_s"), ("max QPS", "qps")):
        limit = median(r[key] for r in results.quiet(echo["closed"])) if echo else None

        def form(value, limit=limit):
            share = f" ({value/limit:.2f}× echo)" if limit else ""
            return f"{value/1000:.1f}k{share}"

        values = of_runs(servers, scenario, "closed", lambda r, key=key: r[key])
        rows.append(place(f"{scenario}: {metric}, {workers} worker(s)", values, form, high=True))
    for part in ("p50", "p99", "p999") if workers == 1 else ():
        values = of_runs(servers, scenario, "open50", lambda r, part=part: r["lat_us"][part])
        rows.append(place(f"{scenario}: {part} at half load, µs", values, "{:.0f}".format))
    return rows


def failover_rows(fault):
    by_server = {}
    for path in glob.glob(f"{results.FOLDER}/failover_{fault}_u2*.json"):
        with open(path) as file:
            for name, result in json.load(file)["servers"].items():
                by_server.setdefault(name, []).append(result)

    def worst(key):
        return {name: max(key(r) for r in runs) for name, runs in by_server.items()}

    def recovery(r):
        return NEVER if r["recovery_s"] is None else r["recovery_s"]

    whole = "{:.0f}".format
    head = f"failover {fault}, worst run: "
    return [
        place(head + "failed of 15,000", worst(lambda r: r["fault"]["failed"]), whole),
        place(head + "slower than 100 ms or failed", worst(lambda r: r["fault"]["slow100"]), whole),
        place(head + "p99 ms in the fault", worst(lambda r: r["fault"]["p99"]), whole),
        place(
            head + "s until p99 < 100 ms",
            worst(recovery),
            lambda s: "never" if s >= NEVER else f"{s:g}",
        ),
        place(head + "upstream q per q before", worst(lambda r: r["ratio_pre"]), "{:.2f}".format),
    ]


def other_rows():
    memory = results.load("memory").get("servers", {})
    full = {n: r.get("bytes_per_entry") for n, r in memory.items() if r.get("hit_after", 0) > 0.9}
    stale = results.load("stale").get("servers", {})
    early = {n: 100 * (1 - r["0-5"]["failed"] / r["0-5"]["n"]) for n, r in stale.items()}
    restart = results.load("restart").get("servers", {})
    lost = {n: median(x["lost"] for x in r["runs"]) for n, r in restart.items()}
    return [
        place("memory: bytes per cached A answer (of those that held 1M)", full, "{:.0f}".format),
        place("stale: % answered in the first 5 s", early, "{:.1f}%".format, high=True),
        place("restart: queries lost at 1,000 qps", lost, "{:.0f}".format),
    ]


def main():
    rows = []
    for scenario in ("hit", "miss", "mixed"):
        rows += throughput_rows(scenario, 1) + throughput_rows(scenario, 2)
    for fault in FAULTS:
        rows += failover_rows(fault)
    rows += other_rows()
    lines = ["|metric|best|2nd|3rd|worst|", "|---|---|---|---|---|"]
    lines += ["|" + "|".join(row) + "|" for row in rows if row]
    with open(results.FOLDER + "/ranking.md", "w") as file:
        file.write("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()

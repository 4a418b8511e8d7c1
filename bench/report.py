#!/usr/bin/env python3
"""Prints every table of results/*.json and writes results/tables.md; `report.py ratios` prints only
what one line can tell of hits and misses, one worker: questions per CPU-second."""
import glob
import json
import sys
from statistics import median

import results

FAN_OUT = {"smartdns": 2, "dnsmasq_all": 2}  # upstreams asked for each miss
THROUGHPUT = {
    "hit": "a. 100 % cache hits (10k names)",
    "miss": "b. misses (every name new, 0-delay upstreams)",
    "mixed": "c. Zipf(1.0) over 1M names, cache for 100k entries",
}
FAULTS = ("blackhole", "killed", "servfail", "refused", "loss30", "brownout500", "nxdomain")


def spread(values, form="{:.0f}"):
    """Median, and the range where there is one."""
    if not values:
        return "-"
    low, high = form.format(min(values)), form.format(max(values))
    return form.format(median(values)) + ("" if low == high else f" ({low}–{high})")


def thousands(values):
    if not values:
        return "-"
    return f"{median(values)/1000:.1f}k ({min(values)/1000:.1f}–{max(values)/1000:.1f})"


def ratio(values, base):
    return f"{median(values)/base:.2f}" if base else "-"


def table(head, rows):
    lines = ["|" + "|".join(head) + "|", "|---|" + "---:|" * (len(head) - 1)]
    return lines + ["|" + "|".join(map(str, row)) + "|" for row in rows] + [""]


def echo_speed(workers):
    """(questions per second, per CPU-second) of the reflector: the machine's limit."""
    echo = results.load(f"hit_w{workers}").get("servers", {}).get("echo")
    if not echo or not echo["closed"]:
        return None, None
    runs = results.quiet(echo["closed"])
    return median(r["qps"] for r in runs), median(r["q_per_cpu_s"] for r in runs)


def throughput_row(scenario, name, server, base):
    closed = results.quiet(server["closed"], scenario)
    opened = results.quiet(server["open50"], scenario)
    speed = [r["ok"] / r["send_s"] for r in closed]
    per_cpu = [r["q_per_cpu_s"] for r in closed]
    others = [100 * r["other_cpu"] for r in closed]
    row = [name, len(closed), thousands(speed), thousands(per_cpu)]
    row += [ratio(speed, base[0]), ratio(per_cpu, base[1])]
    row.append(f"{median(r['loss_pct'] for r in closed):.3f}")
    row += [spread([r["lat_us"][p] for r in opened]) for p in ("p50", "p99", "p999")]
    row.append(f"{median(r['loss_pct'] for r in opened):.2f}" if opened else "-")
    row.append(f"{median(others):.0f}/{max(others):.0f}")
    if scenario == "hit":
        return row + [thousands([r["qps"] for r in results.quiet(server.get("dnsperf", []))])]
    row.append(f"{median(r['up_q'] / max(1, r['sent']) for r in closed):.3f}")
    if scenario == "mixed":
        fan_out = FAN_OUT.get(name, 1)
        hits = [1 - min(1, r["up_q"] / fan_out / max(1, r["sent"])) for r in closed]
        row.append(f"{100 * median(hits):.1f}%")
        row.append(f"{median(r['rss_kb'] for r in closed) / 1024:.0f}")
    return row


def throughput(scenario, workers):
    servers = results.load(f"{scenario}_w{workers}").get("servers", {})
    if not servers:
        return []
    head = ["server", "runs kept", "max QPS (closed loop)", "q/CPU-s", "QPS ÷ echo"]
    head += ["q/CPU-s ÷ echo", "loss %", "p50 µs @50%", "p99 µs @50%", "p99.9 µs @50%"]
    head += ["loss % @50%", "others CPU % med/max"]
    head += ["dnsperf QPS"] if scenario == "hit" else ["upstream q per q"]
    head += ["hit ratio", "RSS MiB"] if scenario == "mixed" else []
    measured = {n: s for n, s in servers.items() if results.quiet(s["closed"], scenario)}
    best_first = sorted(
        measured.items(),
        key=lambda item: -median(
            r["q_per_cpu_s"] for r in results.quiet(item[1]["closed"], scenario)
        ),
    )
    base = echo_speed(workers)
    rows = [throughput_row(scenario, name, server, base) for name, server in best_first]
    for name in servers.keys() - measured.keys():
        why = "failed: " + "; ".join(servers[name].get("errors", []))[:80]
        rows.append([name, why] + [""] * (len(head) - 2))
    title = f"### {THROUGHPUT[scenario]}, {workers} worker" + ("s" if workers > 1 else "")
    return [title, "", *table(head, rows)]


def tcp(workers):
    servers = results.load(f"tcp_w{workers}").get("servers", {})
    servers = {n: results.quiet(s["closed"]) for n, s in servers.items() if s["closed"]}
    if not servers:
        return []
    perf = results.load(f"tcp_w{workers}")["servers"]
    per_cpu = {n: [r["q_per_cpu_s"] for r in runs] for n, runs in servers.items()}
    base = median(per_cpu["dnsdist"]) if "dnsdist" in per_cpu else None
    head = ["server", "runs kept", "max QPS (closed loop)", "q/CPU-s", "q/CPU-s ÷ dnsdist"]
    head += ["loss %", "connections lost", "p50 µs", "p99 µs", "client's CPU %"]
    head += ["others CPU % med/max", "dnsperf QPS"]
    rows = []
    for name, runs in sorted(servers.items(), key=lambda item: -median(per_cpu[item[0]])):
        others = [100 * r["other_cpu"] for r in runs]
        row = [name, len(runs), thousands([r["ok"] / r["send_s"] for r in runs])]
        row += [thousands(per_cpu[name]), ratio(per_cpu[name], base)]
        row.append(f"{median(r['loss_pct'] for r in runs):.3f}")
        row.append(spread([r["sockerr"] for r in runs]))
        row += [spread([r["lat_us"][p] for r in runs]) for p in ("p50", "p99")]
        row.append(spread([100 * r["client_cpu_s"] / r["send_s"] for r in runs]))
        row.append(f"{median(others):.0f}/{max(others):.0f}")
        rows.append(row + [thousands([r["qps"] for r in results.quiet(perf[name]["dnsperf"])])])
    title = "### TCP: cache hits (10k names), 100 connections, 10 questions in flight on each, "
    return [f"{title}{workers} worker" + ("s" if workers > 1 else ""), "", *table(head, rows)]


def overload(kind):
    report = results.load(f"overload_{kind}")
    if not report.get("servers"):
        return []
    head = ["server", "load ÷ capacity", "offered q/s", "goodput q/s (range)", "÷ best"]
    head += ["p50 ms", "p99 ms", "shed, as its metrics say", "dropped by the kernel"]
    head += ["/metrics within 1 s", "slowest ms", "RSS MiB before", "after"]
    head += ["p99 ms before", "s until back", "others CPU %"]
    rows = []
    for name, server in report["servers"].items():
        points = server.get("points", [])
        best = max((p["goodput"] for p in points), default=1)
        for p in points:
            offered = str(p["offered"]) + ("" if p["offered"] > 0.97 * p["wanted"] else " (short)")
            low, high = (f"{value / 1000:.1f}k" for value in p["goodput_range"])
            row = [name, p["factor"], offered, f"{p['goodput'] / 1000:.1f}k ({low}–{high})"]
            row += [f"{p['goodput'] / best:.2f}", p["p50_ms"], p["p99_ms"]]
            row.append(", ".join(f"{k} {n}" for k, n in p["shed"].items()) or "-")
            row.append(p["kernel_drops"])
            page = p.get("metrics")
            row += [f"{page['in_time']}/{page['asked']}", page["slowest_ms"]] if page else ["-"] * 2
            row += [f"{p[key] / 1024:.0f}" for key in ("rss_before_kb", "rss_after_kb")]
            row += [p["p99_before_ms"], "not" if p["back_s"] is None else p["back_s"]]
            rows.append(row + [f"{100 * p['other_cpu']:.0f}"])
    what = {"hit": "cache hits (10k names)", "miss": "misses"}[kind]
    title = f"### Overload: {what}, {100 * report['share']:.0f} % of a CPU for the server"
    return [title, "", *table(head, rows)]


def start():
    servers = results.load("start").get("servers", {})
    servers = {name: s["runs"] for name, s in servers.items() if s["runs"]}
    if not servers:
        return []
    head = ["server", "runs", "ms from exec to the first right answer", "RSS MiB, idle for 2 s"]
    rows = []
    for name, runs in sorted(servers.items(), key=lambda s: median(r["ms"] for r in s[1])):
        row = [name, len(runs), spread([r["ms"] for r in runs], "{:.0f}")]
        rows.append(row + [spread([r["rss_kb"] / 1024 for r in runs], "{:.1f}")])
    return ["## g. Start", "", *table(head, rows)]


def growth():
    lines = []
    for part in results.load("growth").get("parts", {}).values():
        points = {label: {p["x"]: p for p in curve} for label, curve in part["series"].items()}
        xs = sorted({x for curve in points.values() for x in curve})
        rows = []
        for x in xs:
            row = [f"{x:,}"]
            for curve in points.values():
                runs = [run["us"] for run in curve.get(x, {}).get("runs", [])]
                row.append(spread([us for us in runs if us is not None], "{:.2f}"))
            rows.append(row)
        head = [part["x_label"], *(f"{label}: µs of CPU per query" for label in points)]
        lines += [f"### {part['title']}", "", *table(head, rows)]
    return ["## h. Growth of holdfast", "", *lines] if lines else []


def middle_first(three):
    low, middle, high = three
    return middle, low, high


def memory():
    servers = results.load("memory").get("servers", {})
    if not servers:
        return []
    head = ["server", "RSS empty MiB", "RSS full MiB", "bytes/entry kept"]
    head += ["still cached (sample)", "LMDB on disk MiB", "fill s"]
    head += ["hits per CPU-second over 10,000 and all names", "ratio"]
    rows = []
    for name, r in sorted(servers.items(), key=lambda s: s[1].get("bytes_per_entry") or 9e9):
        if "error" in r:
            rows.append([name, r["error"][:60]] + [""] * (len(head) - 2))
            continue
        rows.append([name, r["rss0_kb"] // 1024, r["rss1_kb"] // 1024, r["bytes_per_entry"]])
        rows[-1] += [f"{100 * r['hit_after']:.1f}%", r["disk_kb"] // 1024, r["fill_s"]]
        near, far = r.get("hit_near", 0) // 1000, r.get("hit_far", 0) // 1000
        rows[-1] += [f"{near}k, {far}k", "{} ({} to {})".format(*middle_first(r["far_to_near"]))]
    return ["## d. Memory after 1M distinct A answers", "", *table(head, rows)]


def failover_row(name, upstreams, mode, runs):
    fault = [r["fault"] for r in runs]
    how = sorted({outcome for f in fault for outcome in f["by"]})
    times = ["never" if r["recovery_s"] is None else f"{r['recovery_s']:g}" for r in runs]
    row = [name, upstreams, "preferred" if mode == "preferred" else "first", len(runs)]
    row += [spread([f["failed"] for f in fault]), ", ".join(how) or "-"]
    row.append(spread([f["slow100"] for f in fault]))
    row.append(spread([f["p50"] for f in fault], "{:.1f}"))
    row += [spread([f[key] for f in fault]) for key in ("p99", "max")]
    row.append("/".join(dict.fromkeys(times)))
    row.append(spread([r["pre"]["failed"] + r["post"]["failed"] for r in runs]))
    row += [spread([r["ratio_" + when] for r in runs], "{:.2f}") for when in ("pre", "post")]
    return row


def failover(fault):
    by_server = {}
    for path in sorted(glob.glob(f"{results.FOLDER}/failover_{fault}_u*.json")):
        with open(path) as file:
            report = json.load(file)
        for name, result in report["servers"].items():
            key = (name, report["upstreams"], report["victim_mode"])
            by_server.setdefault(key, []).append(result)
    if not by_server:
        return []
    head = ["server", "upstreams", "faulted", "runs", "failed of 15,000", "how"]
    head += ["slower than 100 ms (incl. failed)", "p50 ms", "p99 ms", "max ms"]
    head += ["s until p99 < 100 ms", "failed before and after"]
    head += ["upstream q per q before", "after"]
    order = sorted(
        by_server.items(),
        key=lambda item: [
            median(r["fault"][key] for r in item[1]) for key in ("failed", "slow100")
        ],
    )
    return [f"### {fault}", "", *table(head, [failover_row(*key, runs) for key, runs in order])]


def stale(saved, title):
    servers = results.load(saved).get("servers", {})
    if not servers:
        return []
    spans = ("0-5", "5-10", "10-15", "15-20")
    head = ["server", "first answer after"]
    head += [f"ok% / p50 / p99 ms, {span} s" for span in spans] + ["ok% once upstreams are back"]
    rows = []
    for name, r in servers.items():
        first = r["first_ok"]
        row = [name, f"{first['lat_ms']:.0f} ms (sent t={first['sent']})" if first else "none"]
        ok = {key: 100 * (1 - r[key]["failed"] / max(1, r[key]["n"])) for key in (*spans, "after")}
        row += [f"{ok[span]:.1f}% / {r[span]['p50']} / {r[span]['p99']}" for span in spans]
        rows.append(row + [f"{ok['after']:.1f}%"])
    what = "### all upstreams blackholed, 1,000 names cached but expired, 200 qps, "
    return [what + title, "", *table(head, rows)]


def restart(saved, title):
    servers = results.load(saved).get("servers", {})
    if not servers:
        return []
    head = ["server", "sockets", "runs", "queries lost of 8,000", "stop takes ms"]
    head += ["gap ms (first to last lost)", "p99 ms in the 3 s after"]
    rows = []
    for name, r in sorted(servers.items(), key=lambda s: median(x["lost"] for x in s[1]["runs"])):
        runs = r["runs"]
        row = [name, runs[0]["sockets"], len(runs)]
        row += [spread([x[key] for x in runs]) for key in ("lost", "stop_ms", "gap_ms")]
        rows.append(row + [spread([x["p99_after_restart"] for x in runs], "{:.1f}")])
    return [
        f"## f. Restart under 1,000 qps, warm cache, 10 ms upstreams{title}",
        "",
        *table(head, rows),
    ]


def per_cpu(scenario, name):
    """Questions per CPU-second of one worker, or None."""
    server = results.load(f"{scenario}_w1").get("servers", {}).get(name, {})
    return results.median([r["q_per_cpu_s"] for r in results.quiet(server.get("closed", []))])


def transports():
    servers = results.load("transports").get("servers", {})
    if not servers:
        return []
    per_cpu = {
        (how, name): [run["q_per_cpu_s"] for run in runs]
        for name, server in servers.items()
        for how, runs in server["runs"].items()
    }
    head = ["upstream over", "server", "q/CPU-s", "÷ dnsdist", "p50 µs at 1,000 qps", "p99 µs"]
    rows = []
    for how, name in sorted(per_cpu):
        runs, values = servers[name]["runs"][how], per_cpu[how, name]
        base = per_cpu.get((how, "dnsdist"))
        row = [how, name, thousands(values), ratio(values, median(base) if base else None)]
        rows.append(row + [spread([run[p] for run in runs]) for p in ("p50", "p99")])
    lines = ["## i. Upstreams over UDP, TCP, DoT and DoH: misses, 1 worker", "", *table(head, rows)]
    head = ["server", "upstream", "asked", "failed", "p99 ms", "max ms"]
    rows = [
        [name, how, *end.values()]
        for name, server in servers.items()
        for how, end in server.get("death", {}).items()
    ]
    lines += ["The preferred of two providers ends, 1,000 qps in flight:", "", *table(head, rows)]
    idle = servers.get("holdfast", {}).get("idle", {})
    head = ["idle connections of holdfast over", "connections", "KiB each"]
    rows = [[how, size["connections"], spread(size["kib_each"])] for how, size in idle.items()]
    return lines + table(head, rows)


def ratios():
    """Lines "ratio SCENARIO: holdfast / echo N, / dnsdist N". What a miss costs is compared with a
    hit of echo, which is one round trip where a miss is two."""
    echo = per_cpu("hit", "echo")
    for scenario in ("hit", "miss"):
        ours = per_cpu(scenario, "holdfast")
        against = {"echo": echo, "dnsdist": per_cpu(scenario, "dnsdist")}
        shown = [f"/ {name} {ours / base:.2f}" if ours and base else f"/ {name} -"
                 for name, base in against.items()]
        yield f"ratio {scenario}: holdfast " + ", ".join(shown)


def main():
    if sys.argv[1:] == ["ratios"]:
        print("\n".join(ratios()))
        return
    lines = ["## Throughput", ""]
    for scenario in THROUGHPUT:
        lines += throughput(scenario, 1) + throughput(scenario, 2)
    lines += tcp(1) + tcp(2)
    lines += overload("hit") + overload("miss")
    lines += memory()
    lines += ["## e. Failover: 1,000 qps of new names, 10 ms upstreams, fault from 10 to 25 s", ""]
    for fault in FAULTS:
        lines += failover(fault)
    lines += stale("stale", "stale serving switched on") + stale("stale_off", "defaults")
    lines += restart("restart", "") + restart("restart_own", ", each with its own sockets")
    lines += start() + growth() + transports()
    with open(results.FOLDER + "/tables.md", "w") as file:
        file.write("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()

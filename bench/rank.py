#!/usr/bin/env python3
"""Ranking per metric (the anchors to beat), from results/*.json -> results/ranking.md"""
import statistics as st, glob
from lib import *

rows = []


def add(metric, vals, better, fmt, note=""):
    v = sorted(
        [(x, n) for n, x in vals.items() if x is not None],
        key=lambda t: t[0],
        reverse=better == "high",
    )
    if not v:
        return
    g = []  # equal figures share a place
    for x, n in v:
        if g and g[-1][0] == fmt(x):
            g[-1][1].append(n)
        else:
            g.append([fmt(x), [n]])
    s = [f'{", ".join(ns)}: {f}' for f, ns in g]
    rows.append([metric, *s[:3], s[-1], note])


def good(scen, c):
    return quiet(c, scen)


for scen in ("hit", "miss", "mixed"):
    for w in (1, 2):
        S = load(f"{scen}_w{w}").get("servers", {})
        if not S:
            continue
        E = load(f"hit_w{w}").get("servers", {}).get("echo")
        ec = st.median([r["q_per_cpu_s"] for r in quiet(E["closed"])]) if E else None
        eq = st.median([r["qps"] for r in quiet(E["closed"])]) if E else None
        G = {n: good(scen, R["closed"]) for n, R in S.items() if n != "echo"}
        G = {n: c for n, c in G.items() if c}
        add(
            f"{scen}: answered queries per CPU-second, {w} worker(s)",
            {n: st.median([r["q_per_cpu_s"] for r in c]) for n, c in G.items()},
            "high",
            lambda x: f"{x/1000:.1f}k" + (f" ({x/ec:.2f}× echo)" if ec else ""),
        )
        add(
            f"{scen}: max QPS, {w} worker(s)",
            {n: st.median([r["qps"] for r in c]) for n, c in G.items()},
            "high",
            lambda x: f"{x/1000:.1f}k" + (f" ({x/eq:.2f}× echo)" if eq else ""),
        )
        if w == 1:
            O = {n: good(scen, R["open50"]) for n, R in S.items() if n != "echo"}
            for p in ("p50", "p99", "p999"):
                add(
                    f"{scen}: {p} at half load, µs",
                    {n: st.median([r["lat_us"][p] for r in o]) for n, o in O.items() if o},
                    "low",
                    lambda x: f"{x:.0f}",
                )
        if scen == "mixed":
            add(
                "mixed: hit ratio",
                {
                    n: st.median(
                        [1 - r["up_q"] / (2 if n == "smartdns" else 1) / r["sent"] for r in c]
                    )
                    for n, c in G.items()
                    if n != "dnsmasq"
                },
                "high",
                lambda x: f"{x*100:.1f}%",
            )
M = load("memory").get("servers", {})
add(
    "memory: bytes per cached A answer (of those that held 1M)",
    {n: r.get("bytes_per_entry") for n, r in M.items() if r.get("hit_after", 0) > 0.9},
    "low",
    lambda x: f"{x:.0f}",
)
for f in ("blackhole", "killed", "servfail", "refused", "loss30", "brownout500"):
    by = {}
    for p in glob.glob(f"{ROOT}/results/failover_{f}_u2*.json"):
        for n, r in json.load(open(p))["servers"].items():
            by.setdefault(n, []).append(r)
    add(
        f"failover {f}, worst run: failed of 15,000",
        {n: max([r["fault"]["failed"] for r in v]) for n, v in by.items()},
        "low",
        lambda x: f"{x:.0f}",
    )
    add(
        f"failover {f}, worst run: slower than 100 ms or failed",
        {n: max([r["fault"]["slow100"] for r in v]) for n, v in by.items()},
        "low",
        lambda x: f"{x:.0f}",
    )
    add(
        f"failover {f}, worst run: p99 ms in the fault",
        {n: max([r["fault"]["p99"] for r in v]) for n, v in by.items()},
        "low",
        lambda x: f"{x:.0f}",
    )
    add(
        f"failover {f}, worst run: s until p99 < 100 ms",
        {
            n: max([99 if r["recovery_s"] is None else r["recovery_s"] for r in v])
            for n, v in by.items()
        },
        "low",
        lambda x: "never" if x >= 99 else f"{x:g}",
    )
S = load("stale").get("servers", {})
add(
    "stale: % answered in the first 5 s",
    {n: 100 * (1 - r["0-5"]["failed"] / r["0-5"]["n"]) for n, r in S.items()},
    "high",
    lambda x: f"{x:.1f}%",
)
add(
    "stale: p50 ms in the first 5 s",
    {n: r["0-5"]["p50"] for n, r in S.items()},
    "low",
    lambda x: f"{x:.1f}",
)
R = load("restart").get("servers", {})
add(
    "restart: queries lost at 1,000 qps",
    {n: st.median([x["lost"] for x in r["runs"]]) for n, r in R.items()},
    "low",
    lambda x: f"{x:.0f}",
)
o = ["|metric|best|2nd|3rd|worst|", "|---|---|---|---|---|"] + [
    "|" + "|".join(r[:1] + (r[1:-2] + ["-"] * 3)[:3] + [r[-2]]) + "|" for r in rows
]
open(ROOT + "/results/ranking.md", "w").write("\n".join(o) + "\n")
print("\n".join(o))

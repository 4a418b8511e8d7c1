#!/usr/bin/env python3
"""Prints every table of results/*.json and writes results/tables.md."""
import glob, statistics as st
from lib import *

out = []
P = lambda *a: out.append(" ".join(str(x) for x in a))


def mm(v, f="{:.0f}"):
    return (
        "-"
        if not v
        else f.format(st.median(v))
        + (
            " (" + f.format(min(v)) + "–" + f.format(max(v)) + ")"
            if f.format(min(v)) != f.format(max(v))
            else ""
        )
    )


def k(v):
    return "-" if not v else f"{st.median(v)/1000:.1f}k ({min(v)/1000:.1f}–{max(v)/1000:.1f})"


def table(h, rows):
    P("|" + "|".join(h) + "|")
    P("|" + "|".join(["---"] + ["---:"] * (len(h) - 1)) + "|")
    for r in rows:
        P("|" + "|".join(str(x) for x in r) + "|")
    P()


FAN = {"smartdns": 2, "dnsmasq_all": 2}


def thr(scen, w, title):
    d = load(f"{scen}_w{w}")
    if not d:
        return
    S = d["servers"]
    P(f"### {title}, {w} worker" + ("s" if w > 1 else ""))
    P()
    ceil = load(f"ceiling_{scen}_w{w}").get("servers", {})
    E = load(f"hit_w{w}").get("servers", {}).get("echo")
    eq = st.median([r["qps"] for r in quiet(E["closed"])]) if E else None
    ec = st.median([r["q_per_cpu_s"] for r in quiet(E["closed"])]) if E else None
    rows = []
    for n, R in S.items():
        c = R["closed"]
        drop = 0
        c = quiet(c, scen)
        R["open50"] = quiet(R["open50"], scen)
        R["dnsperf"] = quiet(R.get("dnsperf", []))
        if not c:
            rows.append([n, "failed: " + "; ".join(R.get("errors", []))[:80]])
            continue
        q = [r["ok"] / r["send_s"] for r in c]
        cp = [r["q_per_cpu_s"] for r in c]
        o = R["open50"]
        L = lambda x: [r["lat_us"][x] for r in o]
        row = [
            n,
            len(c),
            k(q),
            k(cp),
            f"{st.median(q)/eq:.2f}" if eq else "-",
            f"{st.median(cp)/ec:.2f}" if ec else "-",
            f"{st.median([r['loss_pct'] for r in c]):.3f}",
            mm(L("p50")),
            mm(L("p99")),
            mm(L("p999")),
            f"{st.median([r['loss_pct'] for r in o]):.2f}",
            f"{st.median([r['other_cpu'] for r in c])*100:.0f}/{max(r['other_cpu'] for r in c)*100:.0f}",
        ]
        if scen == "hit":
            row += [k([r["qps"] for r in R.get("dnsperf", [])])]
        else:
            row += [f"{st.median([r.get('up_q', 0) / max(1, r['sent']) for r in c]):.3f}"]
            if scen == "mixed":
                row += [
                    f"{st.median([1 - min(1, r.get('up_q', 0) / FAN.get(n, 1) / max(1, r['sent'])) for r in c])*100:.1f}%",
                    f"{st.median([r['rss_kb'] for r in c])/1024:.0f}",
                ]
        rows.append((-st.median(cp), row))
    rows.sort(key=lambda x: x[0] if isinstance(x, tuple) else 0)
    h = [
        "server",
        "runs kept",
        "max QPS (closed loop)",
        "q/CPU-s",
        "QPS ÷ echo",
        "q/CPU-s ÷ echo",
        "loss %",
        "p50 µs @50%",
        "p99 µs @50%",
        "p99.9 µs @50%",
        "loss % @50%",
        "others CPU % med/max",
    ]
    h += (
        ["dnsperf QPS"]
        if scen == "hit"
        else ["upstream q per q"] + (["hit ratio", "RSS MiB"] if scen == "mixed" else [])
    )
    table(h, [r[1] if isinstance(r, tuple) else r + [""] * (len(h) - len(r)) for r in rows])


P("## Throughput")
P()
for scen, t in (
    ("hit", "a. 100% cache hits (10k names)"),
    ("miss", "b. misses (every name new, 0-delay upstreams)"),
    ("mixed", "c. Zipf(1.0) over 1M names, cache for 100k entries"),
):
    for w in (1, 2):
        thr(scen, w, t)
d = load("memory").get("servers", {})
if d:
    P("## d. Memory after 1M distinct A answers")
    P()
    table(
        [
            "server",
            "RSS empty MiB",
            "RSS full MiB",
            "bytes/entry kept",
            "still cached (sample)",
            "LMDB on disk MiB",
            "fill s",
        ],
        [
            [
                n,
                f"{r['rss0_kb']/1024:.0f}",
                f"{r['rss1_kb']/1024:.0f}",
                r["bytes_per_entry"],
                f"{r['hit_after']*100:.1f}%",
                f"{r['disk_kb']/1024:.0f}",
                r["fill_s"],
            ]
            if "error" not in r
            else [n, r["error"][:60]] + [""] * 5
            for n, r in sorted(d.items(), key=lambda x: x[1].get("bytes_per_entry") or 9e9)
        ],
    )
P(
    "## e. Failover (1,000 qps of distinct names, 10 ms upstreams; fault from t=10 to 25 s on upstream 1)"
)
P()
for f in ("blackhole", "killed", "servfail", "refused", "loss30", "brownout500", "nxdomain"):
    fs = sorted(glob.glob(f"{ROOT}/results/failover_{f}_u*.json"))
    if not fs:
        continue
    by = {}
    for p in fs:
        j = json.load(open(p))
        for n, r in j["servers"].items():
            by.setdefault((n, j["upstreams"], j.get("victim_mode", "first")), []).append(r)
    P(f"### {f}")
    P()
    rows = []
    for (n, u, vm), rs in by.items():
        F = [r["fault"] for r in rs]
        bad = {}
        for x in F:
            for a, b in x["by"].items():
                bad[a] = bad.get(a, 0) + b
        rec = [r["recovery_s"] for r in rs]
        R = (
            "never"
            if all(x is None for x in rec)
            else "/".join("never" if x is None else f"{x:g}" for x in rec)
        )
        rows.append(
            (
                st.median([x["failed"] for x in F]),
                st.median([x["slow100"] for x in F]),
                [
                    n,
                    "the one preferred" if vm == "preferred" else "the first",
                    len(rs),
                    mm([x["failed"] for x in F]),
                    ",".join(sorted(bad)) or "-",
                    mm([x["slow100"] for x in F]),
                    mm([x["p50"] for x in F], "{:.1f}"),
                    mm([x["p99"] for x in F]),
                    mm([x["max"] for x in F]),
                    R,
                    mm([r["pre"]["p99"] for r in rs], "{:.1f}"),
                    mm([r["post"]["failed"] for r in rs]),
                    mm([r["post"]["p99"] for r in rs], "{:.1f}"),
                    mm([100 * sum(r["up_fault"]) / 15000 - 100 for r in rs]) + "%",
                ],
            )
        )
    rows.sort(key=lambda x: x[:2])
    table(
        [
            "server",
            "faulted upstream",
            "runs",
            "failed of 15,000",
            "how",
            "slower than 100 ms (incl. failed)",
            "p50 ms",
            "p99 ms",
            "max ms",
            "s until p99<100 ms",
            "p99 ms before",
            "failed after it came back",
            "p99 ms after",
            "upstream queries above client queries",
        ],
        [r[2] for r in rows],
    )
for nm, ti in (
    ("stale", "stale serving switched ON"),
    ("stale_off", "stale serving OFF (defaults)"),
):
    d = load(nm).get("servers", {})
    if not d:
        continue
    P(f"### all upstreams blackholed, 1,000 names cached but expired, 200 qps, {ti}")
    P()
    rows = []
    for n, r in d.items():
        row = [
            n,
            f"{r['first_ok']['lat_ms']:.0f} ms (sent t={r['first_ok']['sent']})"
            if r["first_ok"]
            else "none",
        ]
        for kk in ("0-5", "5-10", "10-15", "15-20"):
            x = r[kk]
            row.append(f"{100 * (1 - x['failed'] / max(1, x['n'])):.1f}% / {x['p50']} / {x['p99']}")
        x = r["after"]
        row.append(f"{100 * (1 - x['failed'] / max(1, x['n'])):.1f}%")
        rows.append(row)
    table(
        [
            "server",
            "first answer after",
            "ok% / p50 / p99 ms, 0–5 s",
            "5–10 s",
            "10–15 s",
            "15–20 s",
            "ok% once upstreams are back",
        ],
        rows,
    )
d = load("restart").get("servers", {})
if d:
    P("## f. Restart (SIGTERM, wait, start) under 1,000 qps, warmed 10k names, 10 ms upstreams")
    P()
    table(
        [
            "server",
            "queries lost of 8,000",
            "stop takes ms",
            "gap ms (first to last lost)",
            "p99 ms in the 3 s after",
        ],
        [
            [
                n,
                mm([x["lost"] for x in r["runs"]]),
                mm([x["stop_ms"] for x in r["runs"]]),
                mm([x["gap_ms"] for x in r["runs"]]),
                mm([x["p99_after_restart"] for x in r["runs"]], "{:.1f}"),
            ]
            for n, r in sorted(
                d.items(), key=lambda z: st.median([x["lost"] for x in z[1]["runs"]])
            )
        ],
    )
open(ROOT + "/results/tables.md", "w").write("\n".join(out))
print("\n".join(out))

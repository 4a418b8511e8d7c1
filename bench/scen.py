from lib import *

ALL = [
    "echo",
    "dnsdist",
    "unbound",
    "dnsmasq",
    "kresd",
    "pdns_recursor",
    "smartdns",
    "named",
    "resolved",
    "holdfast",
]


def can(name, scen, workers):
    m = load_server(name)
    return scen in getattr(m, "ONLY", (scen,)) and workers <= getattr(m, "MAX_WORKERS", 99)


def show(d, keys):
    print("   ", " ".join(f"{k}={d.get(k)}" for k in keys), flush=True)


# ---------- a. hit / b. miss / c. mixed: throughput ----------
def throughput(scen, servers, workers=1, runs=3, secs=3, want_dnsperf=True):
    """Servers run one at a time; rounds are interleaved (every server once per round) so noise spreads evenly."""
    key = f"{scen}_w{workers}"
    res = {"scenario": scen, "workers": workers, "at": time.strftime("%F %T"), "servers": {}}
    servers = [s for s in servers if can(s, scen, workers)]
    for rnd in range(runs):
        for slot, n in enumerate(ALL + sorted(set(servers) - set(ALL))):
            if n not in servers:
                continue
            R = res["servers"].setdefault(n, {"closed": [], "open50": [], "dnsperf": []})
            ups = make_upstreams(slot, 2, ttl=86400)
            srv = Server(n, slot, ups, workers=workers)
            try:
                srv.start()
                R["version"] = srv.mod.version()
                N = getattr(srv.mod, "HIT_NAMES", 10000)
                if scen == "hit":
                    names = f"rand:{N}:h"
                    loadgen(
                        srv,
                        "--closed",
                        50,
                        "--count",
                        2 * N,
                        "--duration",
                        20,
                        "--names",
                        f"seq:{N}:h",
                    )
                elif scen == "miss":
                    names = "uniq:m"
                    loadgen(
                        srv,
                        "--closed",
                        50,
                        "--count",
                        2000,
                        "--duration",
                        5,
                        "--names",
                        "uniq:w",
                        "--seed",
                        77,
                    )
                else:
                    names = "zipf:1.0:1000000:z"
                    loadgen(
                        srv,
                        "--closed",
                        200,
                        "--duration",
                        15,
                        "--count",
                        600000,
                        "--names",
                        names,
                        "--seed",
                        5,
                    )
                sd = lambda k: 1000 * (rnd + 1) + k
                r = measured(
                    srv, "--closed", 200, "--duration", secs, "--names", names, "--seed", sd(1)
                )
                R["closed"].append(r)
                print(f"{key} r{rnd} {n}", flush=True)
                show(
                    r,
                    (
                        "qps",
                        "q_per_cpu_s",
                        "loss_pct",
                        "other_cpu",
                        "up_q",
                        "server_cpu_s",
                        "client_cpu_s",
                        "upstream_cpu_s",
                    ),
                )
                r["rss_kb"] = srv.rss()
                half = max(500, 0.5 * (med([x["qps"] for x in R["closed"]])))
                o = measured(
                    srv,
                    "--open",
                    round(half),
                    "--duration",
                    secs,
                    "--names",
                    names,
                    "--seed",
                    sd(2),
                )
                R["open50"].append(o)
                print(
                    "      open50",
                    round(half),
                    "loss",
                    o["loss_pct"],
                    {k: o["lat_us"][k] for k in ("p50", "p99", "p999")},
                    "other",
                    o["other_cpu"],
                    flush=True,
                )
                if want_dnsperf and scen == "hit":
                    f = f"{RUN}/q{N}.txt"
                    if not os.path.exists(f):
                        open(f, "w").write("".join(f"h{i}.benchzone.com A\n" for i in range(N)))
                    d = measured(srv, f, secs, kind="dnsperf")
                    R["dnsperf"].append(d)
                    print("      dnsperf", d["qps"], "loss", d["loss_pct"], flush=True)
            except Exception as e:
                R.setdefault("errors", []).append(str(e))
                print(n, "ERROR", e, flush=True)
            finally:
                srv.stop()
                [u.kill() for u in ups]
        save(key, res)
    return res


# highest open-loop rate with < 0.1 % loss (bisection between 0.5x and 1.6x of the closed-loop figure)
def ceiling(servers, workers=1, scen="hit", secs=2):
    base = load(f"{scen}_w{workers}")["servers"]
    out = {"scenario": f"{scen}_ceiling", "workers": workers, "servers": {}}
    for slot, n in enumerate(ALL + sorted(set(servers) - set(ALL))):
        if n not in servers or n not in base or not base[n]["closed"]:
            continue
        ups = make_upstreams(slot, 2, ttl=86400)
        srv = Server(n, slot, ups, workers=workers)
        try:
            srv.start()
            N = getattr(srv.mod, "HIT_NAMES", 10000)
            if scen == "hit":
                loadgen(
                    srv, "--closed", 50, "--count", 2 * N, "--duration", 20, "--names", f"seq:{N}:h"
                )
            names = f"rand:{N}:h" if scen == "hit" else "uniq:m"
            q = med([r["qps"] for r in base[n]["closed"]])
            lo, hi, best, steps = 0.4 * q, 1.5 * q, None, []
            for k in range(6):
                m = (lo + hi) / 2
                wait_quiet(10)
                r = loadgen(
                    srv,
                    "--open",
                    round(m),
                    "--duration",
                    secs,
                    "--names",
                    names,
                    "--seed",
                    50 + k,
                    "--timeout-ms",
                    500,
                )
                loss = 1 - r["ok"] / max(1, r["sent"])
                kept = r["sent_qps"] > 0.98 * m
                steps.append([round(m), round(100 * loss, 3), round(r["sent_qps"])])
                if loss < 0.001 and kept:
                    lo, best = m, m
                else:
                    hi = m
            out["servers"][n] = {"max_qps": round(best or lo), "steps": steps}
            print(n, out["servers"][n], flush=True)
        except Exception as e:
            print(n, "ERROR", e)
        finally:
            srv.stop()
            [u.kill() for u in ups]
    save(f"ceiling_{scen}_w{workers}", out)


# ---------- d. memory ----------
def memory(servers, n_entries=1000000):
    res = {"scenario": "memory", "servers": {}}
    for slot, n in enumerate(ALL + sorted(set(servers) - set(ALL))):
        if n not in servers or not can(n, "memory", 1):
            continue
        ups = make_upstreams(slot, 2, ttl=86400)
        srv = Server(n, slot, ups, cache_entries=int(n_entries * 1.25))
        try:
            srv.start()
            r0 = srv.rss()
            cap = getattr(srv.mod, "FILL_QPS", 0)
            t = time.time()
            a = ("--open", cap) if cap else ("--closed", 100)
            w = loadgen(
                srv,
                *a,
                "--count",
                n_entries,
                "--duration",
                130,
                "--names",
                f"seq:{n_entries}:c",
                "--timeout-ms",
                3000,
            )
            fill = time.time() - t
            r1 = srv.rss()
            u0 = sum(u.ctl()["udp_q"] for u in ups)
            v = loadgen(
                srv,
                "--closed",
                50,
                "--count",
                50000,
                "--duration",
                15,
                "--names",
                f'rand:{min(n_entries, max(1, w["sent"]))}:c',
                "--seed",
                9,
            )
            hit = 1 - (sum(u.ctl()["udp_q"] for u in ups) - u0) / (
                getattr(srv.mod, "FANOUT", 1)
            ) / max(1, v["sent"])
            kept = max(hit, 1e-9) * min(n_entries, w["sent"])
            res["servers"][n] = {
                "version": srv.mod.version(),
                "rss0_kb": r0,
                "rss1_kb": r1,
                "fill_s": round(fill, 1),
                "fill_ok": w["ok"],
                "hit_after": round(hit, 4),
                "bytes_per_entry": round((r1 - r0) * 1024 / kept) if hit > 0.05 else None,
                "disk_kb": du(srv.dir),
                "hit1m_qps": v["qps"],
            }
            base = getattr(srv.mod, "PREALLOC_BASE_KB", None)
            if base:
                res["servers"][n]["bytes_per_entry"] = round(
                    (r1 - base) * 1024 / (n_entries * 1.25)
                )
            print(n, res["servers"][n], flush=True)
        except Exception as e:
            print(n, "ERROR", e, flush=True)
            res["servers"][n] = {"error": str(e)}
        finally:
            srv.stop()
            [u.kill() for u in ups]
    save("memory", res)


def du(d):
    t = 0
    for r, _, fs in os.walk(d):
        for f in fs:
            if f.endswith(".mdb"):
                try:
                    t += os.stat(os.path.join(r, f)).st_blocks // 2
                except OSError:
                    pass
    return t


# ---------- e. failover / f. restart: light load, so a few servers side by side ----------
FAULTS = {
    "blackhole": (dict(blackhole=1), dict(blackhole=0)),
    "servfail": (dict(rcode="servfail"), dict(rcode="noerror")),
    "refused": (dict(rcode="refused"), dict(rcode="noerror")),
    "killed": ("kill", "start"),
    "loss30": (dict(loss_pct=30), dict(loss_pct=0)),
    "brownout500": (dict(delay_ms=500), dict(delay_ms=10)),
    "none": ({}, {}),
    "nxdomain": (dict(rcode="nxdomain"), dict(rcode="noerror")),
}
T1, T2, TEND = 10, 25, 40


def phase_stats(recs, a, b, tmo=5000):
    v = [r for r in recs if a <= r[0] < b]
    bad = {}
    for r in v:
        if r[2] != 0:
            k = ["ok", "servfail", "refused", "nxdomain", "timeout", "wrong", "empty", "other"][
                r[2]
            ]
            bad[k] = bad.get(k, 0) + 1
    lat = [r[1] if r[2] == 0 else tmo for r in v]  # a failed query counts as the full time-out
    ok = [r[1] for r in v if r[2] == 0]
    return {
        "n": len(v),
        "failed": sum(bad.values()),
        "by": bad,
        "p50": rnd(pct(lat, 0.5)),
        "p99": rnd(pct(lat, 0.99)),
        "max": rnd(max(lat) if lat else None),
        "ok_p99": rnd(pct(ok, 0.99)),
        "slow100": sum(1 for x in lat if x > 100),
    }


def rnd(x):
    return None if x is None else round(x, 1)


def recovery(recs, a, b, bin_s=0.5):
    """seconds after a from which every 0.5 s bin up to b has p99 < 100 ms (failures count 5 s); None = never"""
    last = a
    nb = int((b - a) / bin_s)
    bins = [[] for _ in range(nb)]
    for r in recs:
        i = int((r[0] - a) / bin_s)
        if a <= r[0] and 0 <= i < nb:
            bins[i].append(r[1] if r[2] == 0 else 5000)
    for i, x in enumerate(bins):
        if not x or pct(x, 0.99) >= 100:
            last = a + (i + 1) * bin_s
    return None if last >= b - 1e-6 else round(last - a, 2)


def failover(fault, servers, n_up=2, qps=1000, group=5, tag="", victim_mode="first"):
    res = {
        "scenario": "failover",
        "fault": fault,
        "victim_mode": victim_mode,
        "upstreams": n_up,
        "qps": qps,
        "servers": {},
    }
    servers = [s for s in servers if can(s, "failover", 1) and s != "echo"]
    order = ALL + sorted(set(servers) - set(ALL))
    for g in range(0, len(servers), group):
        L = []
        for n in servers[g : g + group]:
            slot = order.index(n)
            ups = make_upstreams(slot, n_up, cpu="0,1", ttl=300, delay_ms=10)
            srv = Server(n, slot, ups, cpus="0,1", tag="_fo")
            try:
                srv.start()
            except Exception as e:
                print(n, "ERROR", e)
                srv.stop()
                [u.kill() for u in ups]
                continue
            # learning time before the measured run
            L.append([n, srv, ups])
        wl = [
            subprocess.Popen(
                [
                    BIN + "/loadgen",
                    "--server",
                    f"{s.ip}:{s.port}",
                    "--open",
                    "300",
                    "--duration",
                    "3",
                    "--names",
                    "uniq:l",
                    "--seed",
                    "3",
                ],
                stdout=subprocess.DEVNULL,
            )
            for _, s, _ in L
        ]
        [p.wait() for p in wl]
        b0, _ = sys_busy()
        start = time.monotonic() + 0.5
        t_wall = time.monotonic()
        for e in L:
            out = f"{RUN}/fo_{e[0]}_{fault}{tag}.bin"
            e.append(out)
            e.append(e[1].cpu())
            e.append(
                subprocess.Popen(
                    [
                        BIN + "/loadgen",
                        "--server",
                        f"{e[1].ip}:{e[1].port}",
                        "--open",
                        str(qps),
                        "--duration",
                        str(TEND),
                        "--names",
                        "uniq:f",
                        "--timeout-ms",
                        "5000",
                        "--out",
                        out,
                        "--start-at",
                        str(start),
                        "--seed",
                        "42",
                    ],
                    stdout=subprocess.PIPE,
                )
            )

        def at(t, act):
            time.sleep(max(0, start + t - time.monotonic()))
            for n, srv, ups, *_ in L:
                u = ups[victim.get(n, 0)]
                if act == "kill":
                    u.kill()
                elif act == "start":
                    u.start()
                elif act:
                    u.ctl(**act)

        def counts():
            return {
                n: [(lambda c: c["udp_q"] + c["tcp_q"] if c else 0)(u.ctl()) for u in ups]
                for n, _, ups, *_ in L
            }

        victim = {}
        c0 = counts()
        if (
            victim_mode == "preferred"
        ):  # the upstream that answered most in the second before the fault
            at(T1 - 1.2, None)
            ca = counts()
            at(T1 - 0.2, None)
            cb = counts()
            for n, *_ in L:
                d = [b - a for a, b in zip(ca[n], cb[n])]
                victim[n] = d.index(max(d))
        at(T1 - 0.05, None)
        c1 = counts()  # before the fault: a killed upstream forgets its counters
        at(T1, FAULTS[fault][0])
        c1f = counts()
        at(T2 - 0.05, None)
        c2 = counts()
        at(T2, FAULTS[fault][1])
        c3 = counts()
        for e in L:
            e[5].wait()
            j = json.loads(e[5].stdout.read())
            cpu = e[1].cpu() - e[4]
            recs = read_recs(e[3])
            n = e[0]
            c4 = counts()
            r = {
                "version": e[1].mod.version(),
                "pre": phase_stats(recs, 0, T1 - 0.015),
                "fault": phase_stats(recs, T1 - 0.015, T2),
                "post": phase_stats(recs, T2, TEND),
                "recovery_s": recovery(recs, T1, T2),
                "victim": victim.get(n, 0),
                "server_cpu_s": round(cpu, 2),
                "up_pre": [b - a for a, b in zip(c0[n], c1[n])],
                "up_fault": [b - a for a, b in zip(c1f[n], c2[n])],
                "up_post": [b - a for a, b in zip(c3[n], c4[n])],
            }
            # Upstream questions per client question, before the fault and after it.
            asked = phase_stats(recs, 0, T1 - 0.05)["n"]
            r["ratio_pre"] = round(sum(r["up_pre"]) / max(1, asked), 3)
            r["ratio_post"] = round(sum(r["up_post"]) / max(1, r["post"]["n"]), 3)
            res["servers"][n] = r
            print(
                f'{fault} {n}: pre p99 {r["pre"]["p99"]} fail {r["pre"]["failed"]} | fault failed {r["fault"]["failed"]} {r["fault"]["by"]} p50 {r["fault"]["p50"]} p99 {r["fault"]["p99"]} max {r["fault"]["max"]} rec {r["recovery_s"]} slow {r["fault"]["slow100"]} | post failed {r["post"]["failed"]} p99 {r["post"]["p99"]} | up {r["up_pre"]} {r["up_fault"]} {r["up_post"]} ratio {r["ratio_pre"]} {r["ratio_post"]} cpu {r["server_cpu_s"]}',
                flush=True,
            )
        b1, _ = sys_busy()
        res.setdefault("busy", []).append(round((b1 - b0) / (time.monotonic() - t_wall) / 2, 3))
        for e in L:
            e[1].stop()
            [u.kill() for u in e[2]]
    save(f"failover_{fault}_u{n_up}{tag}", res)


def stale(servers, group=5, qps=200, names=1000, stale_on=True):
    res = {"scenario": "stale", "servers": {}}
    servers = [s for s in servers if can(s, "stale", 1) and s != "echo"]
    order = ALL + sorted(set(servers) - set(ALL))
    for g in range(0, len(servers), group):
        L = []
        for n in servers[g : g + group]:
            slot = order.index(n)
            ups = make_upstreams(slot, 2, cpu="0,1", ttl=3, delay_ms=10)
            srv = Server(n, slot, ups, cpus="0,1", tag="_st", stale=stale_on)
            try:
                srv.start()
            except Exception as e:
                print(n, "ERROR", e)
                srv.stop()
                [u.kill() for u in ups]
                continue
            loadgen(
                srv,
                "--open",
                1000,
                "--count",
                2 * names,
                "--duration",
                5,
                "--names",
                f"seq:{names}:s",
            )
            L.append([n, srv, ups])
        time.sleep(8)  # every entry has expired (kresd keeps at least 5 s)
        for _, _, ups in L:
            [u.ctl(blackhole=1) for u in ups]
        start = time.monotonic() + 0.3
        for e in L:
            out = f"{RUN}/st_{e[0]}.bin"
            e.append(out)
            e.append(
                subprocess.Popen(
                    [
                        BIN + "/loadgen",
                        "--server",
                        f"{e[1].ip}:{e[1].port}",
                        "--open",
                        str(qps),
                        "--duration",
                        "30",
                        "--names",
                        f"seq:{names}:s",
                        "--timeout-ms",
                        "5000",
                        "--out",
                        out,
                        "--start-at",
                        str(start),
                        "--seed",
                        "42",
                    ],
                    stdout=subprocess.PIPE,
                )
            )
        time.sleep(max(0, start + 20 - time.monotonic()))
        for _, _, ups, *_ in L:
            [u.ctl(blackhole=0) for u in ups]
        for e in L:
            e[4].wait()
            recs = read_recs(e[3])
            r = {
                k: phase_stats(recs, a, b)
                for k, a, b in (
                    ("0-5", 0, 5),
                    ("5-10", 5, 10),
                    ("10-15", 10, 15),
                    ("15-20", 15, 20),
                    ("after", 20, 30),
                )
            }
            first = next((x for x in recs if x[2] == 0), None)
            r["first_ok"] = first and {"sent": round(first[0], 2), "lat_ms": round(first[1], 1)}
            r["version"] = e[1].mod.version()
            res["servers"][e[0]] = r
            print(
                "stale",
                e[0],
                "first ok",
                r["first_ok"],
                {
                    k: (v["n"] - v["failed"], v["n"], v["p50"], v["p99"], v["by"])
                    for k, v in r.items()
                    if isinstance(v, dict) and "n" in v
                },
                flush=True,
            )
        for e in L:
            e[1].stop()
            [u.kill() for u in e[2]]
    save("stale" + ("" if stale_on else "_off"), res)


def can_hold(name):
    return getattr(load_server(name), "ACTIVATION", False)


def restart(servers, qps=1000, runs=3, held=True):
    """With `held`, servers that take sockets by LISTEN_FDS get them; the harness keeps them open."""
    res = {"scenario": "restart", "held": held, "servers": {}}
    for rr in range(runs):
        for slot, n in enumerate(ALL + sorted(set(servers) - set(ALL))):
            if n not in servers or not can(n, "restart", 1) or n == "echo":
                continue
            ups = make_upstreams(slot, 2, ttl=86400, delay_ms=10)
            srv = Server(n, slot, ups, tag="_re", hold=held and can_hold(n))
            try:
                srv.start()
                N = getattr(srv.mod, "HIT_NAMES", 10000)
                loadgen(
                    srv, "--closed", 50, "--count", 2 * N, "--duration", 20, "--names", f"seq:{N}:h"
                )
                out = f"{RUN}/re_{n}.bin"
                start = time.monotonic() + 0.3
                p = loadgen(
                    srv,
                    "--open",
                    qps,
                    "--duration",
                    8,
                    "--names",
                    f"rand:{N}:h",
                    "--timeout-ms",
                    2000,
                    "--out",
                    out,
                    "--start-at",
                    start,
                    popen=True,
                )
                time.sleep(max(0, start + 2 - time.monotonic()))
                t0 = time.monotonic()
                srv.stop()
                t1 = time.monotonic()
                srv.start(wait=False)
                p.wait()
                recs = read_recs(out)
                a = phase_stats(recs, 0, 8)
                bad = [r[0] for r in recs if r[2] != 0]
                r = {
                    "lost": a["failed"],
                    "by": a["by"],
                    "stop_ms": round((t1 - t0) * 1000),
                    "gap_ms": round((max(bad) - min(bad)) * 1000) if bad else 0,
                    "after_p99": phase_stats(recs, 5, 8)["p99"],
                    "p99_after_restart": rnd(
                        pct([x[1] for x in recs if 2 <= x[0] < 5 and x[2] == 0], 0.99)
                    ),
                }
                res["servers"].setdefault(n, {"version": srv.mod.version(), "runs": []})[
                    "runs"
                ].append(r)
                r["sockets"] = "held" if srv.held else "own"
                print("restart", n, r, flush=True)
            except Exception as e:
                print(n, "ERROR", e, flush=True)
            finally:
                srv.close()
                [u.kill() for u in ups]
    save("restart" if held else "restart_own", res)

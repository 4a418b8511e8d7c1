"""Scenarios failover, stale and restart: light load, an outage in the middle, who noticed?

Several servers run side by side, each with upstreams of its own; every client question counts.
"""
import time
from dataclasses import dataclass

import load
import machine
import results
from load import GAVE_UP_MS, OUTCOMES
from peers import RUN, Server, make_upstreams, module, slots, takes_part

# What an upstream is told at the start and at the end of the fault.
FAULTS = {
    "blackhole": ({"blackhole": 1}, {"blackhole": 0}),
    "servfail": ({"rcode": "servfail"}, {"rcode": "noerror"}),
    "refused": ({"rcode": "refused"}, {"rcode": "noerror"}),
    "killed": ("kill", "start"),
    "loss30": ({"loss_pct": 30}, {"loss_pct": 0}),
    "brownout500": ({"delay_ms": 500}, {"delay_ms": 10}),
    "nxdomain": ({"rcode": "nxdomain"}, {"rcode": "noerror"}),
    "none": ({}, {}),
}
FAULT_AT, FAULT_ENDS, END = 10, 25, 40  # seconds
BOTH_CPUS = "0,1"


def phase(records, begin, end):
    """What happened to the questions sent from `begin` to `end`."""
    sent = [r for r in records if begin <= r[0] < end]
    by = {}
    for _, _, outcome in sent:
        if outcome != 0:
            by[OUTCOMES[outcome]] = by.get(OUTCOMES[outcome], 0) + 1
    latency = [r[1] if r[2] == 0 else GAVE_UP_MS for r in sent]
    answered = [r[1] for r in sent if r[2] == 0]
    return {
        "n": len(sent),
        "failed": sum(by.values()),
        "by": by,
        "p50": results.rounded(results.percentile(latency, 0.5)),
        "p99": results.rounded(results.percentile(latency, 0.99)),
        "max": results.rounded(max(latency, default=None)),
        "ok_p99": results.rounded(results.percentile(answered, 0.99)),
        "slow100": sum(1 for ms in latency if ms > 100),
    }


def recovery(records, begin, end, step=0.5):
    """Seconds after `begin` from which every half second has p99 < 100 ms; None: never."""
    bins = [[] for _ in range(int((end - begin) / step))]
    for sent, ms, outcome in records:
        index = int((sent - begin) / step)
        if begin <= sent and index < len(bins):
            bins[index].append(ms if outcome == 0 else GAVE_UP_MS)
    last = begin
    for index, values in enumerate(bins):
        if not values or results.percentile(values, 0.99) >= 100:
            last = begin + (index + 1) * step
    return None if last >= end - 1e-6 else round(last - begin, 2)


@dataclass
class Entry:
    """One server of a group, and its part of the run."""

    name: str
    server: Server
    out: str
    victim: int = 0
    client: object = None
    cpu: float = 0

    @property
    def upstreams(self):
        return self.server.upstreams

    def asked(self):
        return [upstream.questions() for upstream in self.upstreams]

    def begin(self, at, **options):
        self.cpu = self.server.cpu()
        self.client = load.start(
            self.server, cpu=None, timeout_ms=GAVE_UP_MS, out=self.out, start_at=at, **options
        )

    def finish(self):
        """The records of the run, once its last question is answered or given up."""
        self.client.communicate()
        return load.records(self.out)


def start_group(group, tag, upstreams, **settings):
    entries = []
    for slot, name in group:
        server = Server(
            name, slot, make_upstreams(slot, cpu=BOTH_CPUS, **upstreams), BOTH_CPUS, tag, **settings
        )
        try:
            server.start()
        except (RuntimeError, OSError) as error:
            print(name, "ERROR", error, flush=True)
            server.close()
            continue
        entries.append(Entry(name, server, f"{RUN}/{name}{tag}.bin"))
    return entries


def groups(names, scenario, size):
    taking_part = [n for n in names if n != "echo" and takes_part(n, scenario)]
    listed = slots(taking_part)
    return [listed[i : i + size] for i in range(0, len(listed), size)]


def wait_until(moment):
    time.sleep(max(0, moment - time.monotonic()))


def apply(entries, action):
    for entry in entries:
        upstream = entry.upstreams[entry.victim]
        if action == "kill":
            upstream.kill()
        elif action == "start":
            upstream.start()
        else:
            upstream.control(**action)


def difference(before, after):
    return [b - a for a, b in zip(before, after)]


def pick_preferred(entries, start):
    """The victim is the upstream that was asked most in the second before the fault."""
    wait_until(start + FAULT_AT - 1.2)
    before = [entry.asked() for entry in entries]
    wait_until(start + FAULT_AT - 0.2)
    for entry, earlier in zip(entries, before):
        asked = difference(earlier, entry.asked())
        entry.victim = asked.index(max(asked))


def judge(entry, counts):
    """The result of one server; `counts` are its upstreams' counters at each turn of the story."""
    records = entry.finish()
    at_start, before_fault, fault_on, before_end, fault_off = counts
    up_pre, up_post = difference(at_start, before_fault), difference(fault_off, entry.asked())
    post = phase(records, FAULT_ENDS, END)
    asked_before = phase(records, 0, FAULT_AT - 0.05)["n"]
    return {
        "version": entry.server.version(),
        "pre": phase(records, 0, FAULT_AT - 0.015),
        "fault": phase(records, FAULT_AT - 0.015, FAULT_ENDS),
        "post": post,
        "recovery_s": recovery(records, FAULT_AT, FAULT_ENDS),
        "victim": entry.victim,
        "server_cpu_s": round(entry.server.cpu() - entry.cpu, 2),
        "up_pre": up_pre,
        "up_fault": difference(fault_on, before_end),
        "up_post": up_post,
        # Upstream questions per client question.
        "ratio_pre": round(sum(up_pre) / max(1, asked_before), 3),
        "ratio_post": round(sum(up_post) / max(1, post["n"]), 3),
    }


def show_failover(fault, name, r):
    f = r["fault"]
    print(
        f"{fault} {name}: before p99 {r['pre']['p99']} failed {r['pre']['failed']}"
        f" | fault failed {f['failed']} {f['by']} slow {f['slow100']} p50 {f['p50']}"
        f" p99 {f['p99']} max {f['max']} recovery {r['recovery_s']}"
        f" | after failed {r['post']['failed']} p99 {r['post']['p99']}"
        f" | upstreams {r['up_pre']} {r['up_fault']} {r['up_post']}"
        f" ratio {r['ratio_pre']} {r['ratio_post']} | cpu {r['server_cpu_s']}",
        flush=True,
    )


def failover_group(entries, fault, qps, preferred):
    """One story: ten seconds of peace, fifteen of fault, fifteen of peace."""
    learning = [
        load.start(e.server, cpu=None, open=300, duration=3, names="uniq:l", seed=3)
        for e in entries
    ]
    for client in learning:
        client.communicate()
    start = time.monotonic() + 0.5
    for entry in entries:
        entry.begin(start, open=qps, duration=END, names="uniq:f", seed=42)
    turns = [[entry.asked() for entry in entries]]
    if preferred:
        pick_preferred(entries, start)
    # Counters are read on both sides of each turn: a killed upstream forgets them.
    for moment, action in zip((FAULT_AT, FAULT_ENDS), FAULTS[fault]):
        wait_until(start + moment - 0.05)
        turns.append([entry.asked() for entry in entries])
        wait_until(start + moment)
        apply(entries, action)
        turns.append([entry.asked() for entry in entries])
    return {e.name: judge(e, counts) for e, counts in zip(entries, zip(*turns))}


def failover(fault, names, upstreams=2, qps=1000, group=5, tag="", preferred=True):
    report = {
        "scenario": "failover",
        "fault": fault,
        "victim_mode": "preferred" if preferred else "first",
        "upstreams": upstreams,
        "qps": qps,
        "busy": [],
        "servers": {},
    }
    behind = {"count": upstreams, "ttl": 300, "delay_ms": 10}
    for members in groups(names, "failover", group):
        entries = start_group(members, "_fo", behind)
        used, _ = machine.busy()
        began = time.monotonic()
        try:
            for name, result in failover_group(entries, fault, qps, preferred).items():
                report["servers"][name] = result
                show_failover(fault, name, result)
            used = (machine.busy()[0] - used) / (time.monotonic() - began) / machine.CORES
            report["busy"].append(round(used, 3))
        finally:
            for entry in entries:
                entry.server.close()
    results.save(f"failover_{fault}_u{upstreams}{tag}", report)


STALE_PHASES = {
    "0-5": (0, 5),
    "5-10": (5, 10),
    "10-15": (10, 15),
    "15-20": (15, 20),
    "after": (20, 30),
}


def stale_result(entry):
    records = entry.finish()
    result = {key: phase(records, *span) for key, span in STALE_PHASES.items()}
    first = next((r for r in records if r[2] == 0), None)
    result["first_ok"] = first and {"sent": round(first[0], 2), "lat_ms": round(first[1], 1)}
    result["version"] = entry.server.version()
    return result


def stale(names, group=5, qps=200, count=1000, stale_on=True):
    """All upstreams fall silent after every cached name has expired."""
    report = {"scenario": "stale", "servers": {}}
    for members in groups(names, "stale", group):
        entries = start_group(members, "_st", {"ttl": 3, "delay_ms": 10}, stale=stale_on)
        try:
            for entry in entries:
                load.run(
                    entry.server, open=1000, count=2 * count, duration=5, names=f"seq:{count}:s"
                )
            time.sleep(8)  # every entry has expired (kresd keeps at least 5 s)
            for upstream in [u for entry in entries for u in entry.upstreams]:
                upstream.control(blackhole=1)
            start = time.monotonic() + 0.3
            for entry in entries:
                entry.begin(start, open=qps, duration=30, names=f"seq:{count}:s", seed=42)
            wait_until(start + 20)
            for upstream in [u for entry in entries for u in entry.upstreams]:
                upstream.control(blackhole=0)
            for entry in entries:
                report["servers"][entry.name] = result = stale_result(entry)
                early = result["0-5"]
                print(
                    f"stale {entry.name}: first answer {result['first_ok']}, in the first 5 s "
                    f"{early['n'] - early['failed']} of {early['n']}, p50 {early['p50']}",
                    flush=True,
                )
        finally:
            for entry in entries:
                entry.server.close()
    results.save("stale" if stale_on else "stale_off", report)


def restart_once(server, qps):
    """Stop and start two seconds into eight seconds of load on a warm cache."""
    count = server.hit_names()
    load.run(server, closed=50, count=2 * count, duration=20, names=f"seq:{count}:h")
    out = f"{server.dir}/restart.bin"
    start = time.monotonic() + 0.3
    client = load.start(
        server,
        open=qps,
        duration=8,
        names=f"rand:{count}:h",
        timeout_ms=2000,
        out=out,
        start_at=start,
    )
    wait_until(start + 2)
    stopping = time.monotonic()
    server.stop()
    stopped = time.monotonic()
    server.start(wait=False)
    client.communicate()
    records = load.records(out)
    everything = phase(records, 0, 8)
    lost = [r[0] for r in records if r[2] != 0]
    soon = [r[1] for r in records if 2 <= r[0] < 5 and r[2] == 0]
    return {
        "lost": everything["failed"],
        "by": everything["by"],
        "stop_ms": round((stopped - stopping) * 1000),
        "gap_ms": round((max(lost) - min(lost)) * 1000) if lost else 0,
        "after_p99": phase(records, 5, 8)["p99"],
        "p99_after_restart": results.rounded(results.percentile(soon, 0.99)),
        "sockets": "held" if server.held else "own",
    }


def restart(names, qps=1000, rounds=3, held=True):
    """With `held`, servers that take sockets by LISTEN_FDS get them; the harness keeps them open."""
    report = {"scenario": "restart", "held": held, "servers": {}}
    names = [name for name in names if name != "echo" and takes_part(name, "restart")]
    for _ in range(rounds):
        for slot, name in slots(names):
            hold = held and getattr(module(name), "ACTIVATION", False)
            upstreams = make_upstreams(slot, ttl=86400, delay_ms=10)
            server = Server(name, slot, upstreams, tag="_re", hold=hold)
            try:
                result = restart_once(server.start(), qps)
                entry = report["servers"].setdefault(name, {"runs": []})
                entry["version"] = server.version()
                entry["runs"].append(result)
                print("restart", name, result, flush=True)
            except (RuntimeError, OSError) as error:
                print(name, "ERROR", error, flush=True)
            finally:
                server.close()
    results.save("restart" if held else "restart_own", report)

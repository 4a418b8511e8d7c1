"""What every scenario uses: servers and upstreams as processes, load, CPU accounting, results."""
import importlib.util
import json
import os
import random
import re
import resource
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
import urllib.request

ROOT = os.path.dirname(os.path.abspath(__file__))
BIN = ROOT + "/bin"
RUN = ROOT + "/run"
HZ = os.sysconf("SC_CLK_TCK")
SERVER_CPU, CLIENT_CPU = "0", "1"


class Ctx:  # what a servers/NAME.py launch(c) gets
    def __init__(s, **k):
        s.__dict__.update(k)

    def write(s, name, text):
        p = os.path.join(s.dir, name)
        with open(p, "w") as f:
            f.write(text)
        return p


def load_server(name):
    p = f"{ROOT}/servers/{name}.py"
    spec = importlib.util.spec_from_file_location("srv_" + name, p)
    m = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(m)
    return m


def tree(pid):
    out, todo = [], [pid]
    while todo:
        p = todo.pop()
        out.append(p)
        try:
            for t in os.listdir(f"/proc/{p}/task"):
                todo += [int(x) for x in open(f"/proc/{p}/task/{t}/children").read().split()]
        except OSError:
            pass
    return out


def cpu_of(pids):
    t = 0
    for p in pids:
        try:
            f = open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()
            t += int(f[11]) + int(f[12])
        except OSError:
            pass
    return t / HZ


def rss_kb(pids):
    tot = 0
    for p in pids:
        try:
            for l in open(f"/proc/{p}/status"):
                if l.startswith("VmRSS"):
                    tot += int(l.split()[1])
        except OSError:
            pass
    return tot


def sys_busy():
    f = [int(x) for x in open("/proc/stat").readline().split()[1:]]
    return (f[0] + f[1] + f[2] + f[5] + f[6]) / HZ, f[
        7
    ] / HZ  # busy (user,nice,sys,irq,softirq), steal


def query(ip, port, name="ready.benchzone.com", timeout=0.5, qtype=1):
    q = struct.pack(">HHHHHH", random.randrange(65536), 0x100, 1, 0, 0, 0)
    q += (
        b"".join(bytes([len(x)]) + x.encode() for x in name.split(".") if x)
        + b"\0"
        + struct.pack(">HH", qtype, 1)
    )
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(timeout)
    try:
        s.connect((ip, port))
        s.send(q)
        r = s.recv(4096)
        return (r[3] & 15, struct.unpack(">H", r[6:8])[0])
    except OSError:
        return None
    finally:
        s.close()


class Upstream:
    def __init__(s, ip, port, cpu="1", **opts):
        s.ip, s.port, s.cpu, s.opts, s.p = ip, port, cpu, opts, None

    def start(s):
        a = [BIN + "/upstream", "--listen", f"{s.ip}:{s.port}", "--ctl", f"{s.ip}:{s.port + 1000}"]
        for k, v in s.opts.items():
            a += ["--" + k.replace("_", "-"), str(v)]
        s.p = subprocess.Popen(["taskset", "-c", s.cpu] + a, stdout=subprocess.DEVNULL)
        for _ in range(100):
            if s.ctl():
                return s
            time.sleep(0.02)
        raise RuntimeError("upstream did not start")

    def ctl(s, **kv):
        k = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        k.settimeout(0.3)
        try:
            k.connect((s.ip, s.port + 1000))
            k.send(
                (" ".join(f'{a.replace("_", "-")}={b}' for a, b in kv.items()) or "get").encode()
            )
            return json.loads(k.recv(2000))
        except OSError:
            return None
        finally:
            k.close()

    def kill(s):
        if s.p:
            s.p.kill()
            s.p.wait()
            s.p = None


def bind_pair(ip, port):
    """A UDP and a listening TCP socket: what a supervisor holds for a server across restarts."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp.bind((ip, port))
    tcp.bind((ip, port))
    tcp.listen(512)
    return udp, tcp


class Scraper(threading.Thread):
    """Reads a metrics page every five seconds until stopped, as Prometheus would."""

    def __init__(s, url):
        super().__init__(daemon=True)
        s.url, s.done, s.scrapes, s.failed = url, threading.Event(), 0, 0
        s.start()

    def run(s):
        while not s.done.wait(5):
            try:
                urllib.request.urlopen(s.url, timeout=5).read()
                s.scrapes += 1
            except OSError:
                s.failed += 1

    def stop(s):
        s.done.set()
        s.join()


class Server:
    """A server under test. With `hold` its sockets are ours and reach it by LISTEN_FDS."""

    def __init__(
        s,
        name,
        slot,
        ups,
        workers=1,
        cache_entries=100000,
        stale=False,
        cpus=None,
        tag="",
        hold=False,
    ):
        s.name, s.ups = name, ups
        s.mod = load_server(name)
        s.ip, s.port = getattr(s.mod, "IP", f"127.0.1.{slot + 1}"), 5300 + slot
        s.dir = f"{RUN}/{name}{tag}"
        os.makedirs(s.dir, exist_ok=True)
        s.workers, s.cpus = workers, cpus or ("0" if workers == 1 else "0,1")
        s.ctx = Ctx(
            ip=s.ip,
            port=s.port,
            upstreams=[(u.ip, u.port) for u in ups],
            workers=workers,
            cache_entries=cache_entries,
            stale=stale,
            dir=s.dir,
            bench=ROOT,
        )
        s.procs = []
        s.scraper = None
        s.held = bind_pair(s.ip, s.port) if hold else ()

    def start(s, wait=True):
        L = s.mod.launch(s.ctx)
        argvs = L["argvs"] if "argvs" in L else [L["argv"]]
        fds = [k.fileno() for k in s.held]
        if fds:
            wrapper = [sys.executable, ROOT + "/listen_fds.py", ",".join(map(str, fds))]
            argvs = [wrapper + a for a in argvs]
        s.log = open(s.dir + "/log.txt", "ab")
        s.procs = [
            subprocess.Popen(
                ["taskset", "-c", s.cpus] + a,
                cwd=s.dir,
                stdin=subprocess.DEVNULL,
                stdout=s.log,
                stderr=s.log,
                env={**os.environ, **L.get("env", {})},
                start_new_session=True,
                pass_fds=fds,
            )
            for a in argvs
        ]
        if "scrape" in L:
            s.scraper = Scraper(L["scrape"])
        if wait:
            for _ in range(60):
                r = query(s.ip, s.port)
                if r and r[0] == 0 and r[1] > 0:
                    break
                if any(p.poll() is not None for p in s.procs):
                    raise RuntimeError(s.name + " exited: " + s.tail())
                time.sleep(0.1)
            else:
                raise RuntimeError(f"{s.name} not ready (last {r}): " + s.tail())
        return s

    def tail(s):
        try:
            return open(s.dir + "/log.txt", errors="replace").read()[-400:]
        except OSError:
            return ""

    def pids(s):
        return [x for p in s.procs for x in tree(p.pid)]

    def cpu(s):
        return cpu_of(s.pids())

    def rss(s):
        return rss_kb(s.pids())

    def close(s):
        """Stops for good: held sockets are closed too."""
        s.stop()
        for k in s.held:
            k.close()
        s.held = ()

    def stop(s, grace=10):
        if s.scraper:
            s.scraper.stop()
            s.scraper = None
        for p in s.procs:
            if p.poll() is None:
                p.terminate()
        t = time.time() + grace
        for p in s.procs:
            try:
                p.wait(max(0.1, t - time.time()))
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        s.procs = []


def make_upstreams(slot, n=2, cpu="1", **opts):
    return [Upstream(f"127.0.{10 + slot}.{i + 1}", 5301, cpu=cpu, **opts).start() for i in range(n)]


def loadgen(srv, *args, popen=False):
    a = [BIN + "/loadgen", "--server", f"{srv.ip}:{srv.port}", "--cpu", CLIENT_CPU] + [
        str(x) for x in args
    ]
    if getattr(srv.mod, "NO_VERIFY", False):
        a.append("--no-verify")
    if popen:
        return subprocess.Popen(a, stdout=subprocess.PIPE)
    return json.loads(subprocess.run(a, stdout=subprocess.PIPE, check=True).stdout)


def wait_quiet(limit=20, frac=0.10):
    """Waits until the rest of the machine uses < frac of the two cores (others share it)."""
    t = time.time()
    while time.time() - t < limit:
        b0, _ = sys_busy()
        time.sleep(0.4)
        b1, _ = sys_busy()
        if (b1 - b0) / 0.4 / 2 < frac:
            return True
    return False


def measured(srv, *args, tries=2, noisy=0.06, kind="loadgen"):
    """One measured run with CPU accounting. Repeats when others used > noisy of one run's 2 cores."""
    best = None
    for k in range(tries):
        wait_quiet(5 if k == 0 else 8)
        u0 = [u.ctl() for u in srv.ups]
        upid = [u.p.pid for u in srv.ups]
        b0, st0 = sys_busy()
        c0 = srv.cpu()
        uc0 = cpu_of(upid)
        t0 = time.time()
        if k and "--seed" in args:  # a repeated run must not ask the same names again
            args = list(args)
            i = args.index("--seed") + 1
            args[i] = int(args[i]) + 500000 * k
        r = loadgen(srv, *args) if kind == "loadgen" else dnsperf(srv, *args)
        dt = time.time() - t0
        b1, st1 = sys_busy()
        c1 = srv.cpu()
        uc1 = cpu_of(upid)
        u1 = [u.ctl() for u in srv.ups]
        r["server_cpu_s"] = round(c1 - c0, 3)
        r["upstream_cpu_s"] = round(uc1 - uc0, 3)
        r["q_per_cpu_s"] = round(r["ok"] / max(0.001, c1 - c0), 1)
        r["other_cpu"] = round(
            max(0, (b1 - b0) - (c1 - c0) - (uc1 - uc0) - r["client_cpu_s"]) / dt / 2, 3
        )
        r["steal"] = round((st1 - st0) / dt / 2, 3)
        if all(u0) and all(u1):
            r["up_q"] = sum(
                b["udp_q"] + b["tcp_q"] - a["udp_q"] - a["tcp_q"] for a, b in zip(u0, u1)
            )
        r["loss_pct"] = round(100 * (1 - r["ok"] / max(1, r["sent"])), 4)
        if best is None or r["other_cpu"] < best["other_cpu"]:
            best = r
        if r["other_cpu"] <= noisy:
            break
    best["tries"] = k + 1
    return best


def dnsperf(srv, datafile, secs, window=200, clients=16):
    r0 = resource.getrusage(resource.RUSAGE_CHILDREN)
    o = subprocess.run(
        [
            "taskset",
            "-c",
            CLIENT_CPU,
            "dnsperf",
            "-s",
            srv.ip,
            "-p",
            str(srv.port),
            "-d",
            datafile,
            "-c",
            str(clients),
            "-q",
            str(window),
            "-l",
            str(secs),
            "-t",
            "1",
        ],
        capture_output=True,
        text=True,
    ).stdout
    r1 = resource.getrusage(resource.RUSAGE_CHILDREN)
    g = lambda p: float(re.search(p, o).group(1))
    ok = re.search(r"NOERROR (\d+)", o)
    return {
        "sent": int(g(r"Queries sent:\s+(\d+)")),
        "ok": int(ok.group(1)) if ok else 0,
        "qps": g(r"Queries per second:\s+([\d.]+)"),
        "client_cpu_s": r1.ru_utime + r1.ru_stime - r0.ru_utime - r0.ru_stime,
    }


def quiet(rs, scen="", lim=0.2):
    """drops runs disturbed by others (when a quieter one exists) and miss runs that re-used names"""
    if scen == "miss":
        rs = [r for r in rs if r.get("up_q", 0) >= 0.9 * r["ok"]]
    q = [r for r in rs if r["other_cpu"] <= lim]
    return q or rs


def med(xs):
    return statistics.median(xs) if xs else None


def save(name, obj):
    p = f"{ROOT}/results/{name}.json"
    os.makedirs(ROOT + "/results", exist_ok=True)
    json.dump(obj, open(p, "w"), indent=1)
    print("saved", p)


def load(name):
    try:
        return json.load(open(f"{ROOT}/results/{name}.json"))
    except OSError:
        return {}


def read_recs(path):
    b = open(path, "rb").read()
    return list(struct.iter_unpack("<ffB", b))


def pct(v, p):
    if not v:
        return None
    v = sorted(v)
    return v[min(len(v) - 1, max(0, int(-(-p * len(v) // 1)) - 1))]

"""A machine of the test's own: a Debian tree with real systemd as its first process, in a network that
leads nowhere but to the lab providers beside it (systemd-nspawn, as root).

    with Machine(tree("bookworm")) as machine:
        machine.run("systemctl", "is-active", "holdfast")

What happens in it leaves no trace: the tree is covered by a layer, in memory or, for a machine that
is to be started again, on disk.
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["systemd", "systemd-sysv", "dbus", "iproute2", "procps", "ca-certificates",
            "bind9-dnsutils", "curl"]
# Resolvers that others come from: installed, and not running.
OLD = ["dnsmasq", "unbound", "dnsdist"]
# What some tests install: each with what it needs besides, in a folder of its own below /root/extra.
EXTRA = ["systemd-resolved", "libnss-resolve", "resolvconf", "openresolv", "network-manager",
         "isc-dhcp-client", "dhcpcd-base", "cloud-init"]
SKIPPED = 77
PATIENCE = 30
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root",
               "DEBIAN_FRONTEND": "noninteractive"}


def need():
    """Ends the test as skipped where it cannot run."""
    missing = [p for p in ("debootstrap", "systemd-nspawn", "nsenter", "unshare")
               if not shutil.which(p)]
    if os.geteuid() != 0 or missing:
        print(f"needs root, and: {', '.join(missing) or 'nothing else'}")
        sys.exit(SKIPPED)


def mirror():
    """Where this machine gets its packages."""
    for path in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
        if path.exists():
            for word in path.read_text().split():
                if word.startswith("http"):
                    return word
    return "http://deb.debian.org/debian"


def chroot(folder, *command):
    """Runs a command in a tree that does not run, with /proc and /dev that end with it."""
    script = ('mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && '
              'exec chroot "$0" "$@"')
    subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation",
                    "private", "sh", "-c", script, folder, *command],
                   check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL)


def trees():
    """Where trees are kept."""
    return Path(os.environ.get("HOLDFAST_TREES", ROOT / "build/trees"))


def bootstrap(folder, suite, packages):
    """A Debian tree with those packages besides, if it is not there, and this machine's way to more."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not (folder / "usr/bin/apt-get").exists():
        subprocess.run(["debootstrap", "--variant=minbase", f"--include={','.join(packages)}",
                        suite, folder, mirror()], check=True, stdout=subprocess.DEVNULL)
    for part in ("apt.conf", "apt.conf.d"):
        source = Path("/etc/apt") / part
        if source.is_dir():
            shutil.copytree(source, folder / "etc/apt" / part, dirs_exist_ok=True)
        elif source.exists():
            shutil.copy(source, folder / "etc/apt" / part)
    for part in ("resolv.conf", "hosts"):
        shutil.copy(Path("/etc") / part, folder / "etc" / part)


def tree(suite, deb):
    """A Debian tree with what the package `deb` depends on, made once (build/trees), and again when
    that is something else. Packages that only some tests install lie in /root/extra."""
    folder = trees() / suite
    done = folder / "made"
    needs = subprocess.run(["dpkg-deb", "-f", deb, "Depends"], check=True, capture_output=True,
                           text=True).stdout + " ".join([*PACKAGES, *OLD, *EXTRA])
    if done.exists() and done.read_text() == needs:
        return folder
    bootstrap(folder, suite, PACKAGES)
    shutil.copy(deb, folder / "root/holdfast.deb")
    chroot(folder, "sh", "-ec", f"""
        apt-get -qq update
        apt-get -qq install -y --no-install-recommends /root/holdfast.deb {' '.join([*PACKAGES, *OLD])}
        dpkg --purge holdfast
        systemctl disable {' '.join(OLD)}
        rm -rf /root/extra
        for package in {' '.join(EXTRA)}; do
          mkdir -p /root/extra/$package/partial
          apt-get -qq install -y --no-install-recommends --download-only \\
            -o Dir::Cache::archives=/root/extra/$package -o APT::Sandbox::User=root $package
        done
        apt-get clean""")
    (folder / "root/holdfast.deb").unlink()
    done.write_text(needs)
    return folder


def for_package(name="holdfast.deb", keep=False):
    """A machine, not started yet, that has the package under test (HOLDFAST_DEB) as /mnt/`name`, on
    the Debian of HOLDFAST_SUITE. With `keep` it is the same one when it is started again."""
    deb = os.environ["HOLDFAST_DEB"]
    folder = tree(os.environ.get("HOLDFAST_SUITE", "bookworm"), deb)
    return Machine(folder, [(deb, f"/mnt/{name}")], keep)


class Machine:
    """Running from start() to stop(). Everything in it ends with it, but what a machine with `keep`
    has on its disk: power_off() or cut_power(), then start(), is a reboot."""

    def __init__(self, folder, binds=(), keep=False):
        self.folder = folder
        self.binds = [f"--bind-ro={source}:{target}" for source, target in binds]
        self.process = self.leader = None
        self.disk = None
        if keep:
            self.disk = Path(tempfile.mkdtemp(prefix="holdfast-disk.", dir=folder.parent))
            for part in ("upper", "work", "root"):
                (self.disk / part).mkdir()

    def covered(self):
        """What comes before systemd-nspawn's own options: the tree under a layer."""
        if not self.disk:
            return ["systemd-nspawn", "-D", self.folder, "--volatile=overlay"]
        script = ('mount -t overlay overlay -o "lowerdir=$0,upperdir=$1/upper,workdir=$1/work" '
                  '"$1/root" && cd / && shift && exec "$@"')
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, self.folder,
                self.disk, "systemd-nspawn", "-D", self.disk / "root"]

    def start(self):
        self.process = subprocess.Popen(
            [*self.covered(), "-q", f"--machine=holdfast-{os.getpid()}", "--register=no",
             "--keep-unit", "--private-network", "--console=read-only", "--link-journal=no",
             "--resolv-conf=off", "--timezone=off", *self.binds, "--boot"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        self.leader = self.wait_for(self.first_process, "systemd in the machine")
        self.wait_for(lambda: self.run("systemctl", "is-system-running").stdout.strip()
                      in ("running", "degraded"), "the machine to be up")
        return self

    def first_process(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in children.read_text().split():
            try:
                if Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
                    return int(pid)
            except OSError:
                pass
        return None

    def run(self, *command, **options):
        """The finished process, output as text; its status is its caller's to judge."""
        return subprocess.run(
            ["nsenter", "-t", str(self.leader), "--all", "--wdns=/", *map(str, command)],
            capture_output=True, text=True, check=False, env=ENVIRONMENT, **options)

    def must(self, *command, **options):
        """Its output; AssertionError if it fails."""
        done = self.run(*command, **options)
        if done.returncode != 0:
            raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def beside(self, *command, **options):
        """Starts a program of this machine in the network of that one."""
        return subprocess.Popen(["nsenter", "-t", str(self.leader), "--net", *map(str, command)],
                                **options)

    def write(self, path, text):
        self.must("sh", "-c", 'mkdir -p "$(dirname "$0")" && cat > "$0"', path, input=text)

    def read(self, path):
        return self.must("cat", path)

    def wait_for(self, condition, what, patience=PATIENCE):
        end = time.monotonic() + patience
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError(f"waited in vain for {what}")
            time.sleep(0.05)

    def power_off(self):
        """As an operator does: services are stopped, what they wrote is on the disk."""
        if self.leader is not None:
            self.run("systemctl", "poweroff", "--no-wall")
        self.gone()

    def cut_power(self):
        """Everything in it ends at once."""
        os.kill(self.leader, signal.SIGKILL)
        self.gone()

    def gone(self):
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.leader = None

    def stop(self):
        if self.process and self.process.poll() is None:
            self.power_off()
        if self.disk:
            shutil.rmtree(self.disk)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

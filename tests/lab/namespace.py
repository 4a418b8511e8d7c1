"""A network namespace of the test's own, as root: its addresses, routes and packets are nobody
else's. And files of its own under the paths of this machine's."""
import ctypes
import shutil
import subprocess
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000


def ip(arguments):
    subprocess.run(["ip", *arguments.split()], check=True)


def enter():
    """Puts this process into one, before it has any thread or socket; loopback is up. False without
    the right to."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return False
    ip("link set lo up")
    return True


def own_files(scratch, copies, empty):
    """Puts copies, made in `scratch`, in the places of the folders `copies`, and empty folders in
    those of `empty`, for this process and those it starts; a folder that is not there is left out.
    False without the right to."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        return False
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    for folder in filter(Path.is_dir, map(Path, [*copies, *empty])):
        mine = Path(scratch) / str(folder).strip("/").replace("/", "-")
        if str(folder) in copies:
            shutil.copytree(folder, mine, symlinks=True, ignore_dangling_symlinks=True)
        else:
            mine.mkdir()
        subprocess.run(["mount", "--bind", mine, folder], check=True)
    return True


def route_to_nowhere():
    """A default route, and nobody behind it: what is sent astray leaves, and can be seen."""
    ip("link add nowhere type veth peer name behind")
    ip("addr add 198.18.0.1/30 dev nowhere")
    ip("link set nowhere up")
    ip("link set behind up")
    ip("neigh add 198.18.0.2 lladdr 02:00:00:00:00:01 dev nowhere")
    ip("route add default via 198.18.0.2")

"""A thread of another process that does not run, as one that waits for something for ever. Linux only,
and only for whoever may trace the process."""
import ctypes
import os
import unittest
from pathlib import Path

SEIZE, INTERRUPT, DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000


def find_thread(pid, name):
    """The id of a thread by its name."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text() == name + "\n":
            return int(task.name)
    raise AssertionError(f"no thread {name}")


class StoppedThread:
    def __init__(self, tid):
        self.tid = tid
        self.libc = ctypes.CDLL(None, use_errno=True)

    def ptrace(self, request):
        if self.libc.ptrace(request, self.tid, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def __enter__(self):
        try:
            self.ptrace(SEIZE)
        except PermissionError as error:
            raise unittest.SkipTest("threads cannot be stopped here: ptrace") from error
        self.ptrace(INTERRUPT)
        os.waitpid(self.tid, WALL)
        return self

    def gone(self):
        """Whether its process has been killed; it is not gone for others before this is asked."""
        try:
            return os.waitpid(self.tid, WALL | os.WNOHANG)[0] != 0
        except ChildProcessError:
            return True

    def __exit__(self, *_):
        try:
            self.ptrace(DETACH)
        except ProcessLookupError:
            pass  # it has been killed

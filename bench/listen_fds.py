#!/usr/bin/env python3
"""listen_fds.py FD,FD,... COMMAND...: becomes COMMAND with the descriptors passed as systemd
passes sockets: from 3 on, LISTEN_FDS and LISTEN_PID set."""
import fcntl
import os
import sys

given = [int(fd) for fd in sys.argv[1].split(",")]
spare = [fcntl.fcntl(fd, fcntl.F_DUPFD, 32) for fd in given]  # out of the way of 3, 4, ...
for target, fd in enumerate(spare, 3):
    os.dup2(fd, target, inheritable=True)
for fd in spare + [fd for fd in given if fd >= 3 + len(given)]:
    os.close(fd)
os.environ["LISTEN_FDS"] = str(len(given))
os.environ["LISTEN_PID"] = str(os.getpid())
os.execvp(sys.argv[2], sys.argv[2:])

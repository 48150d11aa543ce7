"""Become another program that ends when the parent ends: `python leash.py PARENT PROGRAM ARGUMENT...`.

A server must not outlive whoever started it, even one that was killed. On Linux the kernel sees to it
(PR_SET_PDEATHSIG, kept across exec). It stands in a program of its own because code between fork and exec of
a process with threads may deadlock. Elsewhere only an orderly end of the parent ends the server.

The kernel means the parent's *thread*: start servers from one that lives as long as they shall.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, then become the program."""
    parent, program, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it ended before the kernel was told
        sys.exit(1)
    os.execvp(program, [program, *arguments])  # noqa: S606 - becoming that program is the purpose


if __name__ == "__main__":
    main()

"""Ties a child process to the daemon that started it."""

from __future__ import annotations

import ctypes
import signal


def die_with_parent() -> None:
    """Has the kernel kill this process when its parent dies, even if the parent is killed itself.

    Linux ties this to the thread that started the process: the parent must start it on a thread that lives on.
    """
    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)

"""`python -I -S guard.py -- CMD...` runs CMD in a process group of its own, which ends with the
parent (end of file on stdin), on SIGTERM, and with CMD. It is a program, run by path."""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess  # noqa: TID251 - the guard is the child process that keeps the others
import sys
import threading
import time

GRACE_S = 3.0
PR_SET_CHILD_SUBREAPER = 36
NOT_THERE, NOT_RUNNABLE = 127, 126  # as shells say it


def main(argv: list[str]) -> None:
    """Ends the process with CMD's exit code, 128 + n where signal n ended it. GUARD_FEED is the
    descriptor that becomes CMD's stdin; ours is the wire to the parent. GUARD_PASS are further
    descriptors for it, GUARD_LIMITS its resource limits (NAME=n), GUARD_CGROUPS the control
    groups it joins (`:` between folders)."""
    adopt()
    feed, passed = int(told("FEED")), tuple(map(int, told("PASS").split()))
    limits, groups = told("LIMITS").split(), [one for one in told("CGROUPS").split(":") if one]

    def confine() -> None:
        for group in groups:
            with open(f"{group}/cgroup.procs", "w") as procs:
                procs.write("0")
        for limit in limits:
            name, _, most = limit.partition("=")
            lower(getattr(resource, f"RLIMIT_{name}"), int(most))

    try:
        child = subprocess.Popen(  # noqa: S603 - the caller's argv, no shell
            argv,
            stdin=feed,
            start_new_session=True,
            pass_fds=passed,
            preexec_fn=confine,  # noqa: PLW1509 - one thread here
        )
    except FileNotFoundError:
        os._exit(NOT_THERE)
    except OSError:
        os._exit(NOT_RUNNABLE)
    watch(child)


def told(name: str) -> str:
    """Ours, and not the child's."""
    return os.environ.pop(f"GUARD_{name}", "")  # noqa: TID251


def lower(limit: int, most: int) -> None:
    """Never above what we have ourselves."""
    _, hard = resource.getrlimit(limit)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(limit, (most, most))


def adopt() -> None:
    """Linux: processes that leave their group come to us when their parent ends."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_adopted() -> None:
    """Kill until nobody is left: whoever dies leaves its own children to us."""
    ends_at = time.monotonic() + GRACE_S
    while time.monotonic() < ends_at:
        for pid in children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.005)  # noqa: TID251 - the guard has no event loop
        except ChildProcessError:
            return


def children() -> list[int]:
    """The processes whose parent we are, by /proc; none where there is no such thing."""
    found = []
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else ():
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open(f"/proc/{int(entry)}/stat", "rb") as stat:
                parent = int(stat.read().rpartition(b")")[2].split()[1])
            if parent == os.getpid():
                found.append(int(entry))
    return found


def watch(child: "subprocess.Popen[bytes]") -> None:
    def signal_group(number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, number)

    def stop_gently(*_: object) -> None:
        signal_group(signal.SIGTERM)
        threading.Timer(GRACE_S, signal_group, [signal.SIGKILL]).start()

    def follow_parent() -> None:
        while os.read(0, 4096):
            pass
        signal_group(signal.SIGKILL)

    signal.signal(signal.SIGTERM, stop_gently)
    threading.Thread(target=follow_parent, daemon=True).start()
    code = child.wait()
    signal_group(signal.SIGKILL)  # what CMD left in the background
    end_adopted()
    os._exit(128 - code if code < 0 else code)  # not waiting for the grace timer


if __name__ == "__main__":
    main(sys.argv[sys.argv.index("--") + 1 :])

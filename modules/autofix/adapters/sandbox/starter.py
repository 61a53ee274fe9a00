"""`python -I -S starter.py SOCKET PORT -- CMD...` runs CMD with a door on 127.0.0.1:PORT (0: any;
`fd=N`: the listening socket of that descriptor) that leads to the socket SOCKET and nowhere else.
It is a program, run by path, inside the sandbox."""

import contextlib
import os
import socket
import subprocess  # noqa: TID251 - it is the child process that starts the agent
import sys
import threading

HOLE = "{gateway}"
CHUNK = 65536
NOT_THERE, NOT_RUNNABLE = 127, 126  # as shells say it


def main(path: str, port: str, argv: list[str]) -> int:
    """The exit code of CMD, 128 + n where signal n ended it."""
    door = opened(port)
    address = f"http://127.0.0.1:{door.getsockname()[1]}"
    env = {name: value.replace(HOLE, address) for name, value in os.environ.items()}  # noqa: TID251
    argv = [one.replace(HOLE, address) for one in argv]
    threading.Thread(target=serve, args=(door, path), daemon=True).start()
    try:
        code = subprocess.run(argv, env=env, check=False, close_fds=False).returncode  # noqa: S603
    except FileNotFoundError:
        return NOT_THERE
    except OSError:
        return NOT_RUNNABLE
    return 128 - code if code < 0 else code


def opened(port: str) -> socket.socket:
    if port.startswith("fd="):
        door = socket.socket(fileno=int(port[3:]))
        door.set_inheritable(False)
        return door
    return socket.create_server(("127.0.0.1", int(port)))


def serve(door: socket.socket, path: str) -> None:
    while True:
        inner, _ = door.accept()
        outer = socket.socket(socket.AF_UNIX)
        try:
            outer.connect(path)
        except OSError:
            inner.close()
            continue
        for one, other in ((inner, outer), (outer, inner)):
            threading.Thread(target=pipe, args=(one, other), daemon=True).start()


def pipe(source: socket.socket, target: socket.socket) -> None:
    """Until one side has said all."""
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    at = sys.argv.index("--")
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[at + 1 :]))

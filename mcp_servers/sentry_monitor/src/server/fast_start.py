"""Answer the opening at once, import the real server meanwhile, then hand the wire over to it."""

import os
import select
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Final

from .opening import OPENING_ID, Opening, flags_of, recorded, toolsets
from .wire import Wire, can_be_watched, take_wire, write_all

CHUNK: Final = 65536
IMPORT_FAILED: Final = 70  # EX_SOFTWARE of sysexits.h
Load = Callable[[Callable[[], None]], None]


def begin(argv: Sequence[str], *, load: Load) -> Wire | None:
    """Hold the opening; the wire with what the server must be told, when it is there.

    `load` imports the server, then tells so by calling what it is given, and may go on.

    None where this command line is none of ours to begin. Ends the process where the client
    leaves before it asked for anything else.
    """
    flags = flags_of(argv)
    if flags is None or not can_be_watched():
        return None
    asked = toolsets(os.environ)  # noqa: TID251 - bootstrap is not imported yet
    versions = recorded(flags._replace(toolsets=asked | (flags.toolsets or set())))
    if not versions:
        return None
    opening, loader = Opening(versions), _Loader(load)
    wire = take_wire()
    _converse(wire, opening, loader)
    loader.start()
    loader.ready.wait()
    wire.replay = opening.replay
    wire.drop_id = OPENING_ID if opening.opened else None
    return wire


def _converse(wire: Wire, opening: Opening, loader: "_Loader") -> None:
    """Until the server is there, or something is asked that only it can answer."""
    answered = False
    while True:
        line, newline, tail = wire.rest.partition(b"\n")
        if newline:
            reply = opening.answer(line)
            if reply is None:
                return
            wire.rest = tail
            answered = _write(wire.write, reply) or answered
            continue
        if answered and not wire.rest:
            loader.start()  # after the answer: an import leaves little room for anything else
        readable, _, _ = select.select([wire.read, loader.wake], [], [])
        if loader.wake in readable:
            return
        chunk = os.read(wire.read, CHUNK)
        if not chunk and wire.rest:
            return  # a last line without an end
        if not chunk:
            os._exit(0)  # nobody is there; an import under way has nothing to clean up
        wire.rest += chunk


def _write(descriptor: int, reply: bytes) -> bool:
    try:
        write_all(descriptor, reply)
    except BrokenPipeError:
        os._exit(0)  # nobody listens any more
    return bool(reply)


class _Loader:
    """Imports the server in a thread."""

    def __init__(self, load: Load) -> None:
        self._import = load
        self.ready = threading.Event()
        self.wake, self._bell = os.pipe()
        self._thread = threading.Thread(target=self._load, daemon=True)

    def start(self) -> None:
        if self._thread.ident is None:
            self._thread.start()

    def _load(self) -> None:
        try:
            self._import(self._loaded)
        except BaseException:  # noqa: BLE001 - told here, or nowhere
            # The handshake is answered, so an error can only be told by ending.
            import traceback

            sys.stderr.write(traceback.format_exc())
            os._exit(IMPORT_FAILED)

    def _loaded(self) -> None:
        self.ready.set()
        os.write(self._bell, b"x")

"""What the recognition worker answers: replies, and errors that become replies."""

from __future__ import annotations

import json
import math
import os
import threading
from typing import Any


class WorkerError(Exception):
    """Why one request, or the worker, cannot go on; becomes an ``error`` or ``fatal`` reply."""

    def __init__(self, failure_class: str, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.failure_class = failure_class
        self.code = code
        self.hint = hint

    @classmethod
    def bad_request(cls, message: str) -> WorkerError:
        return cls(
            "permanent",
            "bad_request",
            message,
            "This is a defect of the sender: see the protocol at the top of whisper_worker.py.",
        )

    @classmethod
    def from_exception(cls, error: BaseException, doing: str) -> WorkerError:
        """Memory that ran out is this machine's trouble; anything unforeseen may go away by itself."""
        if isinstance(error, WorkerError):
            return error
        text = f"{type(error).__name__}: {error}"
        if (
            isinstance(error, MemoryError)
            or "bad_alloc" in text
            or "out of memory" in text.lower()
            or "failed to allocate" in text.lower()
        ):
            return cls(
                "local",
                "out_of_memory",
                f"Memory ran out while {doing} ({text}).",
                "Set fewer decoders or a smaller model, or give the machine more memory.",
            )
        return cls(
            "transient",
            "recognition_failed",
            f"Something unforeseen happened while {doing} ({text}).",
            "The worker's log has the details; if it happens again, report it with the recording.",
        )

    def reply(self, event: str) -> dict[str, Any]:
        return {"event": event, "class": self.failure_class, "code": self.code, "message": str(self), "hint": self.hint}


class Replies:
    """The only writer of the protocol. Lines of different threads never mix."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    @classmethod
    def claim_standard_output(cls) -> Replies:
        """Keeps the real standard output for replies and sends everything else that is printed,
        also by C libraries, to standard error: one stray line would break the protocol."""
        descriptor = os.dup(1)
        os.dup2(2, 1)
        return cls(descriptor)

    def send(self, reply: dict[str, Any]) -> None:
        """Returns when the line is with the reader. Ends the process when nobody reads any more."""
        rest = memoryview(json.dumps(reply, allow_nan=False, separators=(",", ":")).encode() + b"\n")
        with self._lock:
            try:
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except BrokenPipeError:
                os._exit(0)


def finite(value: Any, digits: int = 3) -> float:
    """A plain JSON number. The recogniser now and then computes an infinity for a wordless segment."""
    number = float(value)
    return round(number, digits) if math.isfinite(number) else 0.0


def loudness(energy: float, frames: int) -> float:
    """Decibels below the loudest that can be (dBFS, root mean square) of that many samples; -100 is silence."""
    return finite(max(-100.0, 10 * math.log10(max(energy / max(frames, 1), 1e-10))), 1)

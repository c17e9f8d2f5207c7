"""The warm recognition worker: one faster-whisper model, as many one-thread decoders as asked for.

Requests are JSON lines on standard input, replies are JSON lines on standard output; each line is
one object. The recogniser's plain call uses cores badly (its decoder is mostly sequential), so a
recording is cut at silences into parts of at most 30 s and the parts of all requests share the
decoders, taking turns between requests.

Requests: ``transcribe`` and ``cancel``. Replies: ``fetching`` if the model has to be downloaded, ``loading`` for each device that is
tried, ``ready`` once; then per request ``planned``,
``part`` and ``progress`` in any mixture, and exactly one of ``done``, ``cancelled``, ``error``, after
which nothing more is said about it. ``fatal`` and exit status 3 mean that no request can be served.
A ``cancel`` is always answered by ``cancelled``, also when its request has already ended.
``renewing`` and exit status 0 mean that the process has grown past its limit of memory: the parts
under way are finished, and the sender gives what is left to a new process.
Times are seconds from the start of the recording. End of standard input ends the worker at once.
"""

from __future__ import annotations

import os

# Each decoder is one thread. A matrix library that starts its own threads inside each of them
# would have them fight for the cores; it reads these only once, when it is first imported.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import ctypes
import json
import queue
import signal
import sys
import threading
import time
import traceback
from collections import deque
from typing import NoReturn

from lifeline import die_with_parent
from recogniser import Recogniser
from transcription_request import Request, field
from worker_replies import Replies, WorkerError


class Decoders:
    """A pool of threads, one a decoder. Requests take turns, so a short one never waits for a long one to end."""

    def __init__(self, count: int, replies: Replies, memory_limit: int = 0) -> None:
        """``memory_limit`` is in bytes; 0 is none."""
        self._changed = threading.Condition()
        self._requests: deque[Request] = deque()
        self._replies = replies
        self._memory_limit = memory_limit
        self._is_draining = False
        self._busy = 0
        threading.Thread(target=self._tick, name="ticker", daemon=True).start()
        for number in range(count):
            threading.Thread(target=self._work, name=f"decoder-{number}", daemon=True).start()

    def add(self, request: Request) -> None:
        with self._changed:
            self._requests.append(request)
            self._changed.notify()

    def has(self, request_id: str) -> bool:
        with self._changed:
            return any(request.id == request_id and not request.ended for request in self._requests)

    def cancel(self, request_id: str) -> None:
        with self._changed:
            found = [request for request in self._requests if request.id == request_id and not request.ended]
        if found:
            found[0].end({"event": "cancelled"})
            with self._changed:
                self._changed.notify_all()
        else:
            # It has ended by itself in the meantime; the sender waits for an answer all the same.
            self._replies.send({"event": "cancelled", "id": request_id})

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
                request = self._take_turn()
                unit = request.waiting.popleft()
                request.running += 1
                self._busy += 1
            request.attempt(unit)
            with self._changed:
                request.running -= 1
                self._busy -= 1
                # Not before it has heard a part: each life brings the work on.
                if self._memory_limit and request.parts_sent and resident_bytes() > self._memory_limit:
                    self._is_draining = True
                if self._is_draining and not self._busy:
                    self._replies.send({"event": "renewing", "bytes": resident_bytes()})
                    os._exit(0)
                if not request.running and not request.waiting and not request.ended:
                    request.waiting.append(request._advance)
                self._changed.notify_all()

    def _has_work(self) -> bool:
        """Is there something to do, once what has ended is cleared away?"""
        for request in [request for request in self._requests if request.ended]:
            request.waiting.clear()
            if not request.running:
                self._requests.remove(request)
                request.close()
        return not self._is_draining and any(request.waiting for request in self._requests)

    def _tick(self) -> NoReturn:
        """A large model says nothing for a minute while it hears one part; people see that it works."""
        while True:
            time.sleep(1)
            with self._changed:
                running = [request for request in self._requests if request.running]
            for request in running:
                request.tell_progress()

    def _take_turn(self) -> Request:
        """The first request in the row with something to do; it goes to the end of the row."""
        request = next(request for request in self._requests if request.waiting)
        self._requests.remove(request)
        self._requests.append(request)
        return request


class Dispatcher:
    """Loads the model, then turns request lines into work."""

    def __init__(self, arguments: argparse.Namespace, replies: Replies) -> None:
        self._arguments = arguments
        self._replies = replies

    def run(self, lines: queue.SimpleQueue[bytes]) -> NoReturn:
        try:
            self._serve(lines)
        except WorkerError as error:
            self._replies.send(error.reply("fatal"))
            os._exit(3)
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    def _serve(self, lines: queue.SimpleQueue[bytes]) -> NoReturn:
        arguments = self._arguments
        self._recogniser = Recogniser(
            arguments.model,
            arguments.name or arguments.model,
            arguments.compute_type,
            arguments.device,
            arguments.decoders,
            self._replies,
        )
        if arguments.memory and (needed := resident_bytes()) > arguments.memory:
            raise WorkerError(
                "local",
                "memory_limit",
                f"The model {arguments.model} alone takes {needed} bytes, more than the {arguments.memory} allowed.",
                "Raise transcription.memory, or set a smaller model.",
            )
        # Not before: what loading needs for a moment is given back.
        keep_freed_memory()
        self._decoders = Decoders(arguments.decoders, self._replies, arguments.memory)
        self._replies.send(self._recogniser.ready)
        while True:
            self._handle(lines.get())

    def _handle(self, line: bytes) -> None:
        answer_to: str | None = None
        try:
            try:
                fields = json.loads(line)
            except ValueError as error:
                raise WorkerError.bad_request(f"A request line is not JSON: {error}.") from error
            if not isinstance(fields, dict):
                raise WorkerError.bad_request(f"A request must be a JSON object, not {type(fields).__name__}.")
            request_id = field(fields, "id", str)
            operation = field(fields, "op", str)
            if operation == "cancel":
                self._decoders.cancel(request_id)
            elif operation != "transcribe":
                raise WorkerError.bad_request(f"There is no operation {operation!r}.")
            elif self._decoders.has(request_id):
                # Answered without the id, which would be taken for the end of the running one.
                raise WorkerError.bad_request(f"The request {request_id} is already being worked on.")
            else:
                answer_to = request_id
                self._decoders.add(Request(fields, self._recogniser, self._replies))
        except WorkerError as error:
            self._replies.send(error.reply("error") | {"id": answer_to})


def keep_freed_memory() -> None:
    """Has glibc keep what is freed for the next allocation.

    The recogniser takes and frees buffers of megabytes for each word; giving each back to the kernel and having it
    filled with zeros again costs about a tenth of the time. Other C libraries have no ``mallopt``, and need none.
    """
    m_trim_threshold, m_mmap_threshold = -1, -3
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(m_mmap_threshold, 1 << 30)
        mallopt(m_trim_threshold, (1 << 31) - 1)


def resident_bytes() -> int:
    """Memory that this process holds now."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def main() -> NoReturn:
    parser = argparse.ArgumentParser(description="Recognises speech for spoolscribe; JSON lines in and out.")
    parser.add_argument("--model", required=True, help="tiny.en, a folder, or any model name that faster-whisper knows")
    parser.add_argument("--name", help="what the model is called, if --model is its folder")
    parser.add_argument("--compute-type", default="auto", help="auto is float16 on a GPU and int8 on a processor")
    parser.add_argument("--device", default="auto", choices=["cpu", "cuda", "auto"])
    parser.add_argument("--memory", type=int, default=0, help="bytes past which the process is renewed; 0 is no limit")
    parser.add_argument("--decoders", type=positive, default=os.cpu_count() or 1)
    arguments = parser.parse_args()

    replies = Replies.claim_standard_output()
    die_with_parent()
    # Ctrl-C in a terminal reaches the whole group; the daemon decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # By the kernel, not by a Python handler, which would wait for a decoder to come back from C.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    # This thread only reads, so that the end of standard input is noticed at any time, also while
    # the model is being loaded or downloaded.
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=Dispatcher(arguments, replies).run, args=(lines,), name="dispatcher", daemon=True).start()
    for line in sys.stdin.buffer:
        if line.strip():
            lines.put(line)
    # At once: the decoders may be deep in a computation that nobody waits for any more.
    os._exit(0)


if __name__ == "__main__":
    main()

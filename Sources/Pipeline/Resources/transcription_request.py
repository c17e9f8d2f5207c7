"""One recording on its way through the recogniser: heard for speech, planned, decoded part by part."""

from __future__ import annotations

import math
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from recogniser import Recogniser, average_languages
from speech_parts import described, hear_speech, join_touching, plan_parts, stretches
from speech_wave import RATE, Span, Wave
from worker_replies import Replies, WorkerError, finite

LANGUAGE_WINDOWS = 5
"""Parts listened to for the language. One is too few: many recordings open with a foreign quote."""


_REQUIRED = object()


def field(fields: dict[str, Any], name: str, kind: type, default: Any = _REQUIRED) -> Any:
    """A field of a request. JSON null stands for the default."""
    value = fields.get(name)
    if value is None:
        if default is _REQUIRED:
            raise WorkerError.bad_request(f"The field {name} is missing.")
        return default
    if not isinstance(value, kind) or isinstance(value, bool):
        raise WorkerError.bad_request(f"The field {name} must be {kind.__name__}, not {type(value).__name__}.")
    return value


class Request:
    """One recording on its way to text: a list of steps, each made of units that may run side by side.

    Ends exactly once; whatever still runs afterwards has nothing more to say.
    """

    def __init__(self, fields: dict[str, Any], recogniser: Recogniser, replies: Replies) -> None:
        self.id: str = fields["id"]
        self.waiting: deque[Callable[[], None]] = deque([self._advance])  # guarded by Decoders
        self.running = 0  # guarded by Decoders
        self.ended = False
        self.parts_sent = 0
        self.steps = 0
        self._recogniser = recogniser
        self._replies = replies
        self._lock = threading.Lock()
        self._opened: Wave | None = None
        self._steps = self._all_steps()
        self._heard: dict[int, float] = {}
        self._begun: dict[int, tuple[float, float]] = {}
        self._speeds: deque[float] = deque(maxlen=8)
        self._total = 0.0

        self._audio = field(fields, "audio", str)
        self._task = field(fields, "task", str, "transcribe")
        if self._task not in ("transcribe", "translate"):
            raise WorkerError.bad_request(f"The task must be transcribe or translate, not {self._task!r}.")
        hotwords = field(fields, "hotwords", str, None) or None
        initial_prompt = field(fields, "initial_prompt", str, None) or None
        beam_size = field(fields, "beam_size", int, 5)
        if not 1 <= beam_size <= 50:
            raise WorkerError.bad_request(f"The beam_size must lie between 1 and 50, not {beam_size}.")
        self._plan = field(fields, "plan", dict, None)
        self._done_parts = set(field(fields, "done_parts", list, []))
        self._language = recogniser.language_for(field(fields, "language", str, None), self._task)
        recogniser.check_prompt(hotwords, initial_prompt)
        self._options = {
            "task": self._task,
            "hotwords": hotwords,
            "initial_prompt": initial_prompt,
            "beam_size": beam_size,
        }

    def attempt(self, unit: Callable[[], None]) -> None:
        """Runs one unit. Its failure ends this request and touches no other."""
        try:
            if not self.ended:
                unit()
                with self._lock:
                    self.steps += 1
        except Exception as error:
            known = WorkerError.from_exception(error, f"transcribing {self._audio}")
            if known is not error:
                traceback.print_exception(error)
            self.end(known.reply("error"))

    def end(self, reply: dict[str, Any]) -> None:
        with self._lock:
            if not self.ended:
                self.ended = True
                self._replies.send(reply | {"id": self.id})

    def close(self) -> None:
        """Lets go of the audio; call when it has ended and nothing runs. The file may be deleted by now, and
        would keep its disk space for as long as it is open."""
        if self._opened is not None:
            self._opened.close()

    @property
    def _wave(self) -> Wave:
        assert self._opened is not None, "the first step opens the audio"
        return self._opened

    def _advance(self) -> None:
        """Begins the next step; runs alone, when every unit of the last step is finished."""
        units: list[Callable[[], None]] | None = []
        while units is not None and not units:
            units = next(self._steps, None)
        if units is None:
            self.end({"event": "done"})
        else:
            self.waiting.extend(units)

    def _all_steps(self) -> Iterator[list[Callable[[], None]]]:
        self._opened = Wave(self._audio)
        if self._plan is None:
            speech: list[Span] = []
            energies: list[float] = []
            yield [partial(self._hear, stretch, speech, energies) for stretch in stretches(self._wave.frames)]
            speech = join_touching(speech)
            parts = plan_parts(speech, self._wave.frames, self._wave.quietest)
            # Told or not to be chosen: nothing was found out.
            probability: float | None = None
            if self._language is None and parts:
                windows: list[list[tuple[str, float]]] = []
                chosen = parts[:: max(1, math.ceil(len(parts) / LANGUAGE_WINDOWS))]
                yield [partial(self._hear_language, part, windows) for part in chosen]
                self._language, probability = average_languages(windows)
            self._plan = described(self._wave, speech, sum(energies), parts) | {
                # Of a recording in which nobody speaks nothing was found out.
                "language": self._language or "und",
                "language_probability": None if probability is None else finite(probability),
            }
            self._send({"event": "planned"} | self._plan)
        else:
            self._check_plan(self._plan)
        parts_to_do = [part for part in self._plan["parts"] if part["index"] not in self._done_parts]
        self._heard = {
            part["index"]: part["end"] - part["start"]
            for part in self._plan["parts"]
            if part["index"] in self._done_parts
        }
        self._total = sum(part["end"] - part["start"] for part in self._plan["parts"])
        yield [partial(self._decode, part) for part in parts_to_do]

    def _hear(self, stretch: Span, speech: list[Span], energies: list[float]) -> None:
        speech.extend(hear_speech(self._wave, stretch))
        energies.append(self._wave.energy(*stretch))

    def _hear_language(self, part: Span, windows: list[list[tuple[str, float]]]) -> None:
        windows.append(self._recogniser.detect_language(self._wave.read(*part)))

    def _decode(self, part: dict[str, Any]) -> None:
        index, start, end = part["index"], part["start"], part["end"]
        audio = self._wave.read(round(start * RATE), round(end * RATE))
        begun = time.monotonic()
        with self._lock:
            self._begun[index] = (begun, end - start)

        def time_in_part(seconds: Any) -> float:
            return finite(min(max(float(seconds), 0.0), end - start) + start)

        segments: list[dict[str, Any]] = []
        for segment in self._recogniser.decode(audio, self._options | {"language": self._language}):
            if self.ended:
                return
            with self._lock:
                self._heard[index] = min(float(segment.end), end - start)
            text = segment.text.strip()
            if not text:
                continue
            words = [
                {
                    "start": time_in_part(word.start),
                    "end": time_in_part(word.end),
                    "word": word.word,
                    "probability": finite(word.probability),
                }
                for word in segment.words or []
            ]
            segments.append(
                {
                    "start": time_in_part(segment.start),
                    "end": time_in_part(segment.end),
                    "text": text,
                    "avg_logprob": finite(segment.avg_logprob, 4),
                    "no_speech_prob": finite(segment.no_speech_prob, 4),
                    "compression_ratio": finite(segment.compression_ratio),
                    "temperature": finite(segment.temperature),
                    "words": words,
                }
            )
        self._send({"event": "part", "index": index, "start": start, "end": end, "segments": segments})
        with self._lock:
            self.parts_sent += 1
            self._heard[index] = end - start
            self._begun.pop(index, None)
            self._speeds.append((end - start) / max(time.monotonic() - begun, 0.001))

    def tell_progress(self) -> None:
        """Called every second while parts are heard. What is under way is reckoned by the speed of the last parts,
        and never as more than nine tenths of it: a decoder that hangs stands still here too."""
        with self._lock:
            if self.ended or self._opened is None:
                return
            total = self._total or self._opened.duration
            done = sum(self._heard.values())
            if self._speeds:
                speed = sum(self._speeds) / len(self._speeds)
                for index, (begun, length) in self._begun.items():
                    reckoned = min(0.9 * length, (time.monotonic() - begun) * speed)
                    done += max(0.0, reckoned - self._heard.get(index, 0.0))
            self._replies.send(
                {
                    "event": "progress",
                    "id": self.id,
                    "done_seconds": finite(min(done, total)),
                    "total_seconds": finite(total),
                    "steps": self.steps,
                }
            )

    def _send(self, reply: dict[str, Any]) -> None:
        with self._lock:
            if not self.ended:
                self._replies.send(reply | {"id": self.id})

    def _check_plan(self, plan: dict[str, Any]) -> None:
        try:
            spans = [(int(part["index"]), float(part["start"]), float(part["end"])) for part in plan["parts"]]
        except (KeyError, TypeError, ValueError) as error:
            raise WorkerError.bad_request(f"The plan is not one that this worker has sent: {error!r}.") from error
        if any(not 0 <= start < end <= self._wave.duration + 0.001 for _, start, end in spans):
            raise WorkerError(
                "permanent",
                "plan_mismatch",
                f"The plan is not for this audio: it names times outside the {self._wave.duration:.1f} s of {self._audio}.",
                "Ask again without a plan.",
            )
        if self._language is None and spans:
            self._language = self._recogniser.language_for(field(plan, "language", str, None), self._task)
            if self._language is None:
                raise WorkerError.bad_request("The plan names no language and neither does the request.")

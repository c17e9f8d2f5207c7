"""The sound that the recogniser hears, read piece by piece: 16 kHz, one channel, 16 bits."""

from __future__ import annotations

import errno
import os
import stat
import struct
from typing import Any

from worker_replies import WorkerError

RATE = 16_000
"""Samples a second; what the recogniser and its voice detector are made for."""

SHORTEST_PAUSE = RATE // 10
"""What counts as a pause at all; the cuts of stops inside words are shorter."""

Span = tuple[int, int]
"""A first sample and the one after the last."""


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

    def energy(self, start: int, end: int) -> float:
        """The sum of the squares of the samples between two places."""
        samples = self.read(start, end)
        return float((samples * samples).sum(dtype="float64"))

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

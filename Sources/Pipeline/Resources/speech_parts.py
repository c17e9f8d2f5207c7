"""Where a recording is cut: speech found by voice detection, joined into parts that end in silences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from speech_wave import RATE, SHORTEST_PAUSE, Span, Wave
from worker_replies import finite, loudness

WINDOW = 30 * RATE
"""What the recogniser hears at once."""

LONGEST_PART = WINDOW
"""A longer part would cost a second, nearly empty window."""

PADDING = RATE // 4
"""Silence kept around speech: voice detection hears a soft first or last sound a little late."""

CHOICE_OF_PAUSES = 8 * RATE
"""A part may be this much shorter than it could be, to end in a longer pause."""

LONG_PAUSE = 8 * RATE
"""A part never contains a longer pause: the recogniser tends to invent words in silence."""

STRETCH = 60 * RATE
"""Voice detection works on this much at once, so that memory does not grow with the recording."""

STRETCH_OVERLAP = 64 * 512
"""Heard, but not believed, on either side of a stretch: the detector starts without a memory."""


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


def split_overlong(speech: Sequence[Span], quietest: Callable[[int, int], int], longest: int) -> list[Span]:
    """Cuts speech that has no pause for longer than a part where it is quietest, which is hardly
    ever inside a word. ``quietest`` gets the first and last sample that may be chosen."""
    room = longest - 2 * PADDING
    pieces: list[Span] = []
    for start, end in speech:
        while end - start > room:
            cut = quietest(start + room // 2, min(start + room, end - 2 * RATE))
            pieces.append((start, cut))
            start = cut
        pieces.append((start, end))
    return pieces


def plan_parts(
    speech: Sequence[Span], frames: int, quietest: Callable[[int, int], int], longest: int = LONGEST_PART
) -> list[Span]:
    """Parts of at most ``longest`` samples that hold all speech, do not overlap, and begin and end in pauses."""
    pieces = split_overlong(speech, quietest, longest)
    groups: list[Span] = []
    first = 0
    while first < len(pieces):
        last = _last_piece(pieces, first, longest)
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


def _last_piece(pieces: Sequence[Span], first: int, longest: int) -> int:
    """The piece of speech to end a part with: near its greatest length, before the longest pause."""
    room = longest - 2 * PADDING

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


def described(wave: Wave, speech: Sequence[Span], energy: float, parts: Sequence[Span]) -> dict[str, Any]:
    """A plan as it is told, apart from the language. Times are seconds; ``energy`` is the sum of the squares of all samples."""
    return {
        "duration": finite(wave.duration),
        "speech_duration": finite(sum(end - start for start, end in speech) / RATE),
        "speech": [[finite(start / RATE), finite(end / RATE)] for start, end in speech],
        "loudness": loudness(energy, wave.frames),
        "parts": [{"index": index, "start": start / RATE, "end": end / RATE} for index, (start, end) in enumerate(parts)],
    }

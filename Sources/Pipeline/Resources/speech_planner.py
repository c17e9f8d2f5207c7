"""Plans how a recording is cut at silences, without a recogniser: prints one JSON object and ends.

For engines that hear on another machine. The plan is that of the worker's ``planned`` reply, apart from the language.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

from lifeline import die_with_parent
from speech_parts import PADDING, described, hear_speech, join_touching, plan_parts, stretches
from speech_wave import RATE, Span, Wave
from worker_replies import WorkerError


def plan(path: str, longest: int) -> dict[str, object]:
    """``longest`` is the length of a part in samples."""
    wave = Wave(path)
    spans = stretches(wave.frames)

    def hear(stretch: Span) -> tuple[list[Span], float]:
        return hear_speech(wave, stretch), wave.energy(*stretch)

    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        heard = list(threads.map(hear, spans))
    speech = join_touching([span for found, _ in heard for span in found])
    parts = plan_parts(speech, wave.frames, wave.quietest, longest)
    return described(wave, speech, sum(energy for _, energy in heard), parts) | {"language": "und"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Plans the parts of a recording for spoolscribe.")
    parser.add_argument("audio", help="16 kHz mono 16-bit PCM WAVE")
    parser.add_argument("--longest", type=float, default=600, help="seconds of a part at most")
    arguments = parser.parse_args()
    die_with_parent()
    try:
        reply = plan(arguments.audio, max(round(arguments.longest * RATE), 4 * PADDING + RATE))
    except WorkerError as error:
        reply = error.reply("error")
    except (ImportError, OSError, RuntimeError) as error:
        reply = WorkerError(
            "local",
            "library_missing",
            f"The voice detector cannot be loaded ({error}).",
            "Run scripts/setup to make the Python environment again.",
        ).reply("error")
    json.dump(reply, sys.stdout, allow_nan=False)
    print()


if __name__ == "__main__":
    main()

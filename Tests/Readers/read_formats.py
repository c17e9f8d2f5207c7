"""Reads every format of a bundle's transcript with somebody else's reader, and prints what each found as JSON."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pylrc
import pysubs2
import srt
import webvtt
from markdown_it import MarkdownIt

bundle = Path(sys.argv[1])


def text(name: str) -> str:
    return (bundle / name).read_text(encoding="utf-8")


cues = list(srt.parse(text("transcript.srt"), ignore_errors=False))
srt.compose(cues, strict=True)
captions = webvtt.read(str(bundle / "transcript.vtt"))
assert all(caption.identifier for caption in captions)
lyrics = pylrc.parse(text("transcript.lrc"))
with open(bundle / "transcript.tsv", encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True))
assert all(int(row["start"]) <= int(row["end"]) and row["text"] and None not in row for row in rows)
whisper = json.loads(text("transcript.json"))
for segment in whisper["segments"]:
    assert all(isinstance(segment[name], (int, float)) for name in ("id", "start", "end")) and isinstance(segment["text"], str)
    assert all({"start", "end", "word"} <= word.keys() for word in segment["words"])
tokens = MarkdownIt().parse(text("transcript.md"))

print(
    json.dumps(
        {
            "srt": len(cues),
            "srt_by_pysubs2": len(pysubs2.load(str(bundle / "transcript.srt"))),
            "vtt": len(captions),
            "chapters_in_vtt": sum(line.startswith("NOTE Chapter: ") for line in text("transcript.vtt").split("\n")),
            "chapters_track": len(webvtt.read(str(bundle / "chapters.vtt"))) if (bundle / "chapters.vtt").exists() else 0,
            "lrc": len(lyrics),
            "tsv": len(rows),
            "whisper_json": len(pysubs2.load_from_whisper(whisper)),
            "headings": sum(token.type == "heading_open" for token in tokens),
        }
    )
)

"""A spool with many finished videos, of which the real program makes its site.

Titles, names and comments are as odd as people and sites make them: markup, scripts, other directions, controls.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import sqlite3
import struct
import subprocess
import time
import wave
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = REPOSITORY / ".build" / "debug" / "spoolscribe"

SENTENCES = [
    "The council will meet again on Monday and decide about the new library.",
    "Visitors should bring their own bags because the shop has none left.",
    "The old bridge over the river was closed last winter after a heavy storm.",
    "The ferry carries six people at a time across the river.",
    "Harbour fees rise by two percent in spring.",
    "Nobody had expected so many students at the first lecture.",
]
# Wider than any screen, with no place to break it.
LONG_WORD = "unbreakable" * 40
ODD_TITLES = [
    "<script>alert(1)</script> & <b>bold</b>",
    "\u202egnirts desrever\u202c then more",
    "الاجتماع الثاني للمجلس",
    "図書館について話す",
    'Quotes " and \' and `ticks`',
    "control \x01\x0b\x1f\x85 and \ufffe",
    "a very long title " * 60,
    "</title><img src=x onerror=alert(1)>",
    "{{#page}}{{{title}}}{{/page}}",
    LONG_WORD,
]
# More than a page of their list holds; one more was worked on when its daemon was killed.
JOBS = 130
INTERRUPTED = "20261128-200000-abcdefgh"
SECONDS = 30


class SampleSite:
    """The spool in a folder, with `count` videos."""

    # Videos with an earlier version of their transcript and relations, and with two speakers.
    VERSIONS, SPEAKERS = 40, 41
    # The video whose every word is long.
    LONG = ODD_TITLES.index(LONG_WORD)

    def __init__(self, folder: Path, count: int) -> None:
        self.spool = folder / "spool"
        self.report = self.spool / "report"
        self.run("init")
        for number in range(count):
            self.add_video(number)
        self.run("rebuild")
        self.add_jobs(JOBS)
        self.build()

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [BINARY, "--spool", self.spool, *arguments], capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise AssertionError(f"{arguments}: {done.stderr}")
        return done.stdout

    def build(self) -> None:
        """Brings the site up to date."""
        self.run("report")

    @staticmethod
    def video_id(number: int) -> str:
        return f"web-{number:012x}"

    def title(self, number: int) -> str:
        return ODD_TITLES[number] if number < len(ODD_TITLES) else f"Talk {number} about bridges & ferries"

    def add_jobs(self, count: int) -> None:
        """Puts ended jobs into the record, of two users and sites, in the last days; every ninth has failed. A video is in the trash."""
        now = int(time.time() * 1000)
        failure = {"class": "permanent", "code": "not_found", "message": "nothing at this address (HTTP 404) <b>", "hint": "Check the link"}
        with contextlib.closing(sqlite3.connect(self.spool / ".spoolscribe" / "jobs.sqlite")) as database, database:
            database.execute(
                "INSERT INTO drops (drop_id, name, folder, user_id, taken_at) VALUES ('drop', 'links.txt', 'incoming', 'ann', ?)", (now,))
            database.execute(
                """INSERT INTO videos (video_id, job_id, title, user_id, created_at, updated_at, deleted_at, deleted_by)
                    VALUES ('web-deadbeef0000', 'job', 'Deleted </table> "today"', 'ann', ?, ?, ?, 'bob <b>')""", (now, now, now))
            for number in range(count):
                failed = number % 9 == 0
                ended = now - number * 3_600_000
                site = ("example.org", "example.net")[number % 2]
                database.execute(
                    """INSERT INTO jobs (job_id, drop_id, ordinal, site, url, user_id, priority, spec, status, stage, progress, max_retries,
                        created_at, started_at, ended_at, updated_at, failure) VALUES (?, 'drop', ?, ?, ?, ?, 5, '{}', ?, ?, 100, 3, ?, ?, ?, ?, ?)""",
                    (f"20261128-{100_000 + number}-abcdefgh", number, site, f"https://{site}/{number}.mp4", ("ann", "bob")[number % 3 == 0],
                     "failed" if failed else "completed", "downloading" if failed else "extracting_comments", ended - 60_000,
                     ended - 50_000, ended, ended, json.dumps(failure) if failed else None))
            database.execute(
                """INSERT INTO jobs (job_id, drop_id, ordinal, site, url, user_id, priority, spec, status, stage, stage_state, lease_owner,
                    lease_expires_at, progress, max_retries, created_at, started_at, updated_at) VALUES (?, 'drop', ?, 'example.org', 'https://example.org/long.mp4', 'ann',
                    5, '{}', 'transcribing', 'transcribing', 'running', 'killed', ?, 60, 3, ?, ?, ?)""", (INTERRUPTED, count, now, now, now, now))

    def add_video(self, number: int, extra: str = "") -> None:
        bundle = self.spool / "videos" / self.video_id(number)
        (bundle / "media").mkdir(parents=True, exist_ok=True)
        added = f"2026-11-{number % 28 + 1:02}T10:00:00.{number % 1000:03}Z"
        metadata = {
            "schema": 1, "video_id": self.video_id(number), "title": self.title(number), "site": "example.org",
            "media": {"container": "wav", "duration": SECONDS}, "tags": ["bridges", f"tag <{number % 7}>"], "added_at": added,
            "user_id": "ann", "url": f"https://example.org/{number}?a=1&b=<2>", "channel": f"Channel {number % 5} & more",
            "description": "About it.\nSecond line <i>here</i>.\n\nAnother paragraph.", "upload_date": f"2026-10-{number % 28 + 1:02}",
        }
        segments = []
        for place in range(6):
            text = SENTENCES[(number + place) % len(SENTENCES)]
            if place == 5:
                text += f" This is number {number}. {extra}".rstrip()
            start = place * 5
            segments.append({"id": place, "start": start, "end": start + 4.5, "text": f" {text}", "words": []})
        if number == 1:
            segments[0]["text"] = "<b>not bold</b> & \x02 " + "x" * 5000
            segments[1]["flags"] = ["low_confidence"]
        transcript = {
            "schema": 1, "language": "en", "language_probability": 0.99, "duration": SECONDS, "speech_duration": 27, "flags": [],
            "text": "".join(segment["text"] for segment in segments).strip(), "segments": segments,
            "provenance": {
                "engine": "faster-whisper", "engine_version": "1.2.1", "model": "tiny.en", "task": "transcribe",
                "job_id": f"job-{number}", "created_at": added, "elapsed_seconds": 3.5},
        }
        if number == self.LONG:
            segments[0]["text"] = LONG_WORD
            metadata |= {
                "channel": LONG_WORD, "channel_url": f"https://example.org/{LONG_WORD}", "description": LONG_WORD, "license": LONG_WORD,
                "tags": [LONG_WORD], "url": f"https://example.org/{LONG_WORD}"}
            (bundle / "captions").mkdir(exist_ok=True)
            for name in ("en.vtt", "de.auto.vtt"):
                (bundle / "captions" / name).write_text("WEBVTT\n", encoding="utf-8")
        if number == self.SPEAKERS:
            for place, segment in enumerate(segments):
                segment["speaker"] = f"Speaker {place % 2 + 1}"
        if number == self.VERSIONS:
            (bundle / "transcripts").mkdir(exist_ok=True)
            earlier = json.loads(json.dumps(transcript))
            earlier["provenance"] |= {"job_id": "job-earlier", "model": "base <en>", "created_at": "2026-10-01T10:00:00.000Z"}
            earlier["segments"][2]["text"] = " What was heard <i>at first</i>."
            self.write_json(bundle / "transcripts" / "job-earlier.json", earlier)
            node = f"video:{self.video_id(number)}"
            links = [{"kind": "link", "key": f"k{place}", "label": f"https://example.org/{place}", "url": f"https://example.org/{place}"}
                     for place in range(12)]
            self.write_json(bundle / "relations.json", {
                "schema": 1, "video_id": self.video_id(number),
                "nodes": [{"kind": "video", "key": self.video_id(number), "label": "x"}, {"kind": "category", "key": "news", "label": "News <b>"}, *links],
                "edges": [{"from": node, "verb": "in_category", "to": "category:news"}]
                + [{"from": node, "verb": "links_to", "to": f"link:{link['key']}"} for link in links]})
        self.write_json(bundle / "metadata.json", metadata)
        self.write_json(bundle / "transcript.json", transcript)
        (bundle / "transcript.txt").write_text(transcript["text"] + "\n", encoding="utf-8")
        (bundle / "transcript.vtt").write_text(
            "WEBVTT\n\n" + "".join(f"00:{place * 5:02}.000 --> 00:{place * 5 + 4:02}.000\nLine {place}\n\n" for place in range(6)),
            encoding="utf-8")
        chapters = [
            {"start": 0, "end": 12, "title": LONG_WORD if number == self.LONG else "Beginning <1>"}, {"start": 12, "end": 30, "title": "The rest"}]
        self.write_json(bundle / "chapters.json", {"schema": 1, "source": "site", "chapters": chapters})
        (bundle / "chapters.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:10.000\nBeginning\n", encoding="utf-8")
        comments = [
            {"comment_id": "1", "author": "Baker <b>", "text": f"I love ferries, says number {number} & <script>"},
            {"comment_id": "2", "parent_id": "1", "author": "Mayor", "text": "So do we!", "author_is_uploader": True},
        ]
        if number == self.LONG:
            comments += [
                {"comment_id": "3", "author": LONG_WORD, "text": LONG_WORD}, {"comment_id": "4", "parent_id": "3", "author": LONG_WORD, "text": LONG_WORD}]
        if number == 8:
            # More than the search shows of one video.
            comments += [{"comment_id": str(place), "author": "Walker", "text": f"That aqueduct,\nonce more: {place}"} for place in range(3, 8)]
        (bundle / "comments.jsonl").write_text("".join(json.dumps(comment) + "\n" for comment in comments), encoding="utf-8")
        self.write_sound(bundle / "media" / "audio.wav")
        files = sorted(path for path in bundle.rglob("*") if path.is_file() and path.name != "manifest.json")
        manifest = {
            "schema": 1, "video_id": self.video_id(number), "job_id": f"job-{number}", "created_at": added, "spoolscribe": "0.1.0",
            "engine": {"name": "faster-whisper", "version": "1.2.1", "model": "tiny.en"},
            "files": [
                {"path": str(path.relative_to(bundle)), "bytes": path.stat().st_size,
                 "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in files],
        }
        self.write_json(bundle / "manifest.json", manifest)

    @staticmethod
    def write_json(path: Path, value: object) -> None:
        path.write_text(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, separators=(",", " : ")), encoding="utf-8")

    @staticmethod
    def write_sound(path: Path) -> None:
        rate = 8000
        samples = (int(3000 * math.sin(place / 5)) for place in range(SECONDS * rate))
        with wave.open(str(path), "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(rate)
            writer.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


"""The recognition worker: the real process with real synthesised speech, and its pure functions."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

RESOURCES = Path(__file__).resolve().parents[2] / "Sources" / "Pipeline" / "Resources"
WORKER = RESOURCES / "whisper_worker.py"
sys.dont_write_bytecode = True
sys.path.insert(0, str(RESOURCES))

import recogniser  # noqa: E402
import speech_parts  # noqa: E402
import speech_wave  # noqa: E402
import transcription_request  # noqa: E402
import whisper_worker  # noqa: E402
import worker_replies  # noqa: E402

RATE = speech_wave.RATE
PATIENCE = 50
"""Seconds after which a silent worker is killed, so that a hanging test fails instead."""

SHORT_TEXT = "The old man walked down to the river and watched the boats. Then he went home and made a cup of tea."
LONG_TEXT = """
The morning was cold and the streets were empty. A young woman opened the door of her shop and put a table outside.
She sold bread and cheese and apples from the village. Her first customer was a teacher who lived on the other side of
the town. He bought two loaves of bread and asked about the weather. She told him that the snow would come before the
end of the week. After that a group of children came in and looked at the cakes in the window. They had very little
money, but she gave each of them something sweet. At noon the market was full of people and the air smelled of coffee.
A man with a guitar sat near the fountain and played a song that everybody knew. Some people stopped to listen and
others went on with their work. In the evening the woman closed her shop and walked home along the river. She thought
about the day and smiled. Tomorrow she would open the door again and wait for the first customer of the morning.
The house was warm and her brother had made soup for dinner. They talked about the summer and about the long road to
the sea. When the lights went out in the town, the snow began to fall.
"""


def words_of(text: str) -> list[str]:
    return re.sub(r"[^a-z' ]", " ", text.lower().replace("\n", " ")).split()


def word_error_rate(expected: str, heard: str) -> float:
    reference, hypothesis = words_of(expected), words_of(heard)
    row = list(range(len(hypothesis) + 1))
    for i, word in enumerate(reference, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(hypothesis, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (word != other))
    return row[-1] / len(reference)


def make_wave(path: Path, *source: str, rate: int = RATE, channels: int = 1) -> Path:
    subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-y",
            *source,
            "-ac",
            str(channels),
            "-ar",
            str(rate),
            "-c:a",
            "pcm_s16le",
            str(path),
        ],
        check=True,
    )
    return path


def say(path: Path, text: str) -> Path:
    spoken = path.with_suffix(".flite.wav")
    subprocess.run(["flite", "-voice", "slt", "-t", text.replace("\n", " "), "-o", str(spoken)], check=True)
    return make_wave(path, "-i", str(spoken))


folder: Path
short_wave: Path
long_wave: Path
shared: RunningWorker


def setUpModule() -> None:
    global folder, short_wave, long_wave, shared
    folder = Path(tempfile.mkdtemp(prefix="spoolscribe-worker-"))
    short_wave = say(folder / "short.wav", SHORT_TEXT)
    long_wave = say(folder / "long.wav", LONG_TEXT)
    shared = RunningWorker()


def tearDownModule() -> None:
    shared.close()
    shutil.rmtree(folder)


class RunningWorker:
    """A worker process and its conversation."""

    def __init__(self, *options: str, python: Iterable[str] = (sys.executable,)) -> None:
        options = options or ("--model", "tiny.en", "--compute-type", "int8", "--decoders", "2")
        self.process = subprocess.Popen(
            [*python, str(WORKER), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._log: list[str] = []
        self._log_reader = threading.Thread(target=self._log.extend, args=(self.process.stderr,), daemon=True)
        self._log_reader.start()
        self.first = self.next()
        while self.first["event"] in ("fetching", "loading"):
            self.first = self.next()

    def send(self, request: dict[str, Any] | str) -> None:
        line = request if isinstance(request, str) else json.dumps(request)
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def transcribe(self, name: str, audio: Path, **others: Any) -> None:
        self.send(
            {
                "op": "transcribe",
                "id": name,
                "audio": str(audio),
                "language": None,
                "task": "transcribe",
                "hotwords": None,
                "initial_prompt": None,
                "beam_size": 5,
                "plan": None,
                "done_parts": [],
            }
            | others
        )

    def next(self) -> dict[str, Any]:
        guard = threading.Timer(PATIENCE, self.process.kill)
        guard.start()
        assert self.process.stdout
        line = self.process.stdout.readline()
        guard.cancel()
        if not line:
            self.process.wait()
            raise AssertionError(f"the worker ended with {self.process.returncode}: {''.join(self._log)[-2000:]}")
        return json.loads(line)

    def next_news(self) -> dict[str, Any]:
        """The next reply that is more than a sign of life: those come every second, whatever else does."""
        reply = self.next()
        while reply["event"] == "progress":
            reply = self.next()
        return reply

    def until_ended(self, *names: str | None) -> list[dict[str, Any]]:
        """Every reply until each of these requests has ended."""
        replies: list[dict[str, Any]] = []
        open_names = set(names)
        while open_names:
            replies.append(self.next())
            if replies[-1]["event"] in ("done", "cancelled", "error"):
                open_names.discard(replies[-1]["id"])
        return replies

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(PATIENCE)
        self._log_reader.join()
        self.process.stderr.close()


def of(replies: list[dict[str, Any]], name: str, event: str) -> list[dict[str, Any]]:
    return [reply for reply in replies if reply.get("id") == name and reply["event"] == event]


def text_of(replies: list[dict[str, Any]], name: str) -> str:
    parts = sorted(of(replies, name, "part"), key=lambda part: part["index"])
    return " ".join(segment["text"] for part in parts for segment in part["segments"])


class RecognitionTests(unittest.TestCase):
    def test_ready_names_engine_and_model(self) -> None:
        ready = shared.first
        self.assertEqual("ready", ready["event"])
        self.assertEqual(
            ("faster-whisper", "tiny.en", "int8", "cpu", 2, False),
            tuple(ready[key] for key in ("engine", "model", "compute_type", "device", "decoders", "multilingual")),
        )
        self.assertRegex(ready["engine_version"], r"^\d+\.\d+")
        self.assertRegex(ready["ctranslate2_version"], r"^\d+\.\d+")
        self.assertTrue(os.path.isfile(os.path.join(ready["model_path"], "model.bin")))
        self.assertGreater(ready["load_seconds"], 0)

    def test_a_long_recording_is_heard_whole(self) -> None:
        shared.transcribe("long", long_wave)
        replies = shared.until_ended("long")
        plan, parts = of(replies, "long", "planned")[0], of(replies, "long", "part")
        self.assertEqual("planned", next(reply["event"] for reply in replies if reply["event"] != "progress"))
        self.assertEqual("done", replies[-1]["event"])
        self.assertEqual(("en", None), (plan["language"], plan["language_probability"]))
        self.assertGreaterEqual(len(plan["parts"]), 3)
        self.assertAlmostEqual(plan["speech_duration"], sum(end - start for start, end in plan["speech"]), places=1)
        self.assertTrue(-40 < plan["loudness"] < -5, plan["loudness"])
        self.assertEqual({part["index"] for part in plan["parts"]}, {part["index"] for part in parts})
        self.assertEqual(len(plan["parts"]), len(parts))
        self.assertLessEqual(word_error_rate(LONG_TEXT, text_of(replies, "long")), 0.05)

        for part in parts:
            planned = plan["parts"][part["index"]]
            self.assertEqual((planned["start"], planned["end"]), (part["start"], part["end"]))
            self.assertTrue(part["segments"])
            for segment in part["segments"]:
                self.assertTrue(segment["text"])
                self.assertTrue(segment["words"])
                self.assertEqual(segment["text"], "".join(word["word"] for word in segment["words"]).strip())
                for timed in [segment, *segment["words"]]:
                    self.assertLessEqual(part["start"] - 0.001, timed["start"])
                    self.assertLessEqual(timed["start"], timed["end"])
                    self.assertLessEqual(timed["end"], part["end"] + 0.001)

        progress = of(replies, "long", "progress")
        total = sum(part["end"] - part["start"] for part in plan["parts"])
        self.assertTrue(progress)
        for report in progress:
            # While it is heard for speech, nobody knows how much of it will be decoded.
            self.assertIn(report["total_seconds"], [plan["duration"], round(total, 3)])
            self.assertLessEqual(report["done_seconds"], report["total_seconds"] + 0.01)

        self._check_resumption(plan, parts)
        self._check_parts_hold_all_speech(plan)

    def _check_resumption(self, plan: dict[str, Any], parts: list[dict[str, Any]]) -> None:
        """Only the missing parts come, by the plan that was given (one end is moved to prove it)."""
        by_index = {part["index"]: part for part in parts}
        last = len(plan["parts"]) - 1
        given = json.loads(json.dumps(plan))
        given["parts"][last]["end"] -= 0.125
        shared.transcribe(
            "again", long_wave, plan=given, done_parts=[index for index in by_index if index not in (1, last)]
        )
        replies = shared.until_ended("again")
        again = {part["index"]: part for part in of(replies, "again", "part")}
        self.assertEqual({1, last}, set(again))
        self.assertEqual([], of(replies, "again", "planned"))
        self.assertEqual(by_index[1]["segments"], again[1]["segments"])
        self.assertEqual(given["parts"][last]["end"], again[last]["end"])

    def _check_parts_hold_all_speech(self, plan: dict[str, Any]) -> None:
        """The detector, given the whole recording at once, hears nothing outside the parts."""
        from faster_whisper.vad import VadOptions, get_speech_timestamps

        wave = speech_wave.Wave(str(long_wave))
        self.addCleanup(wave.close)
        options = VadOptions(min_silence_duration_ms=100, speech_pad_ms=0)
        speech = [(span["start"], span["end"]) for span in get_speech_timestamps(wave.read(0, wave.frames), options)]
        parts = [(round(part["start"] * RATE), round(part["end"] * RATE)) for part in plan["parts"]]
        # The detector's memory at a border of a stretch may move an edge by a few of its 32 ms frames.
        tolerance = 3 * 512
        for start, end in speech:
            covered = sum(max(0, min(end, last) - max(start, first)) for first, last in parts)
            self.assertGreaterEqual(covered, end - start - tolerance, f"speech at {start / RATE:.2f} s")

    def test_a_short_request_is_not_stuck_behind_a_long_one(self) -> None:
        shared.transcribe("first", long_wave)
        shared.transcribe("second", short_wave)
        replies = shared.until_ended("first", "second")
        ends = [reply["id"] for reply in replies if reply["event"] == "done"]
        self.assertEqual(["second", "first"], ends)
        self.assertLessEqual(word_error_rate(SHORT_TEXT, text_of(replies, "second")), 0.05)
        self.assertLessEqual(word_error_rate(LONG_TEXT, text_of(replies, "first")), 0.05)

    def test_cancel_ends_a_request_and_nothing_follows(self) -> None:
        shared.transcribe("doomed", long_wave)
        while shared.next()["event"] != "planned":
            pass
        shared.send({"op": "cancel", "id": "doomed"})
        shared.transcribe("after", short_wave)
        replies = shared.until_ended("doomed", "after")
        self.assertEqual([], of(replies, "doomed", "done"))
        mine = [reply["event"] for reply in replies if reply["id"] == "doomed"]
        self.assertEqual("cancelled", mine[-1])
        self.assertLess(mine.count("part"), 3)
        self.assertTrue(text_of(replies, "after"))

    def test_cancel_of_an_unknown_request_is_answered(self) -> None:
        shared.send({"op": "cancel", "id": "nobody"})
        self.assertEqual({"event": "cancelled", "id": "nobody"}, shared.next_news())

    def test_silence_and_music_have_no_parts(self) -> None:
        chord = "aevalsrc=0.2*sin(2*PI*220*t)+0.2*sin(2*PI*277*t)+0.2*sin(2*PI*330*t):d=8"
        for name, source, loudest in [
            ("silence", "anullsrc=r=16000:cl=mono:d=5", -99),
            ("music", chord, -5),
            ("empty", "anullsrc=r=16000:cl=mono:d=0", -99),
        ]:
            with self.subTest(name):
                wave = make_wave(
                    folder / f"{name}.wav", "-f", "lavfi", "-i", source, *(["-t", "0"] if name == "empty" else [])
                )
                shared.transcribe(name, wave)
                replies = [reply for reply in shared.until_ended(name) if reply["event"] != "progress"]
                self.assertEqual(["planned", "done"], [reply["event"] for reply in replies])
                self.assertEqual([], replies[0]["parts"])
                self.assertEqual([], replies[0]["speech"])
                self.assertTrue(loudest - 20 < replies[0]["loudness"] < loudest, replies[0]["loudness"])

    def test_hotwords_prompt_and_regional_language_are_taken(self) -> None:
        shared.transcribe("hints", short_wave, language="en-US", hotwords="river, tea", initial_prompt="A story.")
        replies = shared.until_ended("hints")
        self.assertLessEqual(word_error_rate(SHORT_TEXT, text_of(replies, "hints")), 0.05)


class RefusalTests(unittest.TestCase):
    def check_error(self, error: dict[str, Any], code: str) -> None:
        self.assertEqual(("error", "permanent", code), (error["event"], error["class"], error["code"]))
        self.assertTrue(error["message"])
        self.assertTrue(error["hint"])

    def test_unusable_audio_fails_alone(self) -> None:
        text = folder / "text.wav"
        text.write_text("This is no recording, whatever its name says, and it is long enough for a header.")
        cut = folder / "cut.wav"
        cut.write_bytes(short_wave.read_bytes()[:40_000])
        (folder / "header.wav").write_bytes(short_wave.read_bytes()[:20])
        os.mkfifo(folder / "pipe.wav")
        stereo = make_wave(folder / "stereo.wav", "-i", str(short_wave), rate=44_100, channels=2)
        bad = {
            "text": text,
            "cut": cut,
            "header": folder / "header.wav",
            "stereo": stereo,
            "absent": folder / "absent.wav",
            "pipe": folder / "pipe.wav",
            "folder": folder,
        }
        shared.transcribe("good", short_wave)
        for name, path in bad.items():
            shared.transcribe(name, path)
        replies = shared.until_ended("good", *bad)
        for name, path in bad.items():
            with self.subTest(name):
                mine = [reply for reply in replies if reply["id"] == name and reply["event"] != "progress"]
                self.assertEqual(1, len(mine))
                self.check_error(mine[0], "audio_unreadable")
                self.assertIn(str(path), mine[0]["message"])
        self.assertLessEqual(word_error_rate(SHORT_TEXT, text_of(replies, "good")), 0.05)

    def test_bad_lines_are_answered_without_an_id(self) -> None:
        for line in ["{not json", "[1]", '{"op":"dance","id":"x"}', '{"op":"cancel"}', '{"op":"transcribe","id":7}']:
            with self.subTest(line):
                shared.send(line)
                reply = shared.next_news()
                self.check_error(reply, "bad_request")
                self.assertIsNone(reply["id"])

    def test_wrong_fields_are_answered_with_the_id(self) -> None:
        cases = [
            ({"beam_size": "wide"}, "bad_request"),
            ({"beam_size": 0}, "bad_request"),
            ({"task": "sing"}, "bad_request"),
            ({"plan": {"parts": [{}]}}, "bad_request"),
            ({"plan": {"language": "en", "parts": [{"index": 0, "start": 0.0, "end": 9999.0}]}}, "plan_mismatch"),
            ({"task": "translate"}, "task_unsupported"),
            ({"language": "de"}, "language_unsupported"),
            ({"hotwords": "harpsichord " * 300}, "prompt_too_long"),
        ]
        for number, (fields, code) in enumerate(cases):
            with self.subTest(str(fields)[:60]):
                shared.transcribe(f"wrong-{number}", short_wave, **fields)
                reply = shared.next_news()
                self.check_error(reply, code)
                self.assertEqual(f"wrong-{number}", reply["id"])

    def test_a_second_request_with_the_same_id_disturbs_nothing(self) -> None:
        shared.transcribe("twin", short_wave)
        shared.transcribe("twin", short_wave)
        replies = shared.until_ended("twin")
        refused = [reply for reply in replies if reply["event"] == "error"]
        self.assertEqual([None], [reply["id"] for reply in refused])
        self.assertTrue(text_of(replies, "twin"))

    def test_a_model_that_cannot_be_had_is_fatal(self) -> None:
        for model in ["/nowhere/model", "enormous-v9", str(folder)]:
            with self.subTest(model):
                failed = RunningWorker("--model", model)
                self.assertEqual(
                    ("fatal", "local", "model_missing"), tuple(failed.first[key] for key in ("event", "class", "code"))
                )
                self.assertIn(model, failed.first["message"])
                self.assertEqual(3, failed.process.wait(PATIENCE))
                failed.close()

    def test_a_model_that_is_not_here_is_named_in_plain_words(self) -> None:
        # Without the network, as on a machine that has none.
        offline = RunningWorker("--model", "base.en", python=("env", "HF_HUB_OFFLINE=1", f"HF_HOME={folder}", sys.executable))
        self.assertEqual(
            "The model base.en is not on this machine, and huggingface.co cannot be reached.", offline.first["message"]
        )
        offline.process.wait(PATIENCE)
        offline.close()

    def test_a_missing_library_is_fatal(self) -> None:
        failed = RunningWorker(python=(sys.executable, "-S"))
        self.assertEqual(("fatal", "library_missing"), (failed.first["event"], failed.first["code"]))
        self.assertIn("scripts/setup", failed.first["hint"])
        self.assertEqual(3, failed.process.wait(PATIENCE))
        failed.close()


class LifeTests(unittest.TestCase):
    def test_past_its_limit_of_memory_it_finishes_what_it_hears_and_asks_to_be_renewed(self) -> None:
        # What it has grown to when it is ready, and a little more: the first part goes past it.
        small = RunningWorker("--model", "tiny.en", "--decoders", "1", "--memory", str(10**12))
        with open(f"/proc/{small.process.pid}/statm", encoding="ascii") as file:
            ready = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        small.close()
        mine = RunningWorker("--model", "tiny.en", "--decoders", "1", "--memory", str(ready + 20_000_000))
        mine.transcribe("growing", long_wave)
        replies = [mine.next()]
        while replies[-1]["event"] != "renewing":
            replies.append(mine.next())
        self.assertEqual(0, mine.process.wait(PATIENCE))
        heard = of(replies, "growing", "part")
        plan = of(replies, "growing", "planned")
        mine.close()
        self.assertEqual([], of(replies, "growing", "done"))
        shared.transcribe("rest", long_wave, plan=plan[0] if plan else None, done_parts=[part["index"] for part in heard])
        rest = shared.until_ended("rest")
        parts = sorted(heard + of(rest, "rest", "part"), key=lambda part: part["index"])
        text = " ".join(segment["text"] for part in parts for segment in part["segments"])
        self.assertLessEqual(word_error_rate(LONG_TEXT, text), 0.05)

    def test_a_model_larger_than_the_limit_is_refused(self) -> None:
        failed = RunningWorker("--model", "tiny.en", "--memory", "1000000")
        self.assertEqual(("fatal", "memory_limit"), (failed.first["event"], failed.first["code"]))
        self.assertIn("transcription.memory", failed.first["hint"])
        failed.close()

    def test_interrupt_is_ignored_and_end_of_input_ends_it_in_the_middle_of_work(self) -> None:
        mine = RunningWorker()
        mine.process.send_signal(signal.SIGINT)
        mine.transcribe("going", long_wave)
        self.assertEqual("planned", mine.next_news()["event"])
        begin = time.monotonic()
        assert mine.process.stdin
        mine.process.stdin.close()
        self.assertEqual(0, mine.process.wait(PATIENCE))
        self.assertLess(time.monotonic() - begin, 3)
        mine.close()

    def test_terminate_ends_it_promptly(self) -> None:
        mine = RunningWorker()
        mine.transcribe("going", long_wave)
        self.assertEqual("planned", mine.next_news()["event"])
        begin = time.monotonic()
        mine.process.terminate()
        self.assertEqual(-signal.SIGTERM, mine.process.wait(PATIENCE))
        self.assertLess(time.monotonic() - begin, 1)
        mine.close()

    def test_it_dies_with_its_parent(self) -> None:
        # The test holds the worker's standard input open, so only the parent's death can end it.
        keep_open, held = os.pipe()
        parent = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import subprocess, sys; subprocess.Popen(sys.argv[1:]).wait()",
                sys.executable,
                str(WORKER),
                "--model",
                "tiny.en",
                "--decoders",
                "1",
            ],
            stdin=keep_open,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        os.close(keep_open)
        assert parent.stdout
        self.assertIn(b'"loading"', parent.stdout.readline())
        self.assertIn(b'"ready"', parent.stdout.readline())
        parent.kill()
        guard = threading.Timer(10, os.close, (held,))
        guard.start()
        begin = time.monotonic()
        self.assertEqual(b"", parent.stdout.read())  # the worker held the other end
        self.assertLess(time.monotonic() - begin, 3)
        guard.cancel()
        os.close(held)
        parent.wait()
        parent.stdout.close()


def seconds(*spans: tuple[float, float]) -> list[tuple[int, int]]:
    return [(round(start * RATE), round(end * RATE)) for start, end in spans]


class PlanTests(unittest.TestCase):
    def plan(self, speech: list[tuple[int, int]], quietest: Any = None) -> list[tuple[int, int]]:
        frames = speech[-1][1] + RATE if speech else RATE
        parts = speech_parts.plan_parts(speech, frames, quietest or (lambda first, last: (first + last) // 2))
        for start, end in parts:
            self.assertLess(start, end)
            self.assertLessEqual(end - start, 30 * RATE)
        for (_, end), (start, _) in zip(parts, parts[1:]):
            self.assertLessEqual(end, start)
        if parts:
            self.assertGreaterEqual(parts[0][0], 0)
            self.assertLessEqual(parts[-1][1], frames)
        for start, end in speech:
            self.assertEqual(end - start, sum(max(0, min(end, last) - max(start, first)) for first, last in parts))
        return parts

    def test_nothing_spoken_has_no_parts(self) -> None:
        self.assertEqual([], self.plan([]))

    def test_little_is_one_part_with_padding(self) -> None:
        self.assertEqual(seconds((0.75, 12.25)), self.plan(seconds((1, 5), (6, 12))))

    def test_a_part_ends_in_the_longest_pause_near_its_greatest_length(self) -> None:
        speech = seconds((0, 10), (10.2, 23), (24, 26), (26.2, 29), (29.2, 40))
        self.assertEqual(seconds((0, 23.25), (23.75, 40.25)), self.plan(speech))

    def test_padding_takes_at_most_half_a_pause(self) -> None:
        self.assertEqual(seconds((0, 20.1), (20.1, 40.25)), self.plan(seconds((0, 20), (20.2, 40))))

    def test_a_long_pause_is_in_no_part(self) -> None:
        self.assertEqual(seconds((0.75, 3.25), (12.75, 15.25)), self.plan(seconds((1, 3), (13, 15))))

    def test_a_hundred_seconds_without_pause_are_cut_where_asked(self) -> None:
        offered: list[tuple[int, int]] = []

        def quietest(first: int, last: int) -> int:
            offered.append((first, last))
            return last - 3 * RATE

        parts = self.plan(seconds((0, 100)), quietest)
        self.assertEqual([last - 3 * RATE for _, last in offered], [start for start, _ in parts[1:]])
        self.assertEqual([end for _, end in parts[:-1]], [start for start, _ in parts[1:]])
        self.assertGreaterEqual(len(parts), 4)

    def test_random_speech_is_always_covered(self) -> None:
        dice = random.Random(20)
        for _ in range(300):
            speech, now = [], 0
            for _ in range(dice.randrange(1, 80)):
                start = now + dice.randrange(speech_wave.SHORTEST_PAUSE, dice.choice([8_000, 80_000, 400_000]))
                now = start + dice.randrange(512, dice.choice([50_000, 500_000, 2_000_000]))
                speech.append((start, now))
            self.plan(speech, lambda first, last: dice.randrange(first, last + 1))

    def test_stretches_are_joined_again(self) -> None:
        border = speech_parts.STRETCH
        self.assertEqual(
            [(border - 900, border + 700), (border + 90_000, border + 95_000)],
            speech_parts.join_touching([(border, border + 700), (border + 90_000, border + 95_000), (border - 900, border)]),
        )
        self.assertEqual(
            [(0, border), (border, 2 * border), (2 * border, 2 * border + 5)], speech_parts.stretches(2 * border + 5)
        )
        self.assertEqual([], speech_parts.stretches(0))

    def test_languages_are_averaged_over_windows(self) -> None:
        windows = [[("fr", 0.9), ("de", 0.1)], [("de", 0.7), ("fr", 0.3)], [("de", 0.9), ("fr", 0.1)]]
        language, probability = recogniser.average_languages(windows)
        self.assertEqual("de", language)
        self.assertAlmostEqual((0.1 + 0.7 + 0.9) / 3, probability)


class StubRequest:
    """A request whose units only write down their turn."""

    def __init__(self, name: str, units: int, turns: list[str], finished: threading.Event) -> None:
        self.id, self.running, self.ended, self.parts_sent = name, 0, False, 0
        self.waiting = deque([lambda: turns.append(name)] * units)
        self.closed = finished
        self.attempt = lambda unit: unit()

    def _advance(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed.set()


class StubRecogniser:
    """Stands for a model that knows many languages; in silence it is never asked to hear."""

    def language_for(self, language: str | None, task: str) -> str | None:
        return language

    def check_prompt(self, hotwords: str | None, initial_prompt: str | None) -> None:
        pass


class SpokenReplies:
    """Keeps what would be sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, reply: dict[str, Any]) -> None:
        self.sent.append(reply)


class SilenceTests(unittest.TestCase):
    def test_a_model_of_many_languages_names_none_when_nobody_speaks(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            audio = make_wave(Path(folder) / "silence.wav", "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "3")
            replies = SpokenReplies()
            fields = {"id": "quiet", "audio": str(audio)}
            for plan in (None, {}):
                request = transcription_request.Request(
                    fields | ({} if plan is None else {"plan": replies.sent[0]}), StubRecogniser(), replies
                )
                while not request.ended:
                    if not request.waiting:
                        request.waiting.append(request._advance)
                    request.attempt(request.waiting.popleft())
                request.close()
        self.assertEqual(["planned", "done", "done"], [reply["event"] for reply in replies.sent])
        self.assertEqual(("und", []), (replies.sent[0]["language"], replies.sent[0]["parts"]))


class DecodersTests(unittest.TestCase):
    def test_requests_take_turns_and_are_closed_when_they_have_ended(self) -> None:
        turns: list[str] = []
        events = [threading.Event() for _ in range(3)]
        hold = threading.Event()
        long, other, short = [
            StubRequest(name, units, turns, event)
            for name, units, event in zip(["long", "other", "short"], [5, 3, 1], events)
        ]
        long.waiting.appendleft(lambda: hold.wait(PATIENCE) and None)
        decoders = whisper_worker.Decoders(1, worker_replies.Replies(os.open(os.devnull, os.O_WRONLY)))
        for request in (long, other, short):
            decoders.add(request)
        self.assertTrue(decoders.has("long"))
        hold.set()
        for event in events:
            self.assertTrue(event.wait(PATIENCE))
        self.assertEqual(["other", "short", "long", "other", "long", "other", "long", "long", "long"], turns)
        self.assertFalse(decoders.has("long"))


class VoiceTests(unittest.TestCase):
    def test_borders_of_stretches_lose_no_speech(self) -> None:
        from faster_whisper.vad import VadOptions, get_speech_timestamps

        wave = speech_wave.Wave(str(long_wave))
        self.addCleanup(wave.close)
        options = VadOptions(min_silence_duration_ms=100, speech_pad_ms=0)
        whole = [(span["start"], span["end"]) for span in get_speech_timestamps(wave.read(0, wave.frames), options)]
        # Many borders instead of the one that a minute of speech has.
        short_stretches = [(start, min(start + 2 * RATE, wave.frames)) for start in range(0, wave.frames, 2 * RATE)]
        heard = speech_parts.join_touching(
            [span for stretch in short_stretches for span in speech_parts.hear_speech(wave, stretch)]
        )
        for start, end in whole:
            covered = sum(max(0, min(end, last) - max(start, first)) for first, last in heard)
            self.assertGreaterEqual(covered, end - start - 3 * 512, f"speech at {start / RATE:.2f} s")
        self.assertLessEqual(abs(len(heard) - len(whole)), 2)


class WaveTests(unittest.TestCase):
    def open(self, path: Path) -> speech_wave.Wave:
        wave = speech_wave.Wave(str(path))
        self.addCleanup(wave.close)
        return wave

    def test_the_quietest_place_is_found(self) -> None:
        source = "aevalsrc=if(between(t\\,13\\,13.3)\\,0.001\\,0.5)*sin(2*PI*440*t):d=20:s=16000"
        wave = self.open(make_wave(folder / "dip.wav", "-f", "lavfi", "-i", source))
        self.assertTrue(13 * RATE <= wave.quietest(5 * RATE, 18 * RATE) <= 13.3 * RATE)

    def test_both_long_forms_of_the_header_are_read(self) -> None:
        plain = self.open(short_wave)
        rf64 = self.open(make_wave(folder / "rf64.wav", "-i", str(short_wave), "-rf64", "always"))
        piped = folder / "piped.wav"
        piped.write_bytes(
            subprocess.run(
                ["ffmpeg", "-v", "error", "-i", str(short_wave), "-c", "copy", "-f", "wav", "-"],
                check=True,
                capture_output=True,
            ).stdout
        )
        for other in (rf64, self.open(piped)):
            self.assertEqual(plain.frames, other.frames)
            self.assertTrue((plain.read(1000, 9000) == other.read(1000, 9000)).all())

    def test_a_file_cut_while_it_is_read_is_an_error_and_no_crash(self) -> None:
        path = folder / "shrinking.wav"
        shutil.copy(short_wave, path)
        wave = self.open(path)
        os.truncate(path, 5000)
        with self.assertRaises(worker_replies.WorkerError) as caught:
            wave.read(0, wave.frames)
        self.assertEqual("permanent", caught.exception.failure_class)


if __name__ == "__main__":
    unittest.main()

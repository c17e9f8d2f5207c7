"""The launcher: real yt-dlp against real servers on loopback addresses, and the decisions by themselves."""

from __future__ import annotations

import http.server
import io
import ipaddress
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import wave
from pathlib import Path

RESOURCES = Path(__file__).resolve().parents[2] / "Sources" / "Pipeline" / "Resources"
LAUNCHER = RESOURCES / "ytdlp_launcher.py"
sys.dont_write_bytecode = True
sys.path.insert(0, str(RESOURCES))

import ytdlp_launcher as launcher  # noqa: E402

PATIENCE = 40
MARKER = "spoolscribe: address refused: {} is not public"


def a_recording() -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(b"\0\1" * 4000)
    return data.getvalue()


class Site(http.server.ThreadingHTTPServer):
    """A web site on one loopback address that remembers what was asked of it."""

    daemon_threads = True

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), Page)
        self.requests: list[str] = []
        self.redirect_to = ""
        self.hung = threading.Event()
        self.url = f"http://{address}:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Page(http.server.BaseHTTPRequestHandler):
    server: Site
    body = a_recording()

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        if self.path.startswith("/away"):
            self.send_response(302)
            self.send_header("Location", self.server.redirect_to)
            self.end_headers()
            return
        if self.path == "/hang":
            self.server.hung.set()
            self.rfile.read(1)  # until the other side is gone
            return
        playlist = f"#EXTM3U\n#EXTINF:1,\n{self.server.redirect_to}\n#EXT-X-ENDLIST\n".encode()
        kind, body = (
            ("application/vnd.apple.mpegurl", playlist) if self.path.endswith(".m3u8") else ("audio/wav", self.body)
        )
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class DownloadTests(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="spoolscribe-launcher-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.open, self.closed = Site("127.0.0.1"), Site("127.0.0.2")
        for site in (self.open, self.closed):
            self.addCleanup(site.server_close)
            self.addCleanup(site.shutdown)

    def launch(
        self,
        *arguments: str,
        allow: tuple[str, ...] = ("127.0.0.1",),
        environment: dict[str, str] | None = None,
        limit: int | None = None,
    ) -> subprocess.CompletedProcess[str]:
        ours = [word for address in allow for word in ("--allow", address)]
        ours += ["--max-file-size", str(limit)] if limit else []
        theirs = [
            "--no-cache-dir",
            "--retries",
            "0",
            "--fragment-retries",
            "0",
            "--extractor-retries",
            "0",
            "--paths",
            str(self.folder),
            "--output",
            "got.%(ext)s",
            *arguments,
        ]
        return subprocess.run(
            [sys.executable, str(LAUNCHER), *ours, "--", *theirs],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env=clean_environment() | (environment or {}),
        )

    def got(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def test_an_allowed_address_is_downloaded_and_converted_and_deno_is_found(self) -> None:
        result = self.launch("--verbose", "--extract-audio", "--audio-format", "flac", f"{self.open.url}/talk.wav")
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertEqual(["got.flac"], self.got())
        self.assertRegex(result.stderr, r"exe versions: .*ffmpeg")
        self.assertRegex(result.stderr, r"JS runtimes: .*deno-\d")

    def test_an_address_that_is_not_allowed_is_refused(self) -> None:
        result = self.launch(f"{self.open.url}/talk.wav", allow=())
        self.assertNotEqual(0, result.returncode)
        self.assertIn(MARKER.format("127.0.0.1"), result.stderr)
        self.assertEqual(([], []), (self.open.requests, self.got()))

    def test_a_name_for_a_private_address_is_refused(self) -> None:
        result = self.launch(f"http://localhost:{self.open.server_port}/talk.wav", allow=())
        self.assertRegex(result.stderr, MARKER.format(r"(127\.0\.0\.1|::1)"))
        self.assertEqual([], self.open.requests)

    def test_no_file_grows_past_its_limit(self) -> None:
        result = self.launch(f"{self.open.url}/talk.wav", limit=1000)
        self.assertNotEqual(0, result.returncode)
        self.assertIn("File too large", result.stderr)

    def test_a_cookie_file_is_lent(self) -> None:
        cookies = self.folder / "cookies.txt"
        text = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tname\tvalue\n"
        cookies.write_text(text)
        result = self.launch("--cookies", str(cookies), f"{self.open.url}/talk.wav")
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertEqual(text, cookies.read_text())
        self.assertNotIn("value", result.stdout + result.stderr)

    def test_a_redirect_to_an_allowed_address_is_followed(self) -> None:
        self.open.redirect_to = f"{self.closed.url}/talk.wav"
        result = self.launch(f"{self.open.url}/away.wav", allow=("127.0.0.0/30",))
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertEqual(["got.wav"], self.got())

    def test_a_redirect_to_a_refused_address_is_refused(self) -> None:
        self.open.redirect_to = f"{self.closed.url}/talk.wav"
        result = self.launch(f"{self.open.url}/away.wav")
        self.assertNotEqual(0, result.returncode)
        self.assertIn(MARKER.format("127.0.0.2"), result.stderr)
        self.assertTrue(self.open.requests)
        self.assertEqual(([], []), (self.closed.requests, self.got()))

    def test_a_name_that_leads_elsewhere_at_the_second_look_is_refused_then(self) -> None:
        names = self.folder / "fake_names.so"
        source = Path(__file__).parents[1] / "FakeNames" / "fake_names.c"
        subprocess.run(["clang", "-shared", "-fPIC", "-o", str(names), str(source), "-ldl"], check=True)
        self.open.redirect_to = f"http://rebind.test:{self.open.server_port}/talk.wav"
        result = self.launch(
            self.open.redirect_to.replace("talk.wav", "away"),
            environment={"LD_PRELOAD": str(names), "FAKE_NAMES_FILE": str(self.folder / "looks")},
        )
        self.assertNotEqual(0, result.returncode)
        self.assertIn(MARKER.format("127.0.0.2"), result.stderr)
        self.assertEqual((["/away"], []), (self.open.requests, self.closed.requests))

    def test_a_playlist_that_points_to_a_refused_address_is_refused(self) -> None:
        self.open.redirect_to = f"{self.closed.url}/piece.ts"
        result = self.launch(f"{self.open.url}/live.m3u8")
        self.assertNotEqual(0, result.returncode)
        self.assertIn(MARKER.format("127.0.0.2"), result.stderr)
        self.assertEqual([], self.closed.requests)

    def test_ffmpeg_does_not_download(self) -> None:
        result = self.launch("--download-sections", "*0-0.2", f"{self.open.url}/talk.wav")
        self.assertNotEqual(0, result.returncode)
        self.assertIn("spoolscribe: program refused: ffmpeg may open local files only", result.stderr)
        self.assertNotIn("got.wav", self.got())

    def test_other_downloaders_do_not_exist(self) -> None:
        # Programs of these names are there, so that only the launcher keeps them from running.
        for name in ("curl", "aria2c"):
            program = self.folder / name
            program.write_text(f"#!/bin/sh\ntouch {self.folder}/ran\n")
            program.chmod(0o755)
            with self.subTest(name):
                result = self.launch("--downloader", f"{self.folder}/{name}", f"{self.open.url}/talk.wav")
                self.assertNotEqual(0, result.returncode)
                self.assertIn("downloader", result.stderr)
                self.assertEqual(["aria2c", "curl"] if name == "aria2c" else ["curl"], self.got())

    def test_commands_are_not_run(self) -> None:
        result = self.launch("--exec", f"touch {self.folder}/ran", f"{self.open.url}/talk.wav")
        self.assertIn("spoolscribe: program refused: sh", result.stderr)
        self.assertEqual(["got.wav"], self.got())

    def test_it_dies_with_its_parent(self) -> None:
        command = [
            sys.executable,
            str(LAUNCHER),
            "--allow",
            "127.0.0.1",
            "--",
            "--no-cache-dir",
            f"{self.open.url}/hang",
        ]
        parent = subprocess.Popen(
            [sys.executable, "-c", "import subprocess, sys; subprocess.Popen(sys.argv[1:]).wait()", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=clean_environment(),
        )
        self.assertTrue(self.open.hung.wait(PATIENCE))
        parent.kill()
        assert parent.stdout
        guard = threading.Timer(5, self.open.socket.close)
        guard.start()
        # Ends when the last writer is gone. yt-dlp's own patience with a silent site is 20 s.
        reader = threading.Thread(target=parent.stdout.read, daemon=True)
        reader.start()
        reader.join(5)
        self.assertFalse(reader.is_alive(), "the launcher outlived its parent")
        guard.cancel()
        self.assertEqual(-signal.SIGKILL, parent.wait())
        parent.stdout.close()


def clean_environment() -> dict[str, str]:
    """Without proxies of this machine, which would take all requests."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


class GateTests(unittest.TestCase):
    """In a process of its own: an audit hook can't be taken out again."""

    def attempt(self, code: str, *allow: str) -> str:
        program = f"""
import ipaddress, os, socket, subprocess, sys
sys.path.insert(0, {str(RESOURCES)!r})
sys.dont_write_bytecode = True
import ytdlp_launcher
sys.addaudithook(ytdlp_launcher.Gatekeeper([ipaddress.ip_network(a) for a in {allow!r}]))
try:
    {code}
except OSError as error:
    print(error)
else:
    print("went through")
"""
        return subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE
        ).stdout.strip()

    def test_ways_around_are_closed(self) -> None:
        cases = {
            "socket.socket(socket.AF_UNIX).connect('/run/some.sock')": "address refused: AF_UNIX:'/run/some.sock'",
            "socket.socket().connect(('localhost', 9))": "address refused: 'localhost'",
            "socket.socket().connect(('', 9))": "address refused: ''",
            "socket.socket().connect_ex(('10.0.0.1', 9))": "address refused: 10.0.0.1",
            "socket.socket(socket.AF_INET6).connect(('::ffff:127.0.0.1', 9))": "address refused: ::ffff:127.0.0.1",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.168.1.1', 9))": "address refused: 192.168.1.1",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('169.254.169.254', 80))": "address refused: 169.254.169.254",
            "socket.socket().bind(('0.0.0.0', 8080))": "address refused: ('0.0.0.0', 8080)",
            "os.system('true')": "program refused: os.system",
            "subprocess.run(['true'])": "program refused: true",
            "subprocess.run('true', shell=True)": "program refused: sh",
            "os.execv('/bin/true', ['true'])": "program refused: os.exec",
            "os.posix_spawn('/bin/true', ['true'], {})": "program refused: true",
            "subprocess.run(['ffmpeg', '-i', 'http://127.0.0.1/x'])": "program refused: ffmpeg may open local files only",
            "subprocess.run(['ffprobe', 'https://127.0.0.1/x'])": "program refused: ffprobe may open local files only",
        }
        for code, expected in cases.items():
            with self.subTest(code):
                self.assertIn(f"spoolscribe: {expected}", self.attempt(code))

    def test_needed_ways_are_open(self) -> None:
        for code in [
            "socket.socket().bind(('0.0.0.0', 0))",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))",
            "socket.socketpair()",
            "subprocess.run(['ffmpeg', '-version'], stdout=subprocess.DEVNULL, check=True)",
            f"subprocess.run([{str(Path(sys.executable).parent / 'deno')!r}, '--version'], stdout=subprocess.DEVNULL, check=True)",
        ]:
            with self.subTest(code):
                self.assertEqual("went through", self.attempt(code, "127.0.0.1"))


class AddressTests(unittest.TestCase):
    PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"]
    NOT_PUBLIC = [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:c0a8:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ]

    def test_public_addresses_are_told_from_others(self) -> None:
        for expected, addresses in [(True, self.PUBLIC), (False, self.NOT_PUBLIC)]:
            for address in addresses:
                with self.subTest(address):
                    self.assertEqual(expected, launcher.is_public(ipaddress.ip_address(address)))

    def test_an_allowed_range_counts_also_inside_ipv6(self) -> None:
        gate = launcher.Gatekeeper([ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")])
        for address, expected in [
            ("10.9.9.9", True),
            ("::ffff:10.9.9.9", True),
            ("fd12::1", True),
            ("11.0.0.1", True),
            ("192.168.0.1", False),
            ("::ffff:192.168.0.1", False),
        ]:
            with self.subTest(address):
                self.assertEqual(expected, gate.admits(ipaddress.ip_address(address)))

    def test_ffmpeg_arguments_that_name_an_address_are_known(self) -> None:
        for argument, is_input, expected in [
            ("file:a:b.mp4", True, False),
            ("/tmp/a:b.mp4", True, False),
            ("pipe:0", True, False),
            ("-", True, False),
            ("talk.wav", True, False),
            ("http:x", True, True),
            ("crypto:file:x", True, True),
            ("rtmp://x", False, True),
            ("concat:http://a|b", False, True),
            ("purl=https://x.org/", False, False),
            ("0:v", False, False),
            ("file:out.mp4", False, False),
            ("-c:v", False, False),
        ]:
            with self.subTest(argument):
                self.assertEqual(expected, launcher.names_address(argument, is_input))


class ArgumentTests(unittest.TestCase):
    def test_arguments_are_split_at_the_first_border(self) -> None:
        allowed, numbers, theirs = launcher.split_arguments(
            ["--allow", "10.0.0.1", "--comments", "5", "--allow", "10.1.2.3/16", "--", "-x", "--", "http://a"]
        )
        self.assertEqual({"--comments": 5}, numbers)
        self.assertEqual([ipaddress.ip_network("10.0.0.1/32"), ipaddress.ip_network("10.1.0.0/16")], allowed)
        self.assertEqual(["-x", "--", "http://a"], theirs)

    def test_wrong_use_is_told_and_exits_with_2(self) -> None:
        for arguments in [
            [],
            ["--allow"],
            ["--allow", "--"],
            ["--allow", "everything", "--"],
            ["--deny", "10.0.0.1", "--"],
            ["--comments", "many", "--"],
        ]:
            with self.subTest(arguments):
                result = subprocess.run(
                    [sys.executable, str(LAUNCHER), *arguments], capture_output=True, text=True, timeout=PATIENCE
                )
                self.assertEqual(2, result.returncode)
                self.assertTrue(result.stderr.startswith("ytdlp_launcher.py: "), result.stderr)


if __name__ == "__main__":
    unittest.main()

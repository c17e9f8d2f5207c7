"""Runs yt-dlp so that it can only reach public addresses and only start the programs it needs.

Usage: ``python ytdlp_launcher.py [--allow ADDRESS_OR_CIDR]... [--comments NUMBER] [--max-file-size BYTES] -- YTDLP_ARGUMENTS...``

With ``--max-file-size``, no file grows past that: yt-dlp itself heeds its ``--max-filesize`` only where a
server tells the size before.

With ``--comments``, each comment is printed as ``SPOOL-COMMENT {JSON}`` as it comes, at most so many:
yt-dlp itself would gather them all before it writes the first, and a video may have a million.

Links come from strangers. Looking at the link would not help: a public page may redirect to, and a
public name may resolve to, an address inside our network. So the address is looked at when a
connection is opened, in an audit hook, which Python code cannot go around or take away. Its message
holds ``spoolscribe: address refused: ADDRESS is not public``, on which the daemon relies.

What keeps the traffic of other code out of reach of links:

* External downloaders open their own connections, where no hook sees them. ``--downloader native``
  is given first, yt-dlp's table of external downloaders is emptied, and, whatever
  else may lead there, the hook refuses to start any program but ffmpeg, ffprobe and deno.
* ffmpeg merges and converts local files. It is refused as soon as it is given an address, which is
  what ``FFmpegFD`` does (live streams; parts of videos).
* deno is started by yt-dlp without permissions: no network, no files.
* curl_cffi would do its networking in C. It is not installed, and cannot be imported even if it were.
* A user's yt-dlp configuration and plug-ins are not loaded.

A proxy is reached like any other address, so a private one must be allowed; what it connects to
is then its own business.
"""

from __future__ import annotations

import ipaddress
import itertools
import json
import os
import re
import resource
import socket
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from lifeline import die_with_parent

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PROGRAMS = frozenset({"ffmpeg", "ffprobe", "deno"})

GLOBAL_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
"""All that is handed out. The standard library calls some of the rest global, such as fec0::/10."""

NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "2001::/23", "2001:db8::/32", "3fff::/20")))
"""Special ranges that older versions of the standard library don't know."""

EMBEDDED_V4 = {"::/96": 0, "::ffff:0:0/96": 0, "64:ff9b::/96": 0, "2002::/16": 80}
"""IPv6 ranges that stand for an IPv4 address (compatible, mapped, NAT64, 6to4), and the bits to its right."""

_embedded_v4 = tuple((ipaddress.IPv6Network(network), shift) for network, shift in EMBEDDED_V4.items())


class Refused(PermissionError):
    """Raised instead of doing it. An ``OSError``, so that yt-dlp reports it like any failed connection."""


def embedded_v4(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to, if it does."""
    if isinstance(address, ipaddress.IPv6Address):
        for network, shift in _embedded_v4:
            if address in network:
                return ipaddress.IPv4Address(int(address) >> shift & 0xFFFF_FFFF)
    return None


def is_public(address: Address) -> bool:
    """Is the address one that anybody on the internet could reach?"""
    if (inner := embedded_v4(address)) is not None:
        return is_public(inner)
    if address.version == 6 and address not in GLOBAL_UNICAST_V6:
        return False
    if any(address in network for network in NOT_PUBLIC):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class Gatekeeper:
    """The audit hook: decides about connections and programs."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = tuple(allowed)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            self._check_address(*arguments)
        elif event == "socket.bind":
            self._check_bind(*arguments)
        elif event in ("subprocess.Popen", "os.posix_spawn"):
            self._check_program(arguments[0], arguments[1])
        elif event in ("os.system", "os.exec", "os.forkpty", "pty.spawn"):
            raise Refused(f"spoolscribe: program refused: {event} is not used by yt-dlp's own work")

    def _check_address(self, sock: Any, address: Any) -> None:
        if address is None:
            return  # already connected, and checked then
        if sock.family not in (socket.AF_INET, socket.AF_INET6):
            raise self._refused(f"{sock.family.name}:{address!r}" if hasattr(sock.family, "name") else repr(address))
        host = address[0]
        try:
            # Text only: a number would be taken for an address, and a name is looked up after this
            # hook, when it is too late. Libraries look names up first and connect to the answers.
            if not isinstance(host, str):
                raise ValueError(host)
            destination = ipaddress.ip_address(host)
        except ValueError:
            raise self._refused(repr(host)) from None
        if not self.admits(destination):
            raise self._refused(host)

    def admits(self, address: Address) -> bool:
        candidates = [address] if (inner := embedded_v4(address)) is None else [address, inner]
        if any(candidate in network for candidate in candidates for network in self._allowed):
            return True
        return is_public(address)

    def _check_bind(self, sock: Any, address: Any) -> None:
        """The source of an outgoing connection (``--force-ipv4``, ``--source-address``) may be chosen;
        a fixed port would be for listening, and nothing in yt-dlp listens."""
        if sock.family not in (socket.AF_INET, socket.AF_INET6) or address[1] != 0:
            raise self._refused(repr(address))

    def _check_program(self, executable: Any, arguments: Any) -> None:
        program = os.path.basename(os.fsdecode(executable))
        if program not in PROGRAMS:
            raise Refused(f"spoolscribe: program refused: {program} is not one of {', '.join(sorted(PROGRAMS))}")
        if program == "deno":
            return
        previous = ""
        for argument in map(os.fsdecode, arguments[1:]):
            if names_address(argument, is_input=previous == "-i"):
                raise Refused(f"spoolscribe: program refused: {program} may open local files only")
            previous = argument

    @staticmethod
    def _refused(address: str) -> Refused:
        return Refused(f"spoolscribe: address refused: {address} is not public")


def names_address(argument: str, is_input: bool) -> bool:
    """Would ffmpeg open a connection for this argument?

    yt-dlp writes local files as ``file:NAME``. Metadata such as ``purl=https://...`` is only text.
    """
    if is_input:
        return re.match(r"[^/]*:", argument) is not None and not argument.startswith(("file:", "pipe:"))
    return re.match(r"[\w+.,:-]*://", argument) is not None and not argument.startswith("file:")


def split_arguments(arguments: Sequence[str]) -> tuple[list[Network], dict[str, int], list[str]]:
    """What is before and after the first ``--``. Raises ``ValueError`` with a message for people."""
    if "--" not in arguments:
        raise ValueError("yt-dlp's arguments must come after '--'")
    border = arguments.index("--")
    ours, theirs = list(arguments[:border]), list(arguments[border + 1 :])
    allowed: list[Network] = []
    numbers: dict[str, int] = {}
    while ours:
        option = ours.pop(0)
        if option not in ("--allow", "--comments", "--max-file-size") or not ours:
            raise ValueError(
                f"unknown or incomplete option {option!r}; only --allow ADDRESS_OR_CIDR, --comments NUMBER and "
                "--max-file-size BYTES are known"
            )
        if option == "--allow":
            allowed.append(ipaddress.ip_network(ours.pop(0), strict=False))
        else:
            numbers[option] = int(ours.pop(0))
    return allowed, numbers, theirs


def disable_external_downloaders() -> None:
    """Leaves yt-dlp with its own downloaders. Later options could override ``--downloader native``."""
    from yt_dlp.downloader import external

    # `external` keeps its table of all of them, by name, for `--downloader`. ffmpeg stays in it: it
    # is also asked whether formats can be merged; as a downloader it is stopped by the hook.
    for name in [name for name in external._BY_NAME if name != "ffmpeg"]:
        del external._BY_NAME[name]


def lend_cookies() -> None:
    """Leaves the cookie file as it is. yt-dlp would write it anew at its end, several runs over one another."""
    from yt_dlp import YoutubeDL

    YoutubeDL.save_cookies = lambda self: None  # type: ignore[method-assign]


def say_why() -> None:
    """Has each error told that ends a download by ``--load-info-json``.

    yt-dlp tells some of them only when it goes on with the page's address, which the daemon leaves out.
    """
    from yt_dlp import YoutubeDL
    from yt_dlp.utils import DownloadError

    original = YoutubeDL.download_with_info_file

    def download_with_info_file(self: YoutubeDL, name: str) -> Any:
        try:
            return original(self, name)
        except DownloadError as error:
            self.to_stderr(f"ERROR: {str(error).removeprefix('ERROR: ')}")
            raise

    YoutubeDL.download_with_info_file = download_with_info_file  # type: ignore[method-assign]


def stream_comments(limit: int) -> None:
    """Has the comments of an extractor printed one by one, in the place of gathering them."""
    from yt_dlp.extractor.common import InfoExtractor

    def extract_comments(self: InfoExtractor, *args: Any, **kwargs: Any) -> Any:
        if not self.get_param("getcomments"):
            return None
        comments = self._get_comments(*args, **kwargs)

        def extractor() -> dict[str, Any]:
            try:
                for comment in itertools.islice(comments, limit):
                    print(f"SPOOL-COMMENT {json.dumps(comment)}")
            except self.CommentsDisabled:
                pass
            finally:
                sys.stdout.flush()
            # An extractor may know the comments without asking; those stay where they are.
            return {}

        return extractor

    InfoExtractor.extract_comments = extract_comments  # type: ignore[method-assign]


def main(arguments: Sequence[str]) -> NoReturn:
    try:
        allowed, numbers, ytdlp_arguments = split_arguments(arguments)
    except ValueError as error:
        print(f"ytdlp_launcher.py: {error}", file=sys.stderr)
        sys.exit(2)
    die_with_parent()
    sys.modules["curl_cffi"] = None  # type: ignore[assignment]  # makes its import fail
    sys.addaudithook(Gatekeeper(allowed))

    import yt_dlp

    disable_external_downloaders()
    lend_cookies()
    say_why()
    if "--comments" in numbers:
        stream_comments(numbers["--comments"])
    if (limit := numbers.get("--max-file-size")) is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    yt_dlp.main(["--ignore-config", "--no-plugin-dirs", "--downloader", "native", *ytdlp_arguments])
    sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])

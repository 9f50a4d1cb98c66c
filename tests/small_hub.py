"""A model hub of the tests' own on loopback: it answers as the real one does, and misbehaves on request."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

REPOSITORY, COMMIT = "someone/tiny-clip", "0123456789abcdef0123456789abcdef01234567"


@dataclass
class SmallHub:
    """Serves files at REPOSITORY and COMMIT; each knob is one way in which a hub can fail.

    Attributes:
        cut_after: a body ends after so many bytes, for as many answers as ``cuts`` says.
        wrong: names of files whose bytes are spoiled, for as many answers as ``wrongs`` says.
        statuses: what the next answers for files say instead (a status; with headers of ``status_headers``).
        stalls: an answer for a file says nothing until the hub ends.
        asked: (path, headers in lower case) of every request.
    """

    files: dict[str, bytes]
    cut_after: int | None = None
    cuts: int = 1
    wrong: set[str] = field(default_factory=set)
    wrongs: int = 99
    statuses: list[int] = field(default_factory=list)
    list_statuses: list[int] = field(default_factory=list)
    status_headers: dict[str, str] = field(default_factory=dict)
    list_body: bytes | None = None
    ignores_ranges: bool = False
    stalls: bool = False
    told_sizes: dict[str, int] = field(default_factory=dict)
    extra_bytes: bytes = b""
    redirects_to: str | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    address: str = ""
    ended: threading.Event = field(default_factory=threading.Event)
    connections: list[socket.socket] = field(default_factory=list)

    @property
    def ranges(self) -> list[str]:
        return [headers["range"] for _, headers in self.asked if "range" in headers]

    def asked_for(self, name: str) -> int:
        return sum(path.endswith(f"/{name}") for path, _ in self.asked)

    def listing(self) -> bytes:
        """As /api/models/…/revision/…?blobs=true answers: large files (LFS) with sha256, others with git's SHA-1."""
        siblings: list[dict[str, Any]] = []
        for name, data in self.files.items():
            told = {"rfilename": name, "size": self.told_sizes.get(name, len(data)), "blobId": git_blob(data)}
            if name.endswith((".safetensors", ".bin")):
                sha256 = hashlib.sha256(data).hexdigest()
                told["lfs"] = {"size": told["size"], "sha256": sha256, "pointerSize": 134}
            siblings.append(told)
        told = {"_id": "1", "id": REPOSITORY, "sha": COMMIT, "siblings": siblings, "cardData": {"license": "mit"}}
        return json.dumps(told).encode()


@contextmanager
def serve(files: Mapping[str, bytes]) -> Iterator[SmallHub]:
    hub = SmallHub(dict(files))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        hub.ended.set()
        server.shutdown()
        thread.join()
        for connection in hub.connections:  # kept alive by a client, each with a thread that waits for more
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        server.server_close()


def tiny_files(weights: int = 200_000) -> dict[str, bytes]:
    """A CLIP folder that passes every check that needs no torch; nobody could embed with it."""
    shapes = {"visual_projection.weight": [32, weights // 64], "text_projection.weight": [32, weights // 64]}
    header, place = {}, 0
    for name, (rows, columns) in shapes.items():
        header[name] = {"dtype": "F16", "shape": [rows, columns], "data_offsets": [place, place + 2 * rows * columns]}
        place += 2 * rows * columns
    told = json.dumps(header).encode()
    data = hashlib.shake_128(b"weights").digest(place)
    return {
        "config.json": b'{"model_type": "clip", "architectures": ["CLIPModel"]}',
        "preprocessor_config.json": b'{"image_processor_type": "CLIPImageProcessor"}',
        "tokenizer.json": b"{}",
        "model.safetensors": struct.pack("<Q", len(told)) + told + data,
    }


def files_of(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def manifest_of(files: Mapping[str, bytes], /, **changes: object) -> dict[str, Any]:
    """A manifest of one model with these files, all facts known."""
    told = {
        "id": "tiny",
        "name": "Tiny CLIP",
        "kind": "embedder",
        "repository": REPOSITORY,
        "commit": COMMIT,
        "licence": "MIT",
        "languages": ["en"],
        "recommended_for": ["en"],
        "dim": 32,
        "edge_px": 32,
        "resize": "crop",
        "text_tokens": 16,
        "lower_cased": True,
        "padding": "longest",
        "verified": False,
        "files": [
            {"name": name, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "verified": False}
            for name, data in files.items()
        ],
    }
    return {"models": [{**told, **changes}]}


def text_tower_of(files: Mapping[str, bytes], /, **changes: object) -> dict[str, Any]:
    """The entry of a text tower with these files, which serves "tiny"."""
    told = manifest_of(files)["models"][0]
    own = {"id": "tiny-german", "name": "Tiny German", "kind": "text_tower", "edge_px": None, "resize": None}
    lengths = {"text_tokens": 12, "lower_cased": False}
    return {**told, **own, **lengths, "serves": ["tiny"], "languages": ["mul"], "recommended_for": [], **changes}


def git_blob(data: bytes) -> str:
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()


def _handler(hub: SmallHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            hub.connections.append(self.connection)

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.asked.append((path, {name.lower(): value for name, value in self.headers.items()}))
            if path == f"/api/models/{REPOSITORY}/revision/{COMMIT}":
                self._list()
            elif path.startswith(f"/{REPOSITORY}/resolve/{COMMIT}/"):
                self._send_file(path.removeprefix(f"/{REPOSITORY}/resolve/{COMMIT}/"))
            else:
                self._fail(404, {"X-Error-Code": "RepoNotFound"})

        def _list(self) -> None:
            if hub.list_statuses:
                self._fail(hub.list_statuses.pop(0), hub.status_headers)
                return
            body = hub.list_body or hub.listing()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _send_file(self, name: str) -> None:
            if hub.stalls:
                hub.ended.wait(30)
                self.close_connection = True
            elif hub.statuses:
                self._fail(hub.statuses.pop(0), hub.status_headers)
            elif hub.redirects_to:
                self._fail(302, {"Location": hub.redirects_to + self.path, "X-Linked-Size": "1"})
            elif name not in hub.files:
                self._fail(404, {"X-Error-Code": "EntryNotFound"})
            else:
                self._send_bytes(name)

        def _send_bytes(self, name: str) -> None:
            data = hub.files[name] + hub.extra_bytes
            if name in hub.wrong and hub.wrongs > 0:
                hub.wrongs -= 1
                data = bytes(len(data) - 1) + b"?"
            start = 0
            if not hub.ignores_ranges and (asked := self.headers.get("Range")):
                start = int(asked.removeprefix("bytes=").rstrip("-"))
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            else:
                self.send_response(200)
            self.send_header("ETag", f'"{git_blob(data)}"')
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            body = data[start:]
            if hub.cut_after is not None and hub.cuts > 0 and len(body) > hub.cut_after:
                hub.cuts -= 1
                body = body[: hub.cut_after]
                self.close_connection = True
            with suppress(ConnectionError):  # whoever asked may have had enough
                self.wfile.write(body)

        def _fail(self, status: int, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler

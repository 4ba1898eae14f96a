"""The hub as a server on the loopback address: HTTP, connections, and the faults that are planned."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hub.faults import Faults
from hub.routes import Call, Reply, answer
from hub.store import Repo, Store

REFUSALS = {
    "500": Reply({"error": "Internal Error - We're working hard to fix this as soon as possible!"}, 500),
    "503": Reply({"error": "Service Unavailable"}, 503),
    "429": Reply({"error": "We have rate-limited this token"}, 429, {"Retry-After": "0"}),
}


class Hub(ThreadingHTTPServer):
    """A running hub: `url` is its address, `store` what it keeps, `faults` what goes wrong."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.store, self.faults = Store(), Faults()
        self.open: set[socket.socket] = set()

    def dataset(self, name: str) -> Repo:
        """Return a dataset repository."""
        return self.store.repos["dataset", name]

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing where a client hangs up, which tests make it do."""


@contextmanager
def running() -> Iterator[Hub]:
    """Yield a hub that answers until the block ends."""
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        thread.join()
        for connection in list(hub.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        hub.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Hub

    def _handle(self) -> None:
        address = urlsplit(self.path)
        fault = self.server.faults.next(f"{self.command} {address.path}")
        if fault == "reset":
            self.rfile.read(int(self.headers.get("Content-Length") or 0) // 2)
            return self._reset()
        call = Call(
            self.command, address.path, parse_qs(address.query), self.headers, self._body(),
            f"http://{self.headers['Host']}",
        )  # fmt: skip
        if fault in REFUSALS:
            return self._send(REFUSALS[fault])
        if fault == "stale":
            self.server.store.intrude()
        reply = answer(self.server.store, call)
        if fault == "lost":
            return self._reset()
        return self._send(reply, cut=fault == "truncated")

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _handle  # noqa: N815 (the base class looks for these)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, reply: Reply, *, cut: bool = False) -> None:
        body = json.dumps(reply.value).encode() if reply.body is None else reply.body
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json" if reply.body is None else "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
            self.close_connection = self.close_connection or cut

    def _reset(self) -> None:
        """Close the connection at once, unread and unanswered, so that the client sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep standard error for what matters."""

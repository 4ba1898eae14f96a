"""A loopback interface like OpenAI's for chats; it ends with its context."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Asked = dict[str, Any]


@contextmanager
def chat_server(reply: Callable[[Asked, int], tuple[int, str]]) -> Iterator[tuple[str, list[Asked]]]:
    """Yield the address and a list of what was sent: bodies, with `path` and `key` (the authorization) added.

    `reply` gets a body and how many came so far, and returns a status and the text of the message.
    """
    sent: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            sent.append(body | {"path": self.path, "key": self.headers.get("Authorization")})
            status, text = reply(body, len(sent))
            data = json.dumps({"choices": [{"index": 0, "message": {"content": text}}]}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", sent
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""A server of a handful of pages for this machine only.  Standard library; knows no form and keeps nothing that it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ..errors import refuse


def serve(pages: Mapping[str, tuple[str, bytes]], port: int = 0) -> ThreadingHTTPServer:
    """A server on 127.0.0.1 that answers GET for these paths and nothing else; port 0 = any free one. FORM-123: port taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = pages.get(self.path.partition("?")[0], ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it
            """No log: a page that is looked at is nobody's business."""

    try:
        return ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except (OSError, OverflowError) as error:
        raise refuse("FORM-123", "--port", expected="1024 … 65535", got=port) from error

"""The floor that pages are measured against: Flask alone on the product's server. `python -m bench.hello`."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, request

from app.config import Settings
from app.web.server import make_server


def make_app() -> Flask:
    """One view that says a word, and one that receives a body and throws it away."""
    app = Flask(__name__)

    @app.get("/hello")
    def hello() -> str:
        return "Hello"

    @app.post("/receive")
    def receive() -> str:
        while request.stream.read(65_536):
            pass
        return "Received"

    return app


def main() -> None:
    """Serve until told to stop."""
    port = int(os.environ["VERMILION_PORT"])
    settings = Settings(Path("/nonexistent"), "sqlite://", f"http://localhost:{port}", "", port=port)
    make_server(make_app(), settings).run()


if __name__ == "__main__":
    main()

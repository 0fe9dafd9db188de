"""A real site in a process of its own, and a plain visitor over real HTTP."""

from __future__ import annotations

import http.cookiejar
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JOURNEY = ROOT / "tests" / "journey_content"


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """`python wsgi.py` on an instance folder of its own; may be killed and started again."""

    instance: Path
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address."""
        return f"http://localhost:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """The variables that the process gets."""
        return {
            "VERMILION_INSTANCE": str(self.instance),
            "VERMILION_PORT": str(self.port),
            "VERMILION_COURSES": str(JOURNEY / "courses"),
            "VERMILION_QUIZZES": str(JOURNEY / "quizzes"),
            "VERMILION_PASSWORD_MEMORY_KIB": "8",
            "VERMILION_PASSWORD_TIME_COST": "1",
            "VERMILION_STAFF_SECOND_FACTOR": "optional",
            "VERMILION_LOG_LEVEL": "warning",
            **self.environment,
        }

    def start(self, *, seconds: float = 40) -> float:
        """Start the process and wait until it answers; returns how long that took."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("VERMILION_")}
        began = time.monotonic()
        with (self.instance.parent / f"{self.instance.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "wsgi.py")],
                env=clean | self.settings,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while time.monotonic() - began < seconds:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2):
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"The site did not start:\n{self.log()}")

    def log(self) -> str:
        """What the process printed."""
        return (self.instance.parent / f"{self.instance.name}.log").read_text(errors="replace")[-6000:]

    def kill(self) -> None:
        """SIGKILL the process and everything that it started: no handler runs, nothing is flushed."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """Ask the process to end, and wait."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    url: str
    text: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


class Visitor:
    """Somebody with a browser without script: cookies, forms, CSRF tokens."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.token = ""
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar, _NoRedirect)

    def get(self, path: str) -> Answer:
        """Fetch a page and remember its token."""
        return self._send(urllib.request.Request(self.site.url + path))

    def post(self, path: str, data: dict[str, object]) -> Answer:
        """Send a form."""
        pairs = [(k, v) for k, values in data.items() for v in (values if isinstance(values, list) else [values])]
        body = urllib.parse.urlencode([*pairs, ("csrf_token", self.token)]).encode()
        return self._send(urllib.request.Request(self.site.url + path, data=body, headers=self._headers()))

    def upload(self, path: str, data: dict[str, str], name: str, content: bytes) -> Answer:
        """Send a form with one file in the field "photo"."""
        mark = secrets.token_hex(12)
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
            for k, v in {**data, "csrf_token": self.token}.items()
        ]
        head = f'--{mark}\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\n'
        parts += [f"{head}Content-Type: image/jpeg\r\n\r\n".encode(), content, f"\r\n--{mark}--\r\n".encode()]
        headers = self._headers() | {"Content-Type": f"multipart/form-data; boundary={mark}"}
        return self._send(urllib.request.Request(self.site.url + path, data=b"".join(parts), headers=headers))

    def _headers(self) -> dict[str, str]:
        return {"Referer": self.site.url + "/", "X-CSRFToken": self.token}

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=30) as response:
                answer = Answer(response.status, response.headers.get("Location", ""), response.read().decode())
        except urllib.error.HTTPError as error:
            answer = Answer(error.code, error.headers.get("Location", ""), error.read().decode(errors="replace"))
        found = re.search(r'name="csrf-token" content="([^"]+)"', answer.text)
        self.token = found.group(1) if found else self.token
        return answer

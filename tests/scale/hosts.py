"""An academy on several hosts: PostgreSQL, Redis and an S3-compatible store, two web processes, two workers.

Each process has an instance folder of its own, with nothing in it but a copy of the issuer's keys.
"""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from tests.support import postgres
from tests.support.services import RedisServer, S3Server
from tests.support.site import ROOT, Answer, Site, Visitor

BUCKET = "academy"
NO_FILES: Mapping[str, bytes] = {}


@dataclass
class WorkerHost:
    """`flask worker` on an instance folder of its own."""

    instance: Path
    settings: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it finds its work by itself."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("VERMILION_")}
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "--threads", "2"]
        environment = {**clean, **self.settings, "VERMILION_INSTANCE": str(self.instance)}
        with self.instance.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """SIGKILL it and what it started."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(30)

    def log(self) -> str:
        """What it printed."""
        path = self.instance.with_suffix(".log")
        return path.read_text(errors="replace") if path.exists() else ""


@dataclass
class Academy:
    """Two web hosts and two workers that share nothing but the three services."""

    folder: Path
    database_url: str
    redis: RedisServer
    store: S3Server
    web: list[Site] = field(default_factory=list)
    workers: list[WorkerHost] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.web = [Site(self.folder / f"web-{name}") for name in "ab"]
        public = f"http://localhost:{self.web[0].port}"
        shared = {
            "VERMILION_ENVIRONMENT": "production",
            "VERMILION_SECRET_KEY": "shared-by-every-host-of-this-academy-0000",
            "VERMILION_PUBLIC_URL": public,
            "VERMILION_DATABASE_URL": self.database_url,
            "VERMILION_REDIS_URL": self.redis.url,
            "VERMILION_STORAGE": "s3",
            "VERMILION_S3_ENDPOINT": self.store.endpoint,
            "VERMILION_S3_BUCKET": BUCKET,
            "VERMILION_S3_ACCESS_KEY": self.store.access_key,
            "VERMILION_S3_SECRET_KEY": self.store.secret_key,
            "VERMILION_WORKERS": "0",
            "VERMILION_THREADS": "4",
            "VERMILION_STAFF_SECOND_FACTOR": "optional",
            "VERMILION_SIGN_UP": "direct",
        }
        for site in self.web:
            site.environment.update(shared)
        self.workers = [WorkerHost(self.folder / f"worker-{n}", self.web[0].settings) for n in (1, 2)]

    def give_keys(self) -> None:
        """Copy the keys that the first host made to all others, as an operator mounts one secret everywhere."""
        for instance in (self.web[1].instance, *(worker.instance for worker in self.workers)):
            instance.mkdir(mode=0o700, exist_ok=True)
            shutil.copytree(self.web[0].instance / "keys", instance / "keys", dirs_exist_ok=True)

    def logs(self) -> str:
        """The end of what everybody printed."""
        return "\n".join(f"--- {one.instance.name}\n{one.log()[-3000:]}" for one in (*self.web, *self.workers))

    def close(self) -> None:
        """End every process that still runs."""
        for one in (*self.web, *self.workers):
            if one.process is not None and one.process.poll() is None:
                one.kill()


@contextmanager
def academy(folder: Path) -> Iterator[Academy]:
    """The three services with nothing in them, and hosts that are not started yet."""
    redis, store = RedisServer(folder / "redis"), S3Server(folder / "s3")
    with postgres.server() as address, postgres.database(address, f"scaled_{os.getpid()}") as url:
        found = Academy(folder, url, redis, store)
        try:
            redis.start()
            store.start()
            store.make_bucket(BUCKET)
            yield found
        except BaseException:
            print(found.logs())
            raise
        finally:
            found.close()
            store.kill()
            redis.kill()


class Balancer:
    """Names another host for every request, as a load balancer without sticky sessions; a dead one is left out."""

    def __init__(self, sites: list[Site]) -> None:
        self._sites = sites
        self._turns = itertools.cycle(sites)
        self.at = sites[0]

    @property
    def url(self) -> str:
        """The address of the host whose turn it is."""
        return self.at.url

    def turn(self) -> None:
        """Go on to the next host that runs."""
        for _ in self._sites:
            self.at = next(self._turns)
            if self.at.process is not None and self.at.process.poll() is None:
                return


class Roaming(Visitor):
    """Somebody whose every request goes to another host; a request that a dying host broke off is sent again."""

    def __init__(self, sites: list[Site]) -> None:
        self.balancer = Balancer(sites)
        super().__init__(self.balancer)  # type: ignore[arg-type]

    def get(self, path: str, *, binary: bool = False) -> Answer:
        """As Visitor.get; the path may be a whole address of the site. What is `binary` has no text."""
        self.balancer.turn()
        if not binary:
            return self._again(lambda: Visitor.get(self, path_of(path)))
        try:
            with self._opener.open(self.balancer.url + path_of(path), timeout=30) as answer:
                return Answer(answer.status, "", "")
        except urllib.error.HTTPError as error:
            return Answer(error.code, "", "")

    def post(self, path: str, data: dict[str, object]) -> Answer:
        """As Visitor.post."""
        self.balancer.turn()
        return self._again(lambda: Visitor.post(self, path_of(path), data))

    def submit(self, path: str, select: str, *, files: Mapping[str, bytes] = NO_FILES, **values: object) -> Answer:
        """Open a page and send a form of it as a browser would, with some fields filled in; files are JPEGs."""
        page = self.get(path)
        form = BeautifulSoup(page.text, "html.parser").select_one(select)
        assert form is not None, f"There is no form {select} on {path}: {page.status}\n{page.text[:1500]}"
        action = str(form.get("action") or path).partition("#")[0]
        if files:
            self.balancer.turn()
            body, kind = _multipart({**_fields(form), **values, "csrf_token": self.token}, files)
            address = self.balancer.url + path_of(action)
            return self._send(urllib.request.Request(address, body, {**self._headers(), "Content-Type": kind}))
        return self.post(action, {**_fields(form), **values})

    def _again(self, send) -> Answer:  # type: ignore[no-untyped-def]
        try:
            return send()
        except urllib.error.URLError:
            self.balancer.turn()
            return send()


def path_of(address: str) -> str:
    """The path (and query) of an address, whichever host it names."""
    return urllib.parse.urlsplit(address)._replace(scheme="", netloc="").geturl()


def _multipart(values: Mapping[str, object], files: Mapping[str, bytes]) -> tuple[bytes, str]:
    """The body of a form with files, and its type."""
    mark = secrets.token_hex(12)
    body = bytearray()
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            body += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{one}\r\n'.encode()
    for name, data in files.items():
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.jpg"\r\n'
        body += f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + data + b"\r\n"
    return bytes(body + f"--{mark}--\r\n".encode()), f"multipart/form-data; boundary={mark}"


def _fields(form: Tag) -> dict[str, object]:
    data: dict[str, list[str]] = {}
    for each in form.select("input[name], select[name], textarea[name]"):
        name, kind = str(each["name"]), each.get("type")
        if name == "csrf_token" or kind in ("file", "submit") or each.find_parent("template"):
            continue
        if kind in ("radio", "checkbox") and not each.has_attr("checked"):
            continue
        if each.name == "select":
            chosen = each.find("option", selected=True) or each.find("option")
            value = chosen.get("value", "") if isinstance(chosen, Tag) else ""
        else:
            value = each.get_text() if each.name == "textarea" else each.get("value", "")
        data.setdefault(name, []).append(str(value))
    return dict(data)

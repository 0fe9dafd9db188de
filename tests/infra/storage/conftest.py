"""A real S3-compatible store for the tests that every store must pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from app.infra.storage.s3 import ObjectStorage, s3_storage
from tests.support.services import S3Server

BUCKET = "photos"


@dataclass
class SeaweedFS:
    """A running store."""

    server: S3Server

    def empty_storage(self, **wrong: str) -> ObjectStorage:
        """A store with nothing in it, in a prefix of its own; `wrong` settings take the place of the right ones."""
        settings = {
            "endpoint": self.server.endpoint,
            "bucket": BUCKET,
            "region": "us-east-1",
            "access_key": self.server.access_key,
            "secret_key": self.server.secret_key,
            "prefix": uuid4().hex,
        }
        return s3_storage(**{**settings, **wrong})


@pytest.fixture(scope="package")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """SeaweedFS with an empty bucket: it checks signatures, and says no to who may not."""
    server = S3Server(tmp_path_factory.mktemp("seaweedfs") / "data")
    server.start()
    server.make_bucket(BUCKET)
    yield SeaweedFS(server)
    server.kill()

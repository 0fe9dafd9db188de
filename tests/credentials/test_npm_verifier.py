"""Engines of the npm registry (Digital Bazaar, jose) verify what the running site serves, fetching nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.credentials.models import Credential
from app.domain.access.actor import Actor, Role
from app.domain.credentials.contexts import bundled
from app.infra.runtime import Runtime, utc_now
from bootstrap import ROOT, StepFailedError, digest, step
from tests.conftest import Browser
from tests.factories.credentials import SampleState, issue_sample
from tests.support import registry

pytestmark = pytest.mark.slow
HERE = ROOT / "tests" / "support" / "verifier"


def installed() -> Path:
    """The folder with the script and its locked packages; installed once, skipped where there is no registry."""
    lock, names = HERE / "package-lock.json", ("package.json", "package-lock.json", "verify.mjs")
    folder = registry.TOOLS / f"verifier-{digest(lock, HERE / 'verify.mjs')[:12]}"
    if folder.is_dir():
        return folder
    try:
        with registry.all_or_nothing(folder) as unfinished:
            for name in names:
                shutil.copy(HERE / name, unfinished)
            options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", f"--prefix={unfinished}"]
            step(
                "fetching independent verifiers from the npm registry", ["npm", "ci", *options], registry.environment()
            )
    except (StepFailedError, OSError) as problem:
        pytest.skip(f"no independent verifier: {problem}")
    return folder


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_engines_of_others_verify_what_the_site_serves(
    session: Session,
    runtime: Runtime,
    browse: Callable[..., Browser],
    make_user: Callable[..., Actor],
    journey: None,
    tmp_path: Path,
) -> None:
    folder, site = installed(), browse()
    # These engines know no clock but the machine's.
    runtime.now = utc_now
    made: dict[SampleState, Credential] = {
        state: issue_sample(session, runtime, make_user(Role.STUDENT, name="Amara Osei"), state=state)
        for state in ("valid", "revoked", "expired")
    }
    session.commit()
    for state, credential in made.items():
        for form in ("json", "jwt"):
            (tmp_path / f"{state}.{form}").write_bytes(site.get(f"/credentials/{credential.number}.{form}").data)
    valid = (tmp_path / "valid.json").read_text()
    head, _, signature = (tmp_path / "valid.jwt").read_text().split(".")
    (tmp_path / "altered.json").write_text(valid.replace("Amara Osei", "Mallory Osei"))
    (tmp_path / "altered.jwt").write_text(f"{head}.{(tmp_path / 'revoked.jwt').read_text().split('.')[1]}.{signature}")
    list_url = json.loads(valid)["credentialStatus"]["statusListCredential"]
    (tmp_path / "list.json").write_bytes(site.get(list_url.removeprefix("https://academy.test")).data)
    (tmp_path / "did.json").write_bytes(site.get("/.well-known/did.json").data)
    (tmp_path / "contexts.json").write_text(json.dumps({url: dict(found) for url, found in bundled().items()}))
    done = subprocess.run(
        [registry.node(), folder / "verify.mjs", tmp_path], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["valid"]["json"] == {"verified": True, "revoked": False, "error": None}, answer
    assert answer["valid"]["jwt"] == {"verified": True, "error": None}
    # Digital Bazaar says "verified" of a revoked file and names the bit apart (credentials.md 3.2).
    assert answer["revoked"]["json"]["revoked"], answer
    assert not answer["expired"]["json"]["verified"] and not answer["expired"]["jwt"]["verified"]
    assert not answer["altered"]["json"]["verified"] and not answer["altered"]["jwt"]["verified"]
    assert "fetch" not in done.stdout

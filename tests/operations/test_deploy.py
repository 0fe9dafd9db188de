"""What lies in deploy/ is what the tools that will read it understand, and agrees with the settings of the house.

hadolint, kubernetes-validate, compose-spec and crossplane come from the package index (tools/deploy.txt).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.config import Settings
from app.web.server import FINISH_SECONDS
from tests.support import registry

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
OLDEST_KUBERNETES = "1.29"
KNOWN = {f"VERMILION_{field.name.upper()}" for field in fields(Settings)}


@pytest.fixture(scope="module")
def tools() -> Path:
    return registry.wheel_folder("deploy")


def run(tools: Path, *command: str, given: str = "") -> str:
    """Run a tool of that folder; it must end with status 0."""
    environment = {**os.environ, "PYTHONPATH": str(tools)}
    done = subprocess.run(command, cwd=ROOT, env=environment, input=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def documents(path: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(path.read_text()) if each]


def manifests() -> list[dict[str, Any]]:
    return [each for path in KUBERNETES for each in documents(path)]


def test_the_tools_find_nothing_wrong(tools: Path) -> None:
    hadolint = tools / "bin" / "hadolint"
    hadolint.chmod(0o755)
    run(tools, str(hadolint), "--strict-labels", str(DEPLOY / "Containerfile"))
    files = [str(path) for path in KUBERNETES if path.name != "kustomization.yaml"]
    run(tools, sys.executable, "-m", "kubernetes_validate", "-k", OLDEST_KUBERNETES, "--strict", *files)
    compose = json.dumps(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))  # merges are resolved on the way
    check = "import sys, compose_spec; print(*compose_spec.PyCompose.from_json(sys.stdin.read()).service_names())"
    services = run(tools, sys.executable, "-c", check, given=compose).split()
    wanted = {"web-a", "web-b", "worker-1", "worker-2", "database", "redis", "store", "proxy", "prepare"}
    assert set(services) == wanted
    parse = "import crossplane, json, sys; print(json.dumps(crossplane.parse(sys.argv[1], single=True)))"
    wrapped = run(tools, sys.executable, "-c", parse, str(DEPLOY / "nginx.conf"))
    # The file belongs into the http block, so that is the only thing that may be missed.
    assert [e["error"] for e in json.loads(wrapped)["errors"] if "is not allowed here" not in e["error"]] == []


def test_every_setting_that_is_named_exists() -> None:
    docs = [ROOT / "docs" / "operations.md", ROOT / "docs" / "several-hosts.md", *(ROOT / "docs/runbooks").glob("*.md")]
    texts = [path.read_text() for path in (*DEPLOY.rglob("*"), *docs) if path.is_file()]
    named = {name for text in texts for name in re.findall(r"VERMILION_[A-Z0-9_]*[A-Z0-9]\b", text)}
    assert named - KNOWN == set()


def test_containers_have_no_rights_and_no_disk_of_their_own() -> None:
    pods = [each["spec"]["template"]["spec"] for each in manifests() if each["kind"] in ("Deployment", "Job")]
    assert len(pods) == 3
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
        for container in (*pod["initContainers"], *pod["containers"]):
            confined = container["securityContext"]
            assert confined["readOnlyRootFilesystem"] and not confined["allowPrivilegeEscalation"]
            assert confined["capabilities"] == {"drop": ["ALL"]} and container["resources"]["limits"]["memory"]
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    ours = [each for each in services.values() if each.get("image") == "vermilion:local"]
    assert len(ours) == 5
    for each in ours:
        assert each["read_only"] and each["cap_drop"] == ["ALL"] and "no-new-privileges:true" in each["security_opt"]
    last = (DEPLOY / "Containerfile").read_text().split("\nFROM ")[-1]
    assert re.search(r"^USER 10001", last, re.M)


def test_a_process_has_the_time_it_needs_to_end() -> None:
    """Kubernetes asks /readyz, the process drains, what runs is finished: all of it before SIGKILL."""
    settings = next(each["data"] for each in manifests() if each["kind"] == "ConfigMap")
    drain = int(settings["VERMILION_DRAIN_SECONDS"])
    [web] = documents(DEPLOY / "kubernetes" / "web.yaml")
    pod = web["spec"]["template"]["spec"]
    probe = pod["containers"][0]["readinessProbe"]
    assert drain >= 2 * probe["periodSeconds"] * probe["failureThreshold"]
    assert pod["terminationGracePeriodSeconds"] >= drain + FINISH_SECONDS + 15
    assert web["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    drain = int(services["web-a"]["environment"]["VERMILION_DRAIN_SECONDS"])
    assert int(services["web-a"]["stop_grace_period"].rstrip("s")) >= drain + FINISH_SECONDS + 15
    interval = re.search(r"health_interval (\d+)s", (DEPLOY / "Caddyfile.balanced").read_text())
    assert interval and drain >= 2 * int(interval[1])


def test_what_is_copied_into_the_image_exists_and_nothing_private_is() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    copied = [name for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.M) for name in line.split()[:-1]]
    admitted = {line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied) == admitted and all((ROOT / name).exists() for name in copied)
    assert (ROOT / ".dockerignore").read_text() == (ROOT / ".containerignore").read_text()

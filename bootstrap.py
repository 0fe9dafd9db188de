"""The standard-library half of ./vermilion: make the environment, install packages, hand over.

Every step leaves a stamp made of its inputs and is skipped while the stamp still matches, so that a second
start does nothing but read a few small files. All that is written goes to `.venv` and `.cache` in this folder:
the home folder may be missing or read-only.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
STAMPS = VENV / ".vermilion"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
UV_LOCK = ROOT / "tools" / "uv.txt"
LOCKS = {"run": ROOT / "requirements.txt", "dev": ROOT / "requirements-dev.txt"}

# What reads QR codes in a browser that cannot by itself. It is fetched and not kept in the repository, compared with
# the digest that npm states, and served under its version. Without it /verify offers the camera to the other browsers.
SCANNER = (
    "jsqr",
    "1.4.0",
    "sha512-dxLob7q65Xg2DvstYkRpkYtmKm2sPJ9oFhrhmudT1dZvNFFTlroai3AWSpLey/w5vMcLBXRgOJsbXpdN9HzU/A==",
)
SCANNER_FILES = {"package/dist/jsQR.js": "jsqr-1.4.0.js", "package/LICENSE": "jsqr-1.4.0-license.txt"}
VENDOR = ROOT / "app" / "static" / "vendor"

# verb: (which packages it needs, what the environment's Python then runs)
VERBS: dict[str, tuple[str, list[str]]] = {
    "run": ("run", ["wsgi.py"]),
    "demo": ("run", ["-m", "flask", "--app", "wsgi", "demo"]),
    "test": ("dev", ["-m", "tests.support.session"]),
    "check": ("dev", ["-m", "tools.check"]),
    "bench": ("dev", ["-m", "bench"]),
}

# pip's name of a setting: (uv's variable, what separates several values there)
UV_SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
}


class StepFailedError(Exception):
    """A step of the set-up did not succeed; the message says which, and what it printed last."""


def say(message: str) -> None:
    """Write one line of progress to the error stream, where it cannot mix with a verb's own output."""
    print(f"vermilion: {message}", file=sys.stderr, flush=True)


def step(title: str, command: Sequence[str | Path], env: Mapping[str, str]) -> None:
    """Run a command to its end behind one line of progress with the time that it took.

    Raises StepFailedError with the last lines of its output when it fails.
    """
    name = "".join(letter if letter.isalnum() else "-" for letter in title.partition(" (")[0])
    log = CACHE / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    print(f"vermilion: {title} ...", end="", file=sys.stderr, flush=True)
    begun = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while True:
                try:
                    process.wait(timeout=5)
                    break
                except subprocess.TimeoutExpired:
                    print(".", end="", file=sys.stderr, flush=True)
        except BaseException:
            process.terminate()
            process.wait()
            print(" stopped", file=sys.stderr, flush=True)
            raise
    took = time.monotonic() - begun
    if process.returncode == 0:
        print(f" {took:.1f} s", file=sys.stderr, flush=True)
        return
    print(f" failed after {took:.1f} s", file=sys.stderr, flush=True)
    tail = log.read_text("utf-8", "replace").strip().splitlines()[-20:]
    raise StepFailedError("\n".join([f"{title} failed (all of its output: {log})", *(f"  {line}" for line in tail)]))


def digest(*parts: str | Path) -> str:
    """Return a hash of texts and of the contents of files, in this order."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part.encode()
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()


def stamped(name: str, value: str) -> bool:
    """Tell whether the step of this name was last done for exactly these inputs."""
    try:
        return (STAMPS / name).read_text("ascii") == value
    except OSError:
        return False


def stamp(name: str, value: str) -> None:
    """Note that the step of this name is done for these inputs."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(value, "ascii")


def python_stamp() -> str:
    """Return what an environment depends on: this very Python, and the place, as scripts hold its path."""
    return digest(sys.version, str(ROOT))


def packages_stamp(kind: str) -> str:
    """Return what the installed packages of a kind ("run" or "dev") depend on."""
    return digest(python_stamp(), LOCKS[kind])


def ready(kind: str) -> bool:
    """Tell whether the environment exists and holds the packages of a kind."""
    return stamped("python", python_stamp()) and stamped(kind, packages_stamp(kind)) and os.access(PYTHON, os.X_OK)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the lock of the set-up, so that two commands started together do not install over each other."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another ./vermilion that is installing")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def child_environment() -> dict[str, str]:
    """Return the variables for what this script starts: the caller's, without what bends Python or pip."""
    bends = {"PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"}
    env = {name: value for name, value in os.environ.items() if name not in bends}
    env["VIRTUAL_ENV"] = str(VENV)
    env["PATH"] = os.pathsep.join([str(VENV / "bin"), env.get("PATH", os.defpath)])
    env["PYTHONUNBUFFERED"] = "1"
    return env


def settings_for_uv(pip_settings: str, given: Mapping[str, str]) -> dict[str, str]:
    """Translate what `pip config list` printed into uv's variables, leaving alone those that are given.

    uv reads none of pip's configuration, and a machine behind a mirror usually has nothing else.
    """
    found: dict[str, tuple[int, str]] = {}
    ranks = {"global": 0, "install": 1, ":env:": 2}
    for line in pip_settings.splitlines():
        key, _, literal = line.partition("=")
        section, _, name = key.partition(".")
        if section not in ranks or name not in UV_SETTINGS:
            continue
        variable, separator = UV_SETTINGS[name]
        value = separator.join(str(ast.literal_eval(literal)).split())
        if variable not in given and ranks[section] >= found.get(variable, (-1, ""))[0]:
            found[variable] = (ranks[section], value)
    return {variable: value for variable, (_, value) in found.items()}


def installer_environment() -> dict[str, str]:
    """Return the variables for pip and uv: caches in this folder, the machine's indexes and certificates."""
    env = child_environment()
    env |= {
        "PIP_CACHE_DIR": str(CACHE / "pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "UV_CACHE_DIR": str(CACHE / "uv"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
    }
    listed = subprocess.run([PYTHON, "-m", "pip", "config", "list"], env=env, capture_output=True, text=True)
    env |= settings_for_uv(listed.stdout, env)
    # pip looks for the best version in all indexes; a lock with hashes makes the same safe for uv.
    env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return env


def usable_as_it_is() -> bool:
    """Tell whether `.venv` was made by hand, with this same Python, and works: then it is taken over."""
    probe = "import sys, pip; print(sys.prefix); print(sys.version)"
    try:
        found = subprocess.run([PYTHON, "-I", "-c", probe], capture_output=True, text=True)
    except OSError:
        return False
    prefix, _, version = found.stdout.partition("\n")
    return found.returncode == 0 and Path(prefix).resolve() == VENV.resolve() and version.strip() == sys.version


def make_environment() -> None:
    """Make `.venv`, in place of one that is broken, was moved, or belongs to another Python."""
    value = python_stamp()
    if stamped("python", value) and os.access(PYTHON, os.X_OK):
        return
    if (STAMPS / "python").exists() or not usable_as_it_is():
        if VENV.is_symlink() or VENV.is_file():
            VENV.unlink()
        elif VENV.exists():
            shutil.rmtree(VENV)
        # When `.venv` was stale this very process runs on it: the new one must come from the Python below.
        base: str = getattr(sys, "_base_executable", None) or sys.executable
        command = [base, "-I", "-m", "venv", str(VENV)]
        step(f"making .venv with Python {sys.version.split()[0]}", command, child_environment())
    stamp("python", value)


def ensure_uv(env: Mapping[str, str]) -> bool:
    """Install the locked uv into the environment; tell whether it can be used."""
    value = digest(python_stamp(), UV_LOCK)
    if stamped("uv", value) and os.access(UV, os.X_OK):
        return True
    options = ["--quiet", "--require-hashes", "--no-deps", "-r", str(UV_LOCK)]
    try:
        step("fetching uv, the fast installer", [PYTHON, "-m", "pip", "install", *options], env)
    except StepFailedError:
        return False
    stamp("uv", value)
    return True


def install_locked(what: str, lock: Path, env: Mapping[str, str], target: Path | None = None) -> None:
    """Install a lock file with its hashes into the environment, or into a folder: by uv, else by pip.

    Raises StepFailedError when neither succeeds.
    """
    title = f"installing {what} ({lock.name})"
    options: list[str | Path] = ["--require-hashes", "--no-deps", "-r", lock]
    if target is not None:
        options += ["--target", target]
    if ensure_uv(env):
        try:
            return step(title, [UV, "pip", "install", "--python", PYTHON, *options], env)
        except StepFailedError as failure:
            say(f"{failure}\nvermilion: uv could not do it; pip takes its time but knows more ways")
    step(f"{title} with pip", [PYTHON, "-m", "pip", "install", *options], env)


def ensure(kind: str) -> None:
    """Bring the environment to where the packages of a kind ("run" or "dev") are installed as locked."""
    if ready(kind):
        return
    with alone():
        if ready(kind):
            return
        make_environment()
        # The two locks share an environment, and the second contains the first.
        for name in LOCKS:
            (STAMPS / name).unlink(missing_ok=True)
        what = "the packages of the site" if kind == "run" else "the packages of site and tests"
        install_locked(what, LOCKS[kind], installer_environment())
        for name in LOCKS if kind == "dev" else ["run"]:
            stamp(name, packages_stamp(name))


def ensure_scanner() -> bool:
    """Fetch the QR reader for browsers without one; tell whether it is there. A failure is said and stops nothing.

    What failed is tried again at the first start of another day.
    """
    names = SCANNER_FILES.values()
    if all((VENDOR / name).is_file() for name in names):
        return True
    today = digest(*SCANNER, time.strftime("%Y-%m-%d"))
    if stamped("scanner-failed", today):
        return False
    try:
        with alone(), tempfile.TemporaryDirectory(dir=CACHE, prefix=".scanner-") as folder:
            unpack_scanner(fetch_scanner(Path(folder)))
    except (StepFailedError, OSError, tarfile.TarError, KeyError) as failure:
        say(f"no QR reader for browsers that have none: {failure}\nvermilion: all else works; tried again tomorrow")
        stamp("scanner-failed", today)
        return False
    return True


def fetch_scanner(folder: Path) -> Path:
    """Return the tarball of the QR reader in a folder: by npm, which knows the mirrors, else from its registry.

    Raises StepFailedError or OSError when it cannot be had or is not the one that was pinned.
    """
    name, version, integrity = SCANNER
    tarball = folder / f"{name}-{version}.tgz"
    if shutil.which("npm"):
        options = ["--ignore-scripts", "--loglevel=error", "--fetch-retries=0", "--fetch-timeout=20000"]
        env = child_environment() | {"npm_config_cache": str(folder / "npm"), "npm_config_update_notifier": "false"}
        command = ["npm", "pack", f"{name}@{version}", *options, f"--pack-destination={folder}"]
        step(f"fetching {name}, which reads QR codes", command, env)
    else:
        registry = os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org").rstrip("/")
        if not registry.startswith("https://"):
            raise StepFailedError(f"{registry} is no address of a registry that can be trusted")
        with urllib.request.urlopen(f"{registry}/{name}/-/{tarball.name}", timeout=20) as answer:
            tarball.write_bytes(answer.read(5_000_000))
    algorithm, _, expected = integrity.partition("-")
    if base64.b64encode(hashlib.new(algorithm, tarball.read_bytes()).digest()).decode() != expected:
        raise StepFailedError(f"{name} {version} from the registry is not the file that was pinned")
    return tarball


def unpack_scanner(tarball: Path) -> None:
    """Put the files that are served, and the license, in their place; each is whole or not there."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    with tarfile.open(tarball) as archive:
        for inside, name in SCANNER_FILES.items():
            member = archive.extractfile(inside)
            if member is None:
                raise KeyError(inside)
            unfinished = VENDOR / f".{name}.{os.getpid()}"
            unfinished.write_bytes(member.read())
            unfinished.replace(VENDOR / name)


def main(arguments: Sequence[str]) -> int:
    """Prepare what the verb needs, then become what it runs. Returns only when something failed."""
    verb, *rest = arguments
    kind, command = VERBS[verb]
    try:
        ensure(kind)
        if verb in ("run", "demo", "test"):
            ensure_scanner()
    except KeyboardInterrupt:
        return 130
    except (StepFailedError, OSError) as failure:
        say(str(failure))
        return 1
    os.chdir(ROOT)
    os.execve(PYTHON, [str(PYTHON), *command, *rest], child_environment())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

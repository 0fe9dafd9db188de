"""The key folder: made once, rotated without a gap, closed to others, whole after a crash."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.credentials.did import did_document
from app.domain.credentials.keys import Algorithm, verify_signature
from app.infra.signing import KeyProblem, KeyStore

NOW = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    store = KeyStore(tmp_path / "keys")
    assert store.ensure(NOW)
    return store


def test_first_start_makes_one_key_of_each_kind_and_a_second_changes_nothing(store: KeyStore) -> None:
    keys = store.public_keys()
    assert [(key.kid, key.algorithm) for key in keys] == [
        ("key-2026-11-22-ed25519", Algorithm.ED25519),
        ("key-2026-11-22-p256", Algorithm.ES256),
    ]
    before = {path.name: path.read_bytes() for path in store.folder.iterdir()}
    assert not store.ensure(NOW + DAY)
    assert {path.name: path.read_bytes() for path in store.folder.iterdir()} == before


def test_only_the_owner_can_read_the_folder_and_every_file(store: KeyStore) -> None:
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    for path in store.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    old = os.umask(umask)
    try:
        store = KeyStore(tmp_path / "keys")
        store.ensure(NOW)
    finally:
        os.umask(old)
    assert {stat.S_IMODE(path.stat().st_mode) for path in store.folder.iterdir()} == {0o600}


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_signer_signs_what_its_public_record_verifies(store: KeyStore, algorithm: Algorithm) -> None:
    signer = store.active_signer(NOW, algorithm)
    record = next(key for key in store.public_keys() if key.kid == signer.kid)
    signature = signer.sign(b"certificate")
    assert len(signature) == 64
    assert verify_signature(algorithm, record.public_key, b"certificate", signature)
    assert not verify_signature(algorithm, record.public_key, b"certificates", signature)
    assert "PrivateKey" not in repr(signer)


def test_keys_survive_a_restart(store: KeyStore) -> None:
    again = KeyStore(store.folder)
    assert again.public_keys() == store.public_keys()
    assert again.active_signer(NOW).sign(b"x") == store.active_signer(NOW).sign(b"x")


def test_rotation_announces_a_day_ahead_and_leaves_no_gap(store: KeyStore) -> None:
    old = store.active_signer(NOW).kid
    made = store.rotate(NOW + DAY)
    assert {key.algorithm for key in made} == set(Algorithm)
    switch = made[0].not_before
    assert switch == NOW.replace(microsecond=0) + 2 * DAY
    assert store.active_signer(switch - timedelta(seconds=1)).kid == old
    assert store.active_signer(switch).kid == made[0].kid != old
    # Both are published at once, and the old one stays for what it signed.
    document = did_document("did:web:academy.example", store.public_keys())
    assert len(document["assertionMethod"]) == 4
    assert store.rotate(NOW + DAY) == made


def test_two_rotations_on_one_day_have_two_names(store: KeyStore) -> None:
    first = store.rotate(NOW)
    second = store.rotate(first[0].not_before)
    assert first[0].kid == "key-2026-11-22-ed25519-2"
    assert second[0].kid == "key-2026-11-23-ed25519"
    assert len({key.kid for key in store.public_keys()}) == 6


def test_a_compromised_key_leaves_at_once_and_is_replaced_at_once(store: KeyStore) -> None:
    lost = store.active_signer(NOW).kid
    replacement = store.compromise(lost, NOW)
    assert replacement is not None and replacement.may_sign(NOW)
    assert store.active_signer(NOW).kid == replacement.kid != lost
    document = did_document("did:web:academy.example", store.public_keys())
    assert f'{lost}"' not in json.dumps(document)
    # Saying it twice neither fails nor makes another key.
    assert store.compromise(lost, NOW + DAY) is None
    record = next(key for key in store.public_keys() if key.kid == lost)
    assert record.compromised_at == NOW.replace(microsecond=0)


def test_compromising_a_retired_key_makes_no_new_one(store: KeyStore) -> None:
    old = store.active_signer(NOW).kid
    store.rotate(NOW)
    assert store.compromise(old, NOW + 2 * DAY) is None
    assert len(store.public_keys()) == 4


def test_an_unknown_key_name_is_refused(store: KeyStore) -> None:
    with pytest.raises(KeyProblem, match="no key named"):
        store.compromise("key-1999", NOW)


def test_without_keys_there_is_no_signer(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    assert store.public_keys() == []
    with pytest.raises(KeyProblem, match="no usable issuer key"):
        store.active_signer(NOW)
    assert not store.folder.exists()


@pytest.mark.parametrize("name", [".", "index.json", "key-2026-11-22-ed25519.pem"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_files_that_others_can_reach_are_refused_with_the_remedy(store: KeyStore, name: str, mode: int) -> None:
    path = store.folder / name
    path.chmod(mode | (0o100 if path.is_dir() else 0))
    with pytest.raises(KeyProblem, match=r"chmod [67]00"):
        KeyStore(store.folder).active_signer(NOW)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("index.json", b"{"),
        ("index.json", b'{"keys": [{}]}'),
        ("index.json", b"[]"),
        (
            "index.json",
            b'{"keys": [{"kid": "k", "alg": "ES256", "public": "AA", "created": null, "not_before": null,'
            b' "retired_at": null, "compromised_at": null}]}',
        ),
        ("key-2026-11-22-ed25519.pem", b"nothing"),
    ],
)
def test_damaged_files_say_so(store: KeyStore, name: str, content: bytes) -> None:
    (store.folder / name).write_bytes(content)
    with pytest.raises(KeyProblem, match="damaged"):
        KeyStore(store.folder).active_signer(NOW)


def test_a_missing_or_swapped_private_key_is_noticed(store: KeyStore) -> None:
    other = KeyStore(store.folder.parent / "other")
    other.ensure(NOW)
    pem = store.folder / "key-2026-11-22-ed25519.pem"
    pem.write_bytes((other.folder / pem.name).read_bytes())
    with pytest.raises(KeyProblem, match="is not the key"):
        KeyStore(store.folder).active_signer(NOW)
    pem.unlink()
    with pytest.raises(KeyProblem, match="missing"):
        KeyStore(store.folder).active_signer(NOW)


def test_a_crash_between_the_two_files_leaves_the_old_index(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    before = store.public_keys()
    real = os.replace

    def fails(source: Path, target: Path) -> None:
        if Path(target).name == "index.json":
            raise OSError("power cut")
        real(source, target)

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="power cut"):
        store.rotate(NOW)
    monkeypatch.undo()
    assert KeyStore(store.folder).public_keys() == before
    # The orphan of the first try does not stand in the way of the next.
    assert KeyStore(store.folder).rotate(NOW)[0].kid == "key-2026-11-22-ed25519-2"


def test_another_process_sees_a_change(store: KeyStore) -> None:
    other = KeyStore(store.folder)
    assert len(other.public_keys()) == 2
    store.rotate(NOW)
    assert len(other.public_keys()) == 4


def _ensure(folder: str) -> None:
    KeyStore(Path(folder)).ensure(NOW)


def test_processes_that_start_together_make_one_pair(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=_ensure, args=(str(tmp_path / "keys"),)) for _ in range(3)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
        assert process.exitcode == 0
    assert len(KeyStore(tmp_path / "keys").public_keys()) == 2


def test_threads_share_one_store(store: KeyStore) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(50):
                store.active_signer(NOW).sign(b"x")
                store.ensure(NOW)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and len(store.public_keys()) == 2

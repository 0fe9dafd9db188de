"""Canonical bytes: equal for equal statements, refused for hidden ones, cheap even for bombs (traps T1 to T4, T8)."""

from __future__ import annotations

import copy
import random
import threading
import time
from typing import Any

import pytest

from app.domain.credentials import canonical
from app.domain.credentials.build import CONTEXTS
from app.domain.credentials.canonical import canonicalize
from app.domain.credentials.contexts import bundled
from app.domain.credentials.screen import UnsafeDocument

CREDENTIAL: dict[str, Any] = {
    "@context": list(CONTEXTS),
    "id": "urn:uuid:0d6a3b7e-8f5f-4b6e-9a57-3f1f0a0f4c11",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": "did:web:academy.example",
}


def test_canonical_form_is_sorted_n_quads_of_every_statement(academy: Any) -> None:
    text = canonicalize(academy.unsigned()).decode("utf-8")
    lines = text.splitlines(keepends=True)
    assert lines == sorted(lines) and all(line.endswith(" .\n") for line in lines)
    assert '"Amara Osei"' in text and '"VM-24F7K-9QX3A-9"' in text
    assert '"94567"' in text and "Pigment Application" in text


def test_order_of_members_does_not_matter(academy: Any) -> None:
    source = random.Random(5)

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = list(value)
            source.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    document = academy.unsigned()
    assert canonicalize(shuffled(document)) == canonicalize(document)


def test_a_list_of_one_and_its_only_item_are_the_same(academy: Any) -> None:
    document = academy.unsigned()
    schema = document["credentialSchema"]
    assert canonicalize({**document, "credentialSchema": schema[0]}) == canonicalize(document)


def test_an_object_with_only_an_id_is_that_id() -> None:
    # T8: compaction turns such an object into text, which a naive comparison takes for a change.
    assert canonicalize({**CREDENTIAL, "issuer": {"id": CREDENTIAL["issuer"]}}) == canonicalize(CREDENTIAL)


@pytest.mark.parametrize("value", ["München", "Nguyễn Thị Hoa", 'quote " and \\ slash', "line\nbreak", "😀"])
def test_text_of_every_kind_is_covered(value: str) -> None:
    plain, named = canonicalize(CREDENTIAL), canonicalize({**CREDENTIAL, "name": value})
    assert len(named.splitlines()) == len(plain.splitlines()) + 1
    assert canonicalize({**CREDENTIAL, "name": value + "!"}) != named


@pytest.mark.parametrize(
    "change",
    [
        {"motto": "We build color."},
        {"https://www.w3.org/2018/credentials#validUntil": "2099-01-01T00:00:00Z"},
        {"https://www.w3.org/2018/credentials#credentialStatus": {"id": "urn:x"}},
        {"@included": [{"id": "urn:x"}]},
        {"@reverse": {"issuer": "urn:x"}},
        {"@graph": []},
        {"type": ["VerifiableCredential", "OpenBadgeCredential", "SuperBadge"]},
        {"credentialSchema": {"id": "urn:x", "type": "NoSuchValidator"}},
        {"_sd": "x"},
        {"cnf": {"jwk": {"kty": "OKP"}}},
        {"validUntil": {"id": "urn:2099-01-01"}},
        {"expirationDate": "2099-01-01T00:00:00Z"},
        {"evidence": {"type": "Evidence", "achievementType": "Certification"}},
    ],
    ids=str,
)
def test_members_that_the_signature_would_not_cover_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UnsafeDocument) as refused:
        canonicalize({**CREDENTIAL, **change})
    assert refused.value.code == "terms"


def test_the_refusal_names_the_member(academy: Any) -> None:
    document = academy.unsigned()
    document["credentialSubject"]["result"][4]["motto"] = "x"
    with pytest.raises(UnsafeDocument, match=r"credentialSubject\.result\[4\]\.motto"):
        canonicalize(document)


def test_lists_in_order_and_embedded_proofs_are_walked_too() -> None:
    described = {"id": "urn:d", "type": ["ResultDescription"], "name": "x", "resultType": "Status"}
    achievement = {"id": "urn:a", "type": ["Achievement"], "resultDescription": [described]}
    document = {**CREDENTIAL, "credentialSubject": {"type": ["AchievementSubject"], "achievement": achievement}}
    described["allowedValue"] = ["low", "high"]
    ordered = canonicalize(document)
    described["allowedValue"] = ["high", "low"]
    assert canonicalize(document) != ordered
    proof = {"type": "DataIntegrityProof", "proofPurpose": "assertionMethod", "verificationMethod": "relative"}
    with pytest.raises(UnsafeDocument) as refused:
        canonicalize({**CREDENTIAL, "proof": proof})
    assert refused.value.code == "terms"


def test_what_is_no_json_ld_is_refused() -> None:
    with pytest.raises(UnsafeDocument) as refused:
        canonicalize({**CREDENTIAL, "type": 5})
    assert refused.value.code == "structure"


def test_a_language_given_by_a_context_is_refused() -> None:
    speaking = {**bundled(), "urn:speaking": {"@context": {"@language": "en"}}}
    with pytest.raises(UnsafeDocument, match="@language"):
        canonicalize({**CREDENTIAL, "@context": [*CONTEXTS, "urn:speaking"], "name": "x"}, contexts=speaking)


def test_one_thing_described_in_two_places_is_refused(academy: Any) -> None:
    # validUntil could move from the certificate to a second description of it, with the same signed statements.
    document = academy.unsigned()
    ends = document.pop("validUntil")
    document["refreshService"] = {"id": document["id"], "type": "VerifiableCredential", "validUntil": ends}
    with pytest.raises(UnsafeDocument) as refused:
        canonicalize(document)
    assert refused.value.code == "structure"


def test_an_address_outside_the_pinned_contexts_is_never_loaded() -> None:
    for context in ("https://evil.example/context.json", {"@vocab": "urn:"}, None, [], "urn:x"):
        listed = [*CONTEXTS, context] if context is not None else None
        with pytest.raises(UnsafeDocument) as refused:
            canonicalize({**CREDENTIAL, "@context": listed})
        assert refused.value.code == "context", context


def test_a_context_that_loads_another_one_cannot_reach_the_network() -> None:
    imports = {**bundled(), "urn:importing": {"@context": {"@import": "https://evil.example/context.json"}}}
    with pytest.raises(UnsafeDocument) as refused:
        canonicalize({**CREDENTIAL, "@context": [*CONTEXTS, "urn:importing"]}, contexts=imports)
    assert refused.value.code == "structure"


def clique(size: int) -> dict[str, Any]:
    """`size` nameless nodes that all point at each other: 8 of them cost PyLD 36 seconds (T2)."""
    nodes = [
        {"id": f"_:e{i}", "type": "Evidence", "evidence": [{"id": f"_:e{j}"} for j in range(size) if j != i]}
        for i in range(size)
    ]
    return {**CREDENTIAL, "evidence": nodes}


def orchard(trees: int, leaves: int) -> dict[str, Any]:
    """Identical results with identical alignments, no labels needed: 16 x 8 cost PyLD 90 seconds (T2)."""
    leaf = {"type": "Alignment", "targetName": "x"}
    result = {"type": ["Result"], "alignment": [leaf] * leaves}
    subject = {"type": ["AchievementSubject"], "result": [result] * trees}
    return {**CREDENTIAL, "credentialSubject": subject}


@pytest.mark.parametrize(
    ("bomb", "code"),
    [
        (clique(8), "structure"),
        (clique(30), "structure"),
        (orchard(16, 8), "structure"),
        (orchard(4, 8), "work"),
        (orchard(3, 9), "work"),
    ],
)
def test_bombs_are_refused_in_under_a_second(bomb: dict[str, Any], code: str) -> None:
    canonicalize(CREDENTIAL)
    started = time.thread_time()
    with pytest.raises(UnsafeDocument) as refused:
        canonicalize(bomb)
    assert time.thread_time() - started < 1.0
    assert refused.value.code == code


@pytest.mark.parametrize("bomb", [orchard(16, 8), orchard(5, 10)])
def test_the_meter_alone_would_stop_the_bombs(bomb: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "screen", lambda *_: None)
    started = time.thread_time()
    with pytest.raises(UnsafeDocument) as refused:
        canonicalize(bomb)
    assert refused.value.code == "work"
    assert time.thread_time() - started < 1.0


def test_the_clock_stops_what_the_step_count_lets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "MAX_STEPS", 10**9)
    started = time.thread_time()
    with pytest.raises(UnsafeDocument, match="expensive"):
        canonicalize(orchard(3, 10))
    assert time.thread_time() - started < 1.0


def test_the_largest_document_that_passes_the_screen_stays_cheap() -> None:
    results = [
        {"id": f"urn:r:{i}", "type": ["Result"], "value": "x", "resultDescription": "urn:d:1"} for i in range(149)
    ]
    described = [{"id": f"urn:d:{i}", "type": ["ResultDescription"], "name": "x"} for i in range(140)]
    achievement = {"id": "urn:a", "type": ["Achievement"], "resultDescription": described}
    achievement["tag"] = [f"t{i}" for i in range(149)]
    subject = {"id": "urn:s", "type": ["AchievementSubject"], "result": results, "achievement": achievement}
    started = time.thread_time()
    canonicalize({**CREDENTIAL, "credentialSubject": subject})
    assert time.thread_time() - started < 1.0


def test_an_honest_file_with_nameless_repetition_still_passes() -> None:
    # T7: seven identical results with three identical alignments break the JavaScript verifiers, not this one.
    assert canonicalize(orchard(7, 3)).count(b"#Result>") == 7


def test_threads_share_pyld_without_a_failure(academy: Any) -> None:
    # T1: without the lock, 8 threads make PyLD fail now and then with KeyError.
    documents = [{**CREDENTIAL, "name": f"Certificate {i}"} for i in range(4)]
    expected = [canonicalize(document) for document in documents]
    failures: list[Any] = []

    def work(seed: int) -> None:
        source = random.Random(seed)
        for _ in range(15):
            place = source.randrange(4)
            try:
                if canonicalize(copy.deepcopy(documents[place])) != expected[place]:
                    failures.append("other bytes")
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []

from __future__ import annotations

import pytest

from app.infra.storage.keys import check_key, key_for, sha256_of_key

SHA256 = "0f" + "a" * 62


def test_a_key_holds_kind_hash_and_extension() -> None:
    key = key_for("originals", SHA256, "heic")
    assert key == f"originals/0f/{SHA256}.heic"
    assert check_key(key) == key
    assert sha256_of_key(key) == SHA256


@pytest.mark.parametrize("sha256", ["", "0f", SHA256.upper(), SHA256 + "0", "g" * 64])
def test_only_lower_case_sha256(sha256: str) -> None:
    with pytest.raises(ValueError, match="No storage key"):
        key_for("originals", sha256, "jpg")


def test_the_folder_must_fit_the_hash() -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        sha256_of_key(f"originals/ff/{SHA256}.jpg")

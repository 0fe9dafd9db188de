"""Write docs/api/openapi.json: the OpenAPI document as a site at https://academy.test serves it.

python -m tools.openapi
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from app.config import settings_from
from app.factory import create_app, make_runtime

TARGET = Path(__file__).resolve().parent.parent / "docs" / "api" / "openapi.json"


def main() -> int:
    """Write the file; return 0."""
    with tempfile.TemporaryDirectory() as folder:
        values = {"VERMILION_INSTANCE": folder, "VERMILION_PUBLIC_URL": "https://academy.test"}
        runtime = make_runtime(settings_from(values))
        app = create_app(runtime)
        found = app.test_client(use_cookies=False).get("/api/v1/openapi.json", base_url="https://academy.test").json
        runtime.db.dispose()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(found, indent=2) + "\n")
    print(f"Wrote {TARGET.relative_to(TARGET.parents[2])}: {len(found['paths'])} paths.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

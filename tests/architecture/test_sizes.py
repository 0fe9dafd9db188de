"""The house stays in shape: short files, short functions, no junk drawers, package files without code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app"
MAX_FILE, MAX_FUNCTION, MAX_VIEW = 400, 50, 20
JUNK = {"utils", "helpers", "common", "misc"}


def modules() -> Iterator[Path]:
    yield from APP.rglob("*.py")


def code_lines(node: ast.FunctionDef, source: list[str]) -> int:
    """Lines of a function without its docstring and blank lines."""
    first = node.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    start = (first.end_lineno or first.lineno) if is_docstring else node.lineno
    return len([line for line in source[start : node.end_lineno] if line.strip()])


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(APP)): lines
        for path in modules()
        if (lines := len([line for line in path.read_text().splitlines() if line.strip()])) > MAX_FILE
    }
    assert long == {}


def test_functions_are_short() -> None:
    long = []
    for path in modules():
        source = path.read_text().splitlines()
        limit = MAX_VIEW if "routes" in path.parts else MAX_FUNCTION
        for node in ast.walk(ast.parse("\n".join(source))):
            if isinstance(node, ast.FunctionDef) and (lines := code_lines(node, source)) > limit:
                long.append(f"{path.relative_to(APP)}:{node.name} has {lines} lines (limit {limit})")
    assert long == []


def test_there_is_no_junk_drawer() -> None:
    assert [p for p in modules() if p.stem in JUNK or JUNK & set(p.parts)] == []


def only_passes_on(path: Path) -> bool:
    """True for the face of a module that grew into a package: docstring, imports, and `__all__`."""
    if path.parent.name not in {"queries", "services", "models", "review"}:
        return False
    body = ast.parse(path.read_text()).body[1:]
    return all(
        isinstance(node, ast.ImportFrom)
        or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__")
        for node in body
    )


def test_package_files_are_empty() -> None:
    assert [str(p) for p in APP.rglob("__init__.py") if p.read_text().strip() and not only_passes_on(p)] == []


def test_public_functions_of_the_inner_layers_have_docstrings() -> None:
    missing = []
    for path in modules():
        inner = "domain" in path.parts or {path.stem, path.parent.name} & {"services", "queries"}
        if not inner:
            continue
        for node in ast.parse(path.read_text()).body:
            named = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if named and ast.get_docstring(node) is None:
                missing.append(f"{path.relative_to(APP)}:{node.name}")
    assert missing == []

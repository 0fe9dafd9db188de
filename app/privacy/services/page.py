"""The page of a copy that a person reads: one HTML file that needs nothing else, no script and no network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote

STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#2a1d1a;"
    "background:#fff}table{border-collapse:collapse;display:block;overflow-x:auto;margin:.5rem 0 1rem}"
    "th,td{border:1px solid #b9a9a3;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{background:#f6efec}img{max-width:14rem;max-height:14rem}figure{display:inline-block;margin:.5rem}"
    "@media(prefers-color-scheme:dark){body{background:#1c1513;color:#f3e9e5}th{background:#332824}a{color:#ffb4a2}}"
)
PICTURES: Final = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of one kind: the part they belong to, the name of their file, why they are kept, how many, the first."""

    part: str
    file: str
    purpose: str
    count: int
    rows: Sequence[Mapping[str, Any]]


def reading_page(name: str, academy: str, now: datetime, kinds: Sequence[Kind], files: Sequence[str]) -> str:
    """The page as HTML. Every value is escaped: a copy opens from a disk, where no policy protects the reader."""
    title = f"What {escape(academy)} knows about {escape(name)}"
    made = now.strftime("%Y-%m-%d %H:%M UTC")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';img-src 'self' file:;"
        "style-src 'unsafe-inline'\">"
        f"<style>{STYLE}</style></head><body><main><h1>{title}</h1>"
        f"<p>Made on {made}. The folder <b>data</b> has the same and more for programs (JSON).</p>"
        f"{''.join(_part(part, list(group)) for part, group in groupby(kinds, key=lambda kind: kind.part))}"
        f"{_files(files)}</main></body></html>\n"
    )


def _part(part: str, kinds: Sequence[Kind]) -> str:
    return f"<h2>{escape(part)}</h2>" + "".join(_kind(kind) for kind in kinds)


def _kind(kind: Kind) -> str:
    columns = list(kind.rows[0])
    head = "".join(f'<th scope="col">{escape(name.replace("_", " "))}</th>' for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_value(row[name])}</td>' for name in columns)}</tr>" for row in kind.rows)
    more = kind.count - len(kind.rows)
    left = f"<p>{more} more in data/{escape(kind.file)}.json.</p>" if more else ""
    heading = escape(kind.file.replace("_", " "))
    return f"<h3>{heading}</h3><p>{escape(kind.purpose)}</p><table><tr>{head}</tr>{body}</table>{left}"


def _value(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, (dict, list)):
        return escape(json.dumps(value, ensure_ascii=False))
    return escape("yes" if value is True else "no" if value is False else str(value))


def _files(files: Sequence[str]) -> str:
    if not files:
        return ""
    shown = "".join(
        f'<figure><a href="{quote(name)}"><img src="{quote(name)}" alt="{escape(name)}" loading="lazy"></a></figure>'
        if name.endswith(PICTURES)
        else f'<p><a href="{quote(name)}">{escape(name)}</a></p>'
        for name in files
    )
    return f"<h2>Files</h2>{shown}"

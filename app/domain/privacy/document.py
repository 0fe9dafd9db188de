"""The data map as a document: docs/privacy.md is what this returns, and a test compares them."""

from __future__ import annotations

from app.domain.privacy.data_map import PARTS
from app.domain.privacy.kinds import Erasure, Table

INTRODUCTION = """# Privacy

Written by `flask --app wsgi privacy map > docs/privacy.md` from `app/domain/privacy`; a test fails when the two differ,
or when a table is in no list below. People read the same on the page /privacy.

## What people can do

- **See and agree**: /account/data shows what they agreed to, in which version and since when. Agreeing to the terms and
  the notice is written down at sign-up; showing photos in class is off until somebody says yes, and can be taken back.
- **Take a copy**: a job makes a zip with JSON by kind, the originals of photos, documents and recordings, and one page
  to read without network or script. Only the person fetches it, from the page, for a week. For somebody who cannot
  sign in: `flask --app wsgi privacy copy E-MAIL --out FOLDER`.
- **Leave**: with the password once more, and fourteen days to change one's mind. An administrator can erase at once, on
  request and with a reason: Administration > Privacy, or `flask --app wsgi privacy erase E-MAIL --reason "..."`.

## What erasing does

One transaction by the lists below: rows are deleted, or emptied where something of others points at them. Active
certificates are withdrawn (their files verify as revoked from then on); number, kind, dates and standing stay, and the
public page says that the data of the holder is erased. Sessions end, roles end, mails that wait are emptied. For three
days the same steps are repeated every night, for what a job that was on its way wrote afterwards. Files lose their row
at once and are removed within two days by the sweepers (`storage sweep`, and the job `privacy.retain`), unless the same
bytes belong to somebody else.

**The audit log** stays whole: its lines hold commitments (HMAC-SHA256 under a random salt of each line) in place of
names and of words about people. Names and salts lie in `audit_personal`; erasing deletes them there. `audit verify`
compares names that are there with their commitments, and takes missing ones only for people whose erasure is itself a
line of the log. Lines from before this (version 1) hold the name of who acted in clear and cannot be changed: they name
staff and students of that time until the log is begun anew.

**Backups** hold what there was. After an erasure, remove sets from before it when your rules say so, and begin a new
folder to be rid of their files as well (docs/operations.md). A restored backup brings erased people back: run
`flask --app wsgi privacy erase ID --reason "..."` for everybody whom the process log has erased since (lines
`person erased user=...`).

## Retention

`flask --app wsgi privacy retain --dry-run` says what is due; the job `privacy.retain` removes it daily and writes the
counts into the audit log.

| table | days | counted from |
|---|---|---|
"""


def document() -> str:
    """The whole document as Markdown."""
    tables = [table for part in PARTS.values() for table in part]
    lines = [
        f"| `{table.name}` | {table.expires.days} | `{table.expires.clock}`{_only(table)} |"
        for table in tables
        if table.expires is not None
    ]
    parts = [_part(name, part) for name, part in PARTS.items()]
    return INTRODUCTION + "\n".join(lines) + "\n\n## The data map\n" + "".join(parts)


def _only(table: Table) -> str:
    assert table.expires is not None
    said = [f"{name} {' or '.join(values)}" for name, values in table.expires.only.items()]
    return f", where {' and '.join(said)}" if said else ""


def _part(name: str, tables: tuple[Table, ...]) -> str:
    rows = [
        f"| `{table.name}` | {table.purpose} | {table.basis} | {table.keep} | {_erasing(table)} |"
        for table in tables
        if table.is_personal
    ]
    rest = [f"- `{table.name}`: {table.purpose}" for table in tables if not table.is_personal]
    head = "| table | what | why | how long | when erased |\n|---|---|---|---|---|\n"
    found = f"\n### {name}\n\n"
    if rows:
        found += head + "\n".join(rows) + "\n"
    if rest:
        found += ("\n" if rows else "") + "Nothing about students:\n\n" + "\n".join(rest) + "\n"
    return found


def _erasing(table: Table) -> str:
    word = {Erasure.DELETE: "deleted", Erasure.BLANK: "emptied", Erasure.KEEP: "kept"}[table.erasure]
    what = f" ({', '.join(f'`{name}`' for name in table.blank)})" if table.blank else ""
    return f"{word}{what}. {table.why}".strip()

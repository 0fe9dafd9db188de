"""flask quiz regrade: the page's work for a terminal."""

from __future__ import annotations

from uuid import UUID

import click
from flask import current_app
from flask.cli import AppGroup

from app.certification import queries
from app.certification.services import consequences
from app.domain.access.actor import SYSTEM
from app.domain.assessment.exact import percent_text
from app.domain.errors import DomainError
from app.infra.runtime import Runtime
from app.quizzes import services as quizzes

# Other slices have commands under the same name; app/cli.py puts them together.
quiz = AppGroup("quiz", help="Questions and quizzes: regrade, import, export.")


@quiz.command("regrade")
@click.argument("item")
@click.option("--dry-run", "apply", flag_value=False, default=False, help="Only say what would change (the default).")
@click.option("--apply", "apply", flag_value=True, help="Judge the answers again and tell the people concerned.")
@click.option("--reason", default="", help="Students read it beside their corrected mark; needed with --apply.")
def regrade(item: str, apply: bool, reason: str) -> None:
    """Judge handed-in answers to ITEM again by its live version."""
    runtime: Runtime = current_app.extensions["vermilion"]
    try:
        version_id, attempts = _say_what_changes(runtime, item)
        if apply and attempts:
            _apply(runtime, item, version_id, reason)
    except DomainError as error:
        raise click.ClickException(error.message) from error


def _say_what_changes(runtime: Runtime, item: str) -> tuple[UUID, int]:
    with runtime.db.reading() as session:
        found = quizzes.preview_regrade(session, item, limit=None)
        resting = queries.resting_on(session, consequences(found))
    for judged in found.changes:
        if judged.turn is not None:
            before, after = judged.turn.before, judged.turn.after
            turns = "  now passes" if judged.turn.passes else "  passes no more" if judged.turn.fails else ""
            marks = f"{percent_text(before.percent):>7} -> {percent_text(after.percent):>7}"
            click.echo(f"  {marks}{turns:<16}  {judged.touched.name}: {judged.touched.quiz_title}")
    for judged in found.refused:
        click.echo(f"  left as it is: {judged.touched.name}: {judged.refusal}")
    for line in resting:
        click.echo(
            f"  certificate {line.number or 'not issued yet'} of {line.name} ({line.title}) rests on {line.quiz_title}"
        )
    click.echo(
        f"{item} version {found.item.version}: {found.looked} answers judged by an older version, "
        f"{len(found.changes)} marks change, {found.passes} more pass, {found.fails} pass no more, "
        f"{len(found.refused)} left as they are."
    )
    return found.item.version_id, found.item.attempts


def _apply(runtime: Runtime, item: str, version_id: UUID, reason: str) -> None:
    now = runtime.now()
    with runtime.transaction() as session:
        asked = quizzes.ask_regrade(session, SYSTEM, item, version_id=version_id, reason=reason, now=now)
        regrade_id, total = asked.id, asked.total
        quizzes.begin_regrade(session, regrade_id)
    after: UUID | None = None
    with click.progressbar(length=total, label="Judging again") as bar:
        while True:
            with runtime.transaction() as session:
                after, done = quizzes.regrade_some(session, SYSTEM, regrade_id, after, now=now)
            bar.update(done)
            if after is None:
                break
    click.echo("Done. The old grades are kept.")


commands = [quiz]

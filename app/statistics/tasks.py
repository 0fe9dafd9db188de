"""Statistics are worked out in the background: when somebody asks, and every night where there are new grades."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.domain.assessment.statistics.record import RECIPE
from app.infra import item_response
from app.infra.jobs.registry import every, task
from app.infra.jobs.worker import JobContext
from app.statistics import services
from app.statistics.queries import source
from app.statistics.queries.pages import JOB


@task(JOB)
def calculate(context: JobContext, payload: dict[str, Any]) -> None:
    """Work out a quiz: each of its versions that has new grades, or all of them where there is nothing new."""
    quiz_key = str(payload["quiz"])
    with context.reading() as session:
        todo = source.stale(session, RECIPE, quiz_key) or source.stocks(session, quiz_key)
    whole, read = sum(stock.attempts for stock in todo), 0
    for stock in todo:
        before = read

        def tell(done: int, before: int = before) -> None:
            context.progress(before + done, whole)

        with context.reading() as session:
            outcome = services.work_out(session, stock, tell, item_response.fit)
        with context.transaction() as session:
            services.keep(session, outcome, now=context.now)
        read += stock.attempts


@every(timedelta(days=1), "statistics.nightly")
def nightly(context: JobContext, _payload: dict[str, Any]) -> None:
    """Ask for the quizzes whose kept statistics are no longer made from the newest grades."""
    with context.transaction() as session:
        for quiz_key in sorted({stock.quiz_key for stock in source.stale(session, RECIPE)}):
            services.ask_for(session, quiz_key, now=context.now)

"""Reports survive being kept."""

from __future__ import annotations

import json
from dataclasses import replace

from app.domain.assessment.statistics.record import item_from_record, item_record, quiz_from_record, quiz_record
from tests.domain.assessment.statistics.test_report import report_on, sheets


def test_a_report_comes_back_as_it_was() -> None:
    for people in (1, 2, 60):
        report = report_on(sheets(5, people))
        assert quiz_from_record(json.loads(json.dumps(quiz_record(report)))) == replace(report, items=())
        for item in report.items:
            assert item_from_record(json.loads(json.dumps(item_record(item)))) == item

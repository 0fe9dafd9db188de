"""Answers of the demo's students, as a page would send them."""

from __future__ import annotations

from app.domain.assessment.answers import right_answer, wrong_answer

__all__ = ["right_answer", "wrong_answer"]

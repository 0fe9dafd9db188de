"""The base of all forms: CSRF by Flask-WTF, domain problems shown at their fields."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import IntegerField as AnyInteger

from app.domain.errors import Invalid
from app.web.sentences import said

LONGEST_NUMBER = 12
"""Digits that a whole number of a form may have; longer ones are no amount of anything, and overflow what counts."""


class IntegerField(AnyInteger):
    """A whole number of a size that databases and clocks can hold."""

    data: int | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the number; raises ValueError, which the form shows at the field."""
        if valuelist and len(valuelist[0].strip()) > LONGEST_NUMBER:
            self.data = None
            raise ValueError(self.gettext("Not a valid integer value."))
        super().process_formdata(valuelist)


class Form(FlaskForm):
    """Parent of every form in the house."""

    def add_problems(self, error: Invalid) -> None:
        """Put each problem of a refused change at the field it belongs to (or at the form)."""
        for problem in error.problems:
            if problem.field in self._fields:
                field = self._fields[problem.field]
                field.errors = (*field.errors, said(problem.sentence))
            else:
                self.form_errors.append(said(problem.sentence))
        if not error.problems:
            self.form_errors.append(said(error.message))

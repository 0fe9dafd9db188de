"""The base of all forms: CSRF by Flask-WTF, domain problems shown at their fields."""

from __future__ import annotations

from flask_wtf import FlaskForm

from app.domain.errors import Invalid
from app.web.sentences import said


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

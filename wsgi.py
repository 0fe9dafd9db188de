"""`flask` finds the application here by name; `python wsgi.py` runs the whole product in one process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from app import factory  # as a module: `flask` would take an imported create_app for the application's factory
from app.cli import attach_commands, serve
from app.config import BadSetting, settings_from

if TYPE_CHECKING:
    from flask import Flask


def make_app() -> Flask:
    """The application with the settings of the environment, and its commands."""
    app = factory.create_app(factory.make_runtime(settings_from()))
    attach_commands(app)
    return app


def main() -> int:
    """Migrate, sync the content, serve and work jobs until told to stop; returns the exit status."""
    try:
        return serve(settings_from())
    except BadSetting as error:
        print(f"Vermilion cannot start: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

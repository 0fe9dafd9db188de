"""The fictional people and studios of the demo. Nobody here exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PASSWORD: Final = "rosewood on tan"
DOMAIN: Final = "demo.vermilion.test"


@dataclass(frozen=True, slots=True)
class Person:
    """A name; the e-mail follows from it."""

    name: str

    @property
    def email(self) -> str:
        """First name at the demo's domain."""
        return f"{self.name.split()[0].lower()}@{DOMAIN}"


ADMIN = Person("Ada Brandt")
SECOND = Person("Ruth Amadi")
ADMINS = (ADMIN, SECOND)
INSTRUCTORS = (Person("Ines Calloway"), Person("Jun Park"))
# In the order of their stories: halfway, one review from the certificate, holders in every state, beginners.
AMARA = Person("Amara Osei")
LEA = Person("Lea Fontaine")
VALID = Person("Mia Laurent")
EXPIRED = Person("Noor Haddad")
SUSPENDED = Person("Tessa Lindqvist")
REVOKED = Person("Ruby Marsh")
SUPERSEDED = Person("Priya Nair-Holm")
CORRECTED_NAME: Final = "Priya Nair Holm"
QUEUED = (Person("Camila Duarte"), Person("Yuki Tanabe"), Person("Zofia Wrona"))
NEWCOMER = Person("Oona Reilly")
STUDIOS = (("Atelier Rouge", "Lyon", Person("Marc Delorme")), ("Studio Carmine", "Leeds", Person("Hattie Boone")))
# Beside the owner of the first studio: somebody who manages it, and somebody who only looks.
TEAM = ((Person("Sofia Renard"), "manager"), (Person("Theo Blanc"), "viewer"))

SKINS: Final = ("#e8c4a8", "#d9a585", "#b98562", "#8a5a3f", "#6b4330")
PIGMENTS: Final = (
    ("Brick 07", "#a8403a"),
    ("Rosewood 04", "#a8544f"),
    ("Tea Rose 02", "#c9737a"),
    ("Mulberry 09", "#8c3a4a"),
)

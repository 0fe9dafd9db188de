"""The data map: studios that follow certificates, what artists share with them, portfolios, and programs."""

from __future__ import annotations

from app.domain.privacy.kinds import (
    AGREED,
    CONTRACT,
    DUTY,
    WITH_ACCOUNT,
    Erasure,
    Expiry,
    Hand,
    Path,
    Table,
    house,
)
from app.domain.privacy.map_credentials import STUB

USER = Path("user_id")

STUDIOS: tuple[Table, ...] = (
    Table(
        "watch",
        "Studios that follow a certificate; the note is the studio's.",
        CONTRACT,
        "Until the studio ends it.",
        subject=Path("credential_id", "credential"),
        erasure=Erasure.BLANK,
        why="The studio learns that the certificate ended, and keeps no note about you.",
        blank={"note": ""},
        hands=(Hand("added_by"),),
    ),
    Table(
        "alert",
        "News to a studio about a certificate that it follows.",
        CONTRACT,
        "As long as the studio.",
        subject=Path("credential_id", "credential"),
        erasure=Erasure.BLANK,
        why=STUB,
        blank={"facts": {}},
    ),
    Table(
        "artist_link",
        "That a studio asked to see your papers, and what you share.",
        AGREED,
        WITH_ACCOUNT,
        subject=USER,
        erasure=Erasure.DELETE,
        export=("studio_id", "number", "state", "shares", "asked_at", "answered_at"),
        hands=(Hand("asked_by"),),
    ),
    Table(
        "consent_line",
        "When you began and ceased to share something with a studio.",
        DUTY,
        "As long as the academy keeps records; without a name after erasure.",
        subject=USER,
        erasure=Erasure.KEEP,
        why="It shows that a studio was allowed to see something, without saying of whom.",
        export=("studio_id", "kind", "is_shared", "at"),
    ),
    Table(
        "portfolio",
        "What you show to everybody; closed until you open it.",
        AGREED,
        WITH_ACCOUNT,
        subject=USER,
        erasure=Erasure.DELETE,
        export=("slug", "is_open", "is_listed", "is_indexed", "place", "listed_at", "updated_at"),
    ),
    Table(
        "portfolio_piece",
        "The pieces in your portfolio.",
        AGREED,
        WITH_ACCOUNT,
        subject=USER,
        erasure=Erasure.DELETE,
        export=("submission_id", "photo_id", "title", "mark", "state", "added_at"),
    ),
    Table(
        "roster_row",
        "Rows of a list that a studio had checked: the names are the studio's own.",
        CONTRACT,
        "90 days.",
        subject=Path("number", "credential", "number"),
        erasure=Erasure.BLANK,
        why="The studio keeps its list; your name in it goes.",
        blank={"name": "", "holder_name": "", "typed": "", "meant_name": ""},
    ),
    house("roster_check", "Lists of people that a studio had checked, kept for 90 days.", Hand("asked_by")),
    # Only ever added to, by a trigger: what a studio shows to an inspector must not be changed by anybody.
    house(
        "team_line",
        "The log of a studio: which member checked or changed what; it names members, never artists.",
        Hand("actor_id"),
    ),
    house("inspection_pack", "Papers of a team in a zip, kept for a week.", Hand("asked_by")),
    house("webhook", "Addresses of studios' own programs."),
    house("webhook_delivery", "What was sent to them: numbers of certificates.", expires=Expiry("created_at", 90)),
    house("api_key", "Keys by which a studio's programs sign in.", Hand("made_by")),
    house("api_secret", "Their secrets, as hashes."),
    house("api_reply", "Answers to programs, kept for a day so that asking twice gives the same."),
)

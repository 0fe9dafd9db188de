"""Help with a photo: what makes it hard to review, judged by figures, on the phone before sending and on the server.

The thresholds are data, because the browser uses the same ones (`as_data`). They lean toward silence: a wrong word
about a good photo teaches people to ignore the help. Nothing here refuses a photo.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

WORK_EDGE: Final = 504
"""Long edge in pixels at which sharpness is measured, on both sides: grain no longer passes for detail there."""
GRAIN_EDGE: Final = 2016
"""Long edge at which grain is measured, in a square of 512 pixels in the middle."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The photo gets `code` when `figure` is below (or above) `value`; `why` says where the value comes from."""

    code: str
    figure: str
    side: Literal["below", "above"]
    value: float
    why: str

    def applies(self, figures: Mapping[str, Any]) -> bool:
        """Whether the figures of a photo break the rule; a figure that was not measured breaks none."""
        found = figures.get(self.figure)
        if not isinstance(found, int | float):
            return False
        return found < self.value if self.side == "below" else found > self.value


RULES: Final[tuple[Rule, ...]] = (
    Rule("small", "edge", "below", 1600, "Single needle points are 0.3 mm; across a 60 mm mouth they need 5 pixels."),
    Rule(
        "blurred",
        "sharpness",
        "below",
        26,
        "Drawn test photos: sharp 31 (macro) to 370, shaken 19 to 32.",
    ),
    Rule("dark", "exposure", "below", 0.2, "Below a fifth of full light, pigment and shadow look the same."),
    Rule("dark", "shadows", "above", 0.4, "Where two fifths are black, nothing can be seen in them."),
    Rule("bright", "highlights", "above", 0.3, "White that has run over cannot show how even a fill is."),
    Rule("bright", "exposure", "above", 0.88, "Above this, skin is nearly white and its undertone is lost."),
    Rule("vivid", "vivid", "above", 0.25, "Pigment fills a fifth of a close photo at most; more full color is added."),
    Rule("smooth", "noise", "below", 0.12, "Every sensor has grain, 0.35 and more; a smoothing filter takes it away."),
)
_EDITORS: Final = re.compile(
    r"snapseed|instagram|facetune|faceapp|vsco|beautyplus|meitu|picsart|lightroom|photoshop|b612|snow\b|youcam|airbrush",
    re.IGNORECASE,
)


def help_codes(figures: Mapping[str, Any], software: str = "") -> tuple[str, ...]:
    """What could be better about a photo, without repetition, in the order of the rules.

    `figures` holds "edge" (long side in pixels), "sharpness", "exposure", "shadows", "highlights", "vivid" and
    "noise", as far as they were measured; `software` is the last program that EXIF names.
    """
    codes = [rule.code for rule in RULES if rule.applies(figures)]
    if "dark" in codes:
        codes = [code for code in codes if code != "blurred"]  # edges are weak in the dark, however sharp they are
    if "blurred" in codes or "dark" in codes:
        codes = [code for code in codes if code != "smooth"]  # explained already, and more kindly
    if _EDITORS.search(software):
        codes.append("edited")
    return tuple(dict.fromkeys(codes))


def as_data() -> dict[str, Any]:
    """The rules for the browser."""
    rules = [{"code": rule.code, "figure": rule.figure, "side": rule.side, "value": rule.value} for rule in RULES]
    return {"edge": WORK_EDGE, "grain": GRAIN_EDGE, "rules": rules}

"""Every text of the interface is there in every language, and each person gets the pages in theirs."""

from __future__ import annotations

"""The detectors, one file each, in the order in which they are shown."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol

from tracer.insights.detectors import (
    account_sending,
    blocked,
    database_failing,
    destination_failing,
    disk_full,
    greylisting,
    lines_not_understood,
    log_silent,
    no_mail,
    password_guessed,
    password_guessing,
    password_guessing_slow,
    queue_growing,
    queue_stuck,
    signatures_failing,
    signatures_old,
    spam_wave,
    tls_failing,
    virus_wave,
)
from tracer.insights.model import Sighting
from tracer.insights.view import View


class Detector(Protocol):
    """A module that finds one kind of trouble; it is known by the module's name.

    TITLE: names the trouble. OPENS: when it is seen, for the docs; LEAST is a number of UNITs below
    which it is not looked at, which a site may set.
    ENDS_AFTER: how long after it was seen last it is over.
    """

    TITLE: str
    OPENS: str
    LEAST: int
    UNIT: str
    ENDS_AFTER: timedelta

    def look(self, view: View) -> Iterable[Sighting]:
        """What is seen at the ends of the view's slots, in any order."""

    def evidence(self, view: View, sighting: Sighting) -> list[int]:
        """Positions of a few lines that prove it."""


DETECTORS: Mapping[str, Detector] = MappingProxyType(
    {
        module.__name__.rpartition(".")[2]: module
        for module in (
            no_mail,
            queue_stuck,
            queue_growing,
            destination_failing,
            blocked,
            account_sending,
            password_guessed,
            password_guessing,
            password_guessing_slow,
            spam_wave,
            virus_wave,
            tls_failing,
            greylisting,
            disk_full,
            database_failing,
            signatures_old,
            signatures_failing,
            log_silent,
            lines_not_understood,
        )
    }
)


def title(name: str) -> str:
    """What a detector's insights are called; its name, where a store is of a time that had it."""
    return DETECTORS[name].TITLE if name in DETECTORS else name

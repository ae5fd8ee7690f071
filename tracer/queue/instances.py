"""The Postfix instances of this machine, each with a queue of its own.

Primary sources: postmulti(1); postconf(5), `multi_instance_directories` and `syslog_name`.
"""

import os
import re
from dataclasses import dataclass
from pathlib import PurePath

from tracer.queue.commands import QueueError, located, run

_DIRECTORY = re.compile(r"/[A-Za-z0-9_./@+-]{1,250}", re.ASCII)
_LOGGED = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Instance:
    """A Postfix on this machine.

    directory: of its configuration; None: the one that Postfix's commands take by themselves.
    logged_as: how its lines begin, as the column `instance` has it; None where that is not known.
    """

    name: str = "postfix"
    directory: str | None = None
    logged_as: str | None = None


def instances() -> tuple[Instance, ...]:
    """All of them, the primary one first. Raises QueueError where there is no Postfix."""
    told = _told(None, "syslog_name", "multi_instance_name", "multi_instance_directories")
    primary = Instance(told[1] or "postfix", None, _logged(told[0]))
    directories = re.split(r"[\s,]+", told[2])
    return (primary, *(_secondary(d) for d in directories if _DIRECTORY.fullmatch(d)))


def chosen(name: str | None) -> Instance:
    """The instance of this name, the primary one for None; raises QueueError for no such name."""
    known = instances()
    if name is None:
        return known[0]
    for instance in known:
        if instance.name == name:
            return instance
    names = ", ".join(instance.name for instance in known)
    raise QueueError(f"there is no Postfix instance {name} here: it is one of {names}")


def _secondary(directory: str) -> Instance:
    try:
        syslog_name, name = _told(directory, "syslog_name", "multi_instance_name")
    except QueueError:  # which will be told to whoever chooses it, and not hinder the others
        syslog_name = name = ""
    return Instance(name or PurePath(directory).name, directory, _logged(syslog_name))


def _told(directory: str | None, *parameters: str) -> list[str]:
    """The values of parameters of one instance, '' where it does not answer for one."""
    of = [] if directory is None else ["-c", directory]
    ended = run([located("postconf"), *of, "-hx", *parameters])
    values = ended.out.splitlines()
    if ended.code or len(values) != len(parameters):
        where = directory or os.environ.get("MAIL_CONFIG") or "its usual place"
        raise QueueError(
            f"Postfix's configuration in {where} cannot be read: "
            f"{ended.complaint or 'postconf is too old'}"
        )
    return values


def _logged(syslog_name: str) -> str | None:
    first = syslog_name.partition("/")[0]
    return first if _LOGGED.fullmatch(first) else None

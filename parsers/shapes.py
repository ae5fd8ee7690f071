"""What a line shape is: one declared block per fact that a daemon logs."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shape:
    """One fact that a daemon logs, with every way it spells it.

    event: the stored name, `program.past_tense_fact`; unique among all shapes.
    daemons: who logs it, as `header.daemon_of` names them (`postfix/smtpd`, `dovecot`);
        `postfix/*` is every Postfix daemon and is tried after a daemon's own shapes.
    template: the line's body in the language of parsers.templates; several where one fact has
        several spellings. The first that matches the whole body wins, in declaration order.
    samples: bodies (what follows `program[pid]: `) as really logged, at least one a template.
    source: the primary source: the daemon's own source file or manual page.
    pairs: what `{*}` reads in this shape: key -> template of its value.
    constants: fields that this fact always has, though the line does not spell them.
    common: logged for every message or connection, and so tried before the daemon's other shapes.
    fields: names that this shape alone has, with the atom that reads each; kept in `extra`.
    """

    event: str
    daemons: tuple[str, ...]
    template: str | tuple[str, ...]
    samples: tuple[str, ...]
    source: str
    pairs: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    common: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def templates(self) -> tuple[str, ...]:
        """All spellings, in the order in which they are tried."""
        return (self.template,) if isinstance(self.template, str) else self.template

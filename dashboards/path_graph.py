"""The graph of a path: who handed the message to whom, from left to right.

What is laid out here are boxes in columns and lanes; many alike are drawn as one. Labels are log
text: plotly reads a little HTML in them, so all of it is escaped.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from dashboards.charts import outcome_colour
from dashboards.ranges import to_local
from tracer.cli.terminal import safe
from tracer.queries.fates import Fate
from tracer.queries.links import Link
from tracer.queries.path import Path
from tracer.queries.trace import MessageTrace

MOST_ALIKE = 4  # what one message became: of more, those alike are drawn as one
_MOST_LANES = 24
_ONWARD = ("relayed", "reinjected", "forwarded", "requeued")
_WAYS = {
    "relayed": "relayed as", "reinjected": "came back as", "forwarded": "forwarded as",
    "bounced": "bounce", "notified": "notification", "requeued": "requeued as",
}  # fmt: skip
_ENDS = {"sent": "delivered", "deliverable": "delivered", "undeliverable": "bounced"}
_SYMBOLS = {
    "client": "diamond", "door": "square", "message": "square", "filter": "hexagon2",
    "end": "circle", "more": "circle-open",
}  # fmt: skip
_LANE_PIXELS, _COLUMN_PIXELS, _LEAST_COLUMN_PIXELS = 112, 200, 76
_LONGEST_LABEL = 20


@dataclass(frozen=True, slots=True)
class Box:
    """One box: a client, a queue file, a filter, or where it ended for some recipients.

    kind: client, door, message, filter, end or more. lines: its label. outcome: that gives the
    colour. numbers: of the messages that it stands for.
    """

    kind: str
    lines: tuple[str, ...]
    outcome: str
    column: int
    lane: int
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one box to another, by their places in Graph.boxes."""

    origin: int
    target: int
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes and arrows."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return 1 + max(box.column for box in self.boxes)

    @property
    def lanes(self) -> int:
        """How many lanes there are."""
        return 1 + max(box.lane for box in self.boxes)


# -- what is drawn --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """A box that is not placed yet, and what it leads to."""

    kind: str
    lines: tuple[str, ...]
    outcome: str
    after: tuple["_Part", ...] = ()
    is_certain: bool = True
    numbers: tuple[int, ...] = ()


def layout(path: Path, zone: ZoneInfo) -> Graph:
    """The boxes of a path in columns, by how many hands it went through, and in lanes."""
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    taken: dict[int, int] = {}  # lanes that are in use, by column
    waiting: list[tuple[_Part, int, int, int | None]] = [(_Drawn(path, zone).whole(), 0, 0, None)]
    while waiting:
        part, column, wanted, before = waiting.pop()
        lane = max(wanted, taken.get(column, 0))
        # what follows is to the right of it: no arrow may cross another lane's boxes
        for further in range(column, column + _depth(part)):
            lane = max(lane, taken.get(further, 0))
        if lane >= _MOST_LANES:
            continue
        taken[column] = lane + 1
        boxes.append(Box(part.kind, part.lines, part.outcome, column, lane, part.numbers))
        if before is not None:
            arrows.append(Arrow(before, len(boxes) - 1, part.is_certain))
        number = len(boxes) - 1
        waiting += [(after, column + 1, lane, number) for after in reversed(part.after)]
    return Graph(tuple(boxes), tuple(arrows))


def _depth(part: _Part) -> int:
    """Columns that the part and its first followers take."""
    depth = 1
    while part.after:
        part = part.after[0]
        depth += 1
    return depth


class _Drawn:
    """Makes the parts of one path."""

    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        self._path = path
        self._zone = zone
        self._messages = dict(zip(path.numbers, path.messages, strict=True))
        self._children = _tree(path)
        self._fates: dict[int, list[Fate]] = {}
        for fate in _leaves(path.recipients):
            self._fates.setdefault(self._hop_of(fate), []).append(fate)

    def whole(self) -> _Part:
        """The part that the graph begins with."""
        path = self._path
        if path.messages:
            targets = {link.target for links in self._children.values() for link in links}
            roots = [n for n in path.numbers if n not in targets]
            first: tuple[_Part, ...] = tuple(self._message(n, None) for n in roots)
            client = path.messages[0]
            name = client.client_name if client.client_name != "unknown" else None
            if client.client_address is None:
                name = "this host" if client.uid is not None else "unknown origin"
        else:
            name = path.client_name if path.client_name != "unknown" else None
            host = path.recipients[0].host or "an unnamed host"
            ends = tuple(self._ends(path.recipients))
            first = (_Part("door", (host, self._clock(path.last_seen)), ends[0].outcome, ends),)
        address = path.client_address
        user = path.sasl_username
        lines = [name or address, address if name else None, f"as {user}" if user else None]
        return _Part("client", tuple(line for line in lines if line), "", first)

    def _message(self, number: int, link: Link | None) -> _Part:
        message = self._messages[number]
        lines = (
            *([_WAYS[link.kind]] if link else []),
            message.queue_id,
            f"{message.host or 'unnamed'} {self._clock(message.first_at)}",
        )
        part = _Part(
            "message",
            lines,
            message.outcome.state,
            tuple(self._after(number)),
            link is None or link.is_certain,
            (number,),
        )
        if link is None or link.kind != "reinjected":
            return part
        relay = self._relay_of(link)
        return _Part("filter", ("filter", *([relay] if relay else [])), "", (part,))

    def _relay_of(self, link: Link) -> str | None:
        """Where the message was handed to, that came back."""
        for delivery in self._messages[link.origin].deliveries:
            if delivery.position in link.positions:
                return delivery.relay
        return None

    def _after(self, number: int) -> Iterator[_Part]:
        """What a message became, where it ended, and whom it caused to be told."""
        links = self._children.get(number, [])
        onward = [link for link in links if link.kind in _ONWARD]
        yield from self._links(onward)
        ends = list(self._ends(self._fates.get(number, ())))
        yield from ends
        if not ends and not onward:
            yield from self._statuses(self._messages[number])
        yield from self._links([link for link in links if link.kind not in _ONWARD])

    def _links(self, links: Sequence[Link]) -> Iterator[_Part]:
        """The messages at the ends of links; of many, those alike as one."""
        by_way: dict[tuple[str, str | None], list[Link]] = {}
        for link in links:
            by_way.setdefault((link.kind, self._messages[link.target].host), []).append(link)
        for (kind, host), alike in by_way.items():
            if len(alike) <= MOST_ALIKE:
                yield from (self._message(link.target, link) for link in alike)
                continue
            below = [n for link in alike for n in self._below(link.target)]
            fates = [fate for number in below for fate in self._fates.get(number, ())]
            states = {self._messages[link.target].outcome.state for link in alike}
            yield _Part(
                "message",
                (_WAYS[kind], f"{len(alike)} messages", host or "unnamed"),
                states.pop() if len(states) == 1 else "partly_delivered",
                tuple(self._ends(fates)),
                all(link.is_certain for link in alike),
                tuple(link.target for link in alike),
            )

    def _below(self, number: int) -> Iterator[int]:
        """The message and all that it became."""
        waiting = [number]
        while waiting:
            number = waiting.pop()
            yield number
            waiting += [link.target for link in self._children.get(number, ())]

    def _ends(self, fates: Sequence[Fate]) -> Iterator[_Part]:
        """Where it ended; recipients with the same end as one."""
        by_place: dict[tuple[str, str | None], list[Fate]] = {}
        for fate in fates:
            place = fate.folder or (fate.relay_host if fate.outcome != "delivered" else None)
            by_place.setdefault((fate.outcome, place), []).append(fate)
        if len(by_place) > MOST_ALIKE:
            by_place = {}
            for fate in fates:
                by_place.setdefault((fate.outcome, None), []).append(fate)
        for (outcome, place), same in by_place.items():
            one = same[0]
            whom = one.final_recipient or one.recipient or "unknown recipient"
            if len(same) > 1:
                whom = f"{len(same):,} recipients"
            yield _Part("end", (whom, outcome, *([place] if place else [])), outcome)

    def _statuses(self, message: MessageTrace) -> Iterator[_Part]:
        """Where a message ended that is none of the recipients' own, such as a bounce."""
        by_status: dict[str, list[str]] = {}
        for recipient in message.recipients:
            by_status.setdefault(recipient.status, []).append(recipient.recipient)
        for status, addresses in by_status.items():
            whom = addresses[0] if len(addresses) == 1 else f"{len(addresses):,} recipients"
            outcome = _ENDS.get(status, status)
            yield _Part("end", (whom, outcome), outcome)

    def _hop_of(self, fate: Fate) -> int:
        """The message whose line proves a fate; as far as none does, the first."""
        near = 0
        for number, message in reversed(self._messages.items()):
            for delivery in message.deliveries:
                if delivery.position == fate.position:
                    return number
                if delivery.recipient == fate.final_recipient and message.host == fate.host:
                    near = near or number
        return near or next(iter(self._messages), 0)

    def _clock(self, at: datetime) -> str:
        return f"{to_local(at, self._zone):%H:%M:%S}"


def _tree(path: Path) -> Mapping[int, Sequence[Link]]:
    """The links by which each message is reached first, by their origin."""
    children: dict[int, list[Link]] = {}
    reached: set[int] = set()
    targets = {link.target for link in path.links}
    by_origin: dict[int, list[Link]] = {}
    for link in path.links:
        by_origin.setdefault(link.origin, []).append(link)
    waiting = [n for n in path.numbers if n not in targets] or list(path.numbers[:1])
    reached.update(waiting)
    while waiting:
        number = waiting.pop(0)
        for link in by_origin.get(number, ()):
            if link.target not in reached:
                reached.add(link.target)
                children.setdefault(number, []).append(link)
                waiting.append(link.target)
    return children


def _leaves(fates: Sequence[Fate]) -> Iterator[Fate]:
    """The fates but those that only sum up what an address became."""
    expanded = {fate.original_recipient for fate in fates if fate.original_recipient}
    for fate in fates:
        if fate.original_recipient or fate.recipient not in expanded:
            yield fate


# -- the figure -----------------------------------------------------------------------------------


def figure(graph: Graph, marked: int | None = None) -> go.Figure:
    """The graph as a figure; marked: the number of the message that was asked for."""
    drawn = go.Figure()
    for arrow in graph.arrows:
        _draw_arrow(drawn, graph.boxes[arrow.origin], graph.boxes[arrow.target], arrow.is_certain)
    for kind, symbol in _SYMBOLS.items():
        boxes = [box for box in graph.boxes if box.kind == kind]
        if boxes:
            drawn.add_scatter(
                x=[box.column for box in boxes],
                y=[-box.lane for box in boxes],
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": 18,
                    "color": [outcome_colour(box.outcome) for box in boxes],
                    "line": {
                        "width": [3 if marked in box.numbers else 0 for box in boxes],
                        "color": "#8C8C8C",
                    },
                },
                customdata=[box.numbers[0] if box.numbers else 0 for box in boxes],
                hovertext=[_text(box.lines, None) for box in boxes],
                hoverinfo="text",
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1}},
            )
    for box in graph.boxes:
        above = box.column % 2 == 0
        drawn.add_annotation(
            x=box.column,
            y=-box.lane,
            text=_text(box.lines, _LONGEST_LABEL),
            showarrow=False,
            yshift=12 if above else -12,
            yanchor="bottom" if above else "top",
            font={"size": 11},
        )
    drawn.update_layout(
        height=graph.lanes * _LANE_PIXELS + 16,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        showlegend=False,
        dragmode=False,
        clickmode="event+select",
        xaxis={"visible": False, "range": [-0.75, graph.columns - 0.25], "fixedrange": True},
        yaxis={"visible": False, "range": [0.5 - graph.lanes, 0.5], "fixedrange": True},
    )
    return drawn


def width(graph: Graph) -> tuple[int, int]:
    """The pixels that the figure wants, and those that it needs to be legible."""
    return graph.columns * _COLUMN_PIXELS, graph.columns * _LEAST_COLUMN_PIXELS


def _draw_arrow(drawn: go.Figure, origin: Box, target: Box, is_certain: bool) -> None:
    between = origin.column + 0.5
    bend = [(between, -origin.lane), (between, -target.lane)] if origin.lane != target.lane else []
    points = [(origin.column, -origin.lane), *bend, (target.column, -target.lane)]
    drawn.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="lines+markers",
        line={"width": 1.5, "color": "#8C8C8C", "dash": "solid" if is_certain else "dot"},
        marker={
            "symbol": "arrow",
            "size": [0] * (len(points) - 1) + [10],
            "angleref": "previous",
            "standoff": 10,
            "color": "#8C8C8C",
        },
        hoverinfo="skip",
    )


def _text(lines: Sequence[str], longest: int | None) -> str:
    return "<br>".join(escape(_short(safe(line), longest), quote=False) for line in lines)


def _short(text: str, longest: int | None) -> str:
    """The text, cut in its middle: addresses differ at their beginning, host names at both ends."""
    if longest is None or len(text) <= longest:
        return text
    return f"{text[: longest - 7]}…{text[-6:]}"

"""What an operator does to messages in a queue: only what was meant, told for each message.

Queue ids are used again. So the queue is read once more just before anything is done, and a
message whose time of arrival or sender is another than it was when it was chosen is left alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from parsers.registry import Registry
from tracer.queue import commands, record
from tracer.queue.commands import QueueError
from tracer.queue.instances import Instance
from tracer.queue.listing import Queued, live
from tracer.queue.record import Actor

# What may be done to messages, and what it does.
VERBS = {
    "deliver": "try to deliver them now",
    "hold": "put them on hold: nothing is tried until they are released",
    "release": "take them off hold",
    "requeue": "put them into the queue anew, with new queue ids: addresses and transports are "
    "worked out again, and what was on hold no longer is",
    "delete": "delete them: nobody is told, and nothing brings them back",
    "expire": "return them to their senders at the next attempt, as if their time were over",
}
PRIVILEGED = tuple(verb for verb in VERBS if verb != "deliver")  # need postsuper
DONE, LEFT, FAILED, REFUSED = "done", "left", "failed", "refused"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A message that is meant, as it was when it was chosen; size_bytes: of all of it."""

    queue_id: str
    arrived_at: datetime
    sender: str

    @classmethod
    def of(cls, message: Queued) -> "Chosen":
        """The message that was seen."""
        return cls(message.queue_id, *message.identity)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one message, or one destination.

    subject: its queue id; of a flush the destination, or `the queue`.
    status: done; left (alone, as it has changed or needs nothing); failed; refused (not allowed).
    """

    subject: str
    status: str
    words: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, and who asks.

    meant: how the messages were chosen, as the record says it. hosts: queue id -> the host under
    which the logs know it. instance: the Postfix whose queue it is. releases: expire also what is
    on hold.
    """

    verb: str
    actor: Actor
    meant: str = ""
    hosts: Mapping[str, str] = field(default_factory=dict)
    instance: Instance = field(default_factory=Instance)
    releases: bool = False


def _say_nothing(_: str) -> None:
    pass


def perform(
    db: str,
    request: Request,
    chosen: Sequence[Chosen],
    *,
    shapes: Registry | None = None,
    may: bool = True,
    remark: Callable[[str], None] = _say_nothing,
) -> list[Result]:
    """Do it to these messages; one result each, in their order, all recorded in the store.

    may: whether the actor is allowed to; where not, that is recorded, and nothing is done.
    """
    count = f"{len(chosen)} message{'' if len(chosen) == 1 else 's'}"
    with record.opened(db, request.actor, shapes, remark, request.instance.logged_as) as book:
        book.request(f"{request.verb} {count}", request.meant)
        results = list(_performed(request, chosen, may))
        book.results(
            (request.hosts.get(r.subject), r.subject, request.verb, r.status, r.words)
            for r in results
        )
    return results


def flush(
    db: str,
    actor: Actor,
    site: str | None,
    *,
    instance: Instance | None = None,
    shapes: Registry | None = None,
    may: bool = True,
    remark: Callable[[str], None] = _say_nothing,
) -> Result:
    """Have all mail for a destination tried now; all mail where it is None."""
    subject = site or "the queue"
    instance = instance or Instance()
    with record.opened(db, actor, shapes, remark, instance.logged_as) as book:
        book.request(f"flush {subject}")
        if may:
            try:
                answer = commands.flush(site, instance.directory)
                result = Result(subject, DONE if answer.is_done else FAILED, answer.words)
            except QueueError as error:
                result = Result(subject, FAILED, str(error))
        else:
            result = Result(subject, REFUSED, _NOT_ALLOWED)
        book.results([(None, subject, "flush", result.status, result.words)])
    return result


def show(
    db: str,
    request: Request,
    queue_id: str,
    *,
    shapes: Registry | None = None,
    may: bool = True,
    remark: Callable[[str], None] = _say_nothing,
) -> tuple[Result, str]:
    """Envelope and header of a message, as commands.headers gives them; '' where it was not done.

    request: its verb is of no account.
    """
    text = ""
    with record.opened(db, request.actor, shapes, remark, request.instance.logged_as) as book:
        book.request("show 1 message", request.meant)
        try:
            if refusal := (None if may else _NOT_ALLOWED) or commands.why_read_only():
                result = Result(queue_id, REFUSED, refusal)
            else:
                text = commands.headers(queue_id, request.instance.directory)
                result = Result(queue_id, DONE, "its envelope and header were shown")
        except QueueError as error:
            result = Result(queue_id, FAILED, str(error))
        book.results([(request.hosts.get(queue_id), queue_id, "show", result.status, result.words)])
    return result, text


_NOT_ALLOWED = "this user may not look into messages of the queue, or change it"


def _performed(request: Request, chosen: Sequence[Chosen], may: bool) -> Iterator[Result]:
    try:
        if refusal := (None if may else _NOT_ALLOWED) or why_not(request.verb):
            yield from (Result(each.queue_id, REFUSED, refusal) for each in chosen)
            return
        present = _present(request.instance, {each.queue_id for each in chosen})
    except QueueError as error:
        yield from (Result(each.queue_id, FAILED, str(error)) for each in chosen)
        return
    left = {c.queue_id: why for c in chosen if (why := _why_left(request, c, present))}
    answers = _asked(request, present, [c.queue_id for c in chosen if c.queue_id not in left])
    for each in chosen:
        if each.queue_id in left:
            yield Result(each.queue_id, LEFT, left[each.queue_id])
        else:
            yield answers[each.queue_id]


def why_not(verb: str) -> str | None:
    """Why this cannot be done here at all; None where it can. Raises QueueError without Postfix."""
    if verb in PRIVILEGED and (reason := commands.why_read_only()):
        return reason
    if verb == "expire" and not commands.can_expire():
        return "this Postfix cannot make messages expire: that came with version 3.5"
    return None


def _present(instance: Instance, queue_ids: set[str]) -> dict[str, Queued]:
    """Those of these messages that are in the queue at this moment."""
    return {m.queue_id: m for m in live(instance.directory) if m.queue_id in queue_ids}


def why_idle(verb: str, message: Queued, *, releases: bool = False) -> str | None:
    """Why there is nothing to do to a message in its state; None where there is."""
    match verb, message.status:
        case "deliver" | "expire", "held" if not (verb == "expire" and releases):
            return "is on hold: release it first"
        case "deliver", "active" | "incoming":
            return "is being delivered already"
        case "hold", "held":
            return "is on hold already"
        case "release", status if status != "held":
            return "is not on hold"
        case "expire", _ if message.is_expiring:
            return "expires already"
    return None


def _why_left(request: Request, chosen: Chosen, present: Mapping[str, Queued]) -> str | None:
    message = present.get(chosen.queue_id)
    if message is None:
        return "is no longer in the queue"
    if message.identity != (chosen.arrived_at, chosen.sender):
        return "has changed: another message has this queue id now"
    return why_idle(request.verb, message, releases=request.releases)


def _asked(
    request: Request, present: Mapping[str, Queued], queue_ids: Sequence[str]
) -> dict[str, Result]:
    """What Postfix answers for each."""
    answers: dict[str, commands.Answer] = {}
    directory = request.instance.directory
    try:
        if request.verb == "deliver":
            answers = commands.deliver(queue_ids, directory)
        elif request.verb == "expire":
            held = [each for each in queue_ids if present[each].status == "held"]
            others = [each for each in queue_ids if present[each].status != "held"]
            answers = {
                **commands.change("expire-release", held, directory),
                **commands.change("expire", others, directory),
            }
        else:
            answers = commands.change(request.verb, queue_ids, directory)
    except QueueError as error:
        answers = dict.fromkeys(queue_ids, commands.Answer(False, str(error)))
    return {
        queue_id: Result(queue_id, DONE if answer.is_done else FAILED, answer.words)
        for queue_id, answer in answers.items()
    }


def chosen_of(messages: Iterable[Queued]) -> list[Chosen]:
    """What to hand to perform() of messages that were seen."""
    return [Chosen.of(message) for message in messages]

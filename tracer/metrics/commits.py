"""How long commits take and how much each adds, in this process."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram

from tracer.sources.chunks import Appended, Appender, Chunk, Ending, Identity, Stream

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LINES = (1, 10, 100, 1_000, 10_000, 100_000)


class Commits:
    """Two histograms of the commits of the appenders that were wrapped."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.seconds = Histogram(
            "mailtracer_commit_duration_seconds",
            "Time that it took to parse and store the lines of a commit.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.lines = Histogram(
            "mailtracer_commit_lines", "Lines of a commit.", buckets=_LINES, registry=registry
        )

    def of(self, appender: Appender) -> Appender:
        """The appender, with its commits measured."""
        return _Measured(appender, self)


class _Measured:
    """See Appender."""

    def __init__(self, appender: Appender, commits: Commits) -> None:
        self._appender = appender
        self._commits = commits
        self.together = appender.together

    def resolve(self, identity: Identity, *, exclude: tuple[tuple[int, int], ...] = ()) -> Stream:
        """See Appender."""
        return self._appender.resolve(identity, exclude=exclude)

    def prepare(self, data: bytes, ending: Ending) -> object:
        """See Appender."""
        return self._appender.prepare(data, ending)

    def append(self, chunk: Chunk) -> Appended:
        """See Appender."""
        return self.append_all(iter([chunk]))

    def append_all(self, chunks: Iterator[Chunk]) -> Appended:
        """See Appender."""
        begin = time.perf_counter()
        appended = self._appender.append_all(chunks)
        if appended.lines:
            self._commits.seconds.observe(time.perf_counter() - begin)
            self._commits.lines.observe(appended.lines)
        return appended

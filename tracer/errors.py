"""The one family of errors that users see."""


class TracerError(Exception):
    """A problem the user can act on: the message says what happened and what to do.

    Commands print it on standard error and exit with 2.
    """

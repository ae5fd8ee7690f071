"""What a mail event is, where it is kept and what it adds up to."""

__version__ = "0.1.0"

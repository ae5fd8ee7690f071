"""Secrets that a configuration never holds: in a file of their own, the environment, or systemd's
credentials.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from tracer.errors import TracerError


@dataclass(frozen=True, slots=True)
class Secret:
    """Where one is found: key: of the configuration, that names its file; what: it is for."""

    what: str
    table: str
    key: str
    variable: str
    credential: str

    def read(self, path: str | None) -> str:
        """Read it anew; path: what the key says. Raises TracerError where there is none.

        The file's last line may end or not; a file without anything else holds none.
        """
        if word := os.environ.get(self.variable):
            return word
        if path is None and (folder := os.environ.get("CREDENTIALS_DIRECTORY")):
            path = str(Path(folder, self.credential))
        if path is None:
            raise TracerError(
                f"there is no {self.what}: name a {self.key} under [{self.table}], or set "
                f"{self.variable}"
            )
        try:
            word = Path(path).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise TracerError(f"the {self.key} {path} cannot be read: {error}") from error
        if not word:
            raise TracerError(f"the {self.key} {path} is empty: write the {self.what} into it")
        return word

"""One log of many: follows the files that processes write to, and says who wrote each line."""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path

_LOOK_SECONDS = 0.2
_MOST_BYTES = 64 * 1024 * 1024


class Logs:
    """What is written to ``files`` (name -> file) from now on; a file that grew too long is emptied once read."""

    def __init__(self, files: Mapping[str, Path], show: Callable[[str, str], None], most: int = _MOST_BYTES) -> None:
        self._files = dict(files)
        self._show = show
        self._most = most
        self._read = {name: file.stat().st_size if file.exists() else 0 for name, file in files.items()}
        self._rest = dict.fromkeys(files, b"")

    async def follow(self) -> None:
        """Show new lines until cancelled, and what is left then."""
        try:
            while True:
                self.look()
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            self.look()

    def look(self) -> None:
        """Show what is new now."""
        for name, file in self._files.items():
            if not file.exists():
                continue
            with file.open("rb") as log:
                log.seek(self._read[name])
                new = log.read()
            self._read[name] += len(new)
            *lines, self._rest[name] = (self._rest[name] + new).split(b"\n")
            for line in lines:
                self._show(name, line.decode("utf-8", "replace"))
            if self._read[name] > self._most:
                os.truncate(file, 0)
                self._read[name] = 0

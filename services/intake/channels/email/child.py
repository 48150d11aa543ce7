"""The child process: takes mails from standard input, answers on standard output, dies of its limits.

Frames are a 4-byte length and as many bytes. In: the envelope's sender, the raw mail. Out: JSON about the
mail, then the attachments' bytes one after the other; an empty JSON frame for a mail that cannot be read.
"""

import resource
import struct
import sys
from typing import BinaryIO

import orjson

from services.intake.channels.email.reading import take_apart

CPU_SECONDS = 2
MEMORY_BYTES = 512 * 1024 * 1024
LENGTH = struct.Struct(">I")


def main() -> None:
    """Serve until the input ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold what citizens wrote
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(LENGTH.pack(0))
    sink.flush()
    while (sender := _read(source)) is not None and (raw := _read(source)) is not None:
        for frame in _answer(raw, sender.decode("utf-8", "replace")):
            sink.write(LENGTH.pack(len(frame)))
            sink.write(frame)
        sink.flush()


def _answer(raw: bytes, sender: str) -> tuple[bytes, bytes]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_SECONDS + 1, resource.RLIM_INFINITY))
    try:
        mail = take_apart(raw, sender or None)
        about = orjson.dumps(
            {
                "name": mail.name,
                "sender": mail.sender,
                "subject": mail.subject,
                "text": mail.text,
                "phone": mail.phone,
                "whole": mail.whole,
                "attachments": [(one.name, one.type, len(one.content)) for one in mail.attachments],
            }
        )
    except (Exception, RecursionError, MemoryError):  # noqa: BLE001  # whatever a mail does, the next one is served
        return b"", b""
    return about, b"".join(one.content for one in mail.attachments)


def _read(source: BinaryIO) -> bytes | None:
    head = source.read(LENGTH.size)
    return source.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


if __name__ == "__main__":
    main()

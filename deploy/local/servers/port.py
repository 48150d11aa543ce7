"""What a server looks like to whoever starts it."""

from typing import Protocol


class ServerMissingError(RuntimeError):
    """What is needed to run a server is not on this machine; the sentence says how to get it."""


class ServerStartError(RuntimeError):
    """A server ended, or did not answer in time; the sentence ends with its last log lines."""


class Server(Protocol):
    """A server that can be started, ended and broken on purpose."""

    @property
    def name(self) -> str:
        """What it is, for a human: "MongoDB 6.0.5, embedded"."""
        ...

    @property
    def pid(self) -> int | None:
        """The process, or None where none of ours runs."""
        ...

    @property
    def address(self) -> str:
        """Where clients connect; stays the same across restarts."""
        ...

    async def start(self) -> None:
        """Start, and return once it answers in its own protocol.

        Raises:
            ServerMissingError: a program it needs is not installed.
            ServerStartError: it ended at once or did not answer in time.
        """
        ...

    async def stop(self) -> None:
        """End it politely, in the end by force; nothing happens where it does not run."""
        ...

    async def kill(self) -> None:
        """End it without warning (SIGKILL), as a power cut would."""
        ...

    async def wipe(self) -> None:
        """Forget all data; a running server is killed first and stays down."""
        ...

    def suspend(self) -> None:
        """Freeze it (SIGSTOP): connections stay open, nothing is answered."""
        ...

    def resume(self) -> None:
        """Let a frozen server go on (SIGCONT)."""
        ...


class Broker(Server, Protocol):
    """A server that speaks the Kafka protocol; its address is the list of bootstrap servers."""

    @property
    def idempotent(self) -> bool:
        """Whether producers can be idempotent; known once it has started."""
        ...

    @property
    def durable(self) -> bool:
        """Whether records survive a restart."""
        ...


class Database(Server, Protocol):
    """A MongoDB replica set; its address is a `mongodb://` URL."""

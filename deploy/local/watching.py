"""Starts again what ends by itself, and says so; the wait doubles while it keeps ending."""

import asyncio
import time
from collections.abc import Callable

from deploy.local.servers import Server, ServerStartError
from deploy.local.wording import t

_LOOK_SECONDS = 0.5
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_STEADY_SECONDS = 60.0


async def keep_running(server: Server, say: Callable[[str], None]) -> None:
    """Watch a server that runs, until cancelled. One that somebody else runs has no process to watch."""
    if server.pid is None:
        return
    wait, up_since = _FIRST_WAIT, time.monotonic()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if server.pid is not None:
            if time.monotonic() - up_since > _STEADY_SECONDS:
                wait = _FIRST_WAIT
            continue
        say(t("cli.up.died", name=server.name, seconds=round(wait)))
        await asyncio.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)
        try:
            await server.start()
        except ServerStartError as error:
            say(str(error))
        else:
            say(t("cli.up.back", name=server.name))
        up_since = time.monotonic()

"""A request that has arrived whole is carried out, even if the phone has hung up by then.

Django cancels a view when the client disconnects, and Daphne says so at once. But a phone whose network goes away right
after the last byte has reported an emergency, and ffmpeg closes the connection without waiting for the answer to its
last segment. So the disconnect is kept from Django once the body is complete; the answer then goes nowhere.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def carried_out(application: Application) -> Application:
    """Wrap an ASGI HTTP application."""

    async def run(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        complete = False

        async def receive_without_disconnect() -> Message:
            nonlocal complete
            message = await receive()
            if message["type"] == "http.disconnect" and complete:
                # Nothing more will come; whoever waits here is cancelled when the answer is ready.
                await asyncio.get_running_loop().create_future()
            complete = message["type"] == "http.request" and not message.get("more_body", False)
            return message

        await application(scope, receive_without_disconnect, send)

    return run

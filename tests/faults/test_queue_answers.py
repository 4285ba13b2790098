"""Something else answers in the place of the queue storage: a proxy, a page of maintenance. That is an outage: what was sent is
not taken for sent, and what could not be counted is not nought.
"""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from shared.errors import QueueUnavailable
from shared.queues.azure import DEVELOPMENT_CONNECTION, StorageQueues
from tests.fakes.site import serving

LIST = "<?xml version='1.0' encoding='utf-8'?><QueueMessagesList>{}</QueueMessagesList>"
STRANGE = {
    "nothing": "", "a page": "<html><body>back soon</body></html>", "JSON": "{}", "half": "<QueueMess",
    "no message": LIST.format(""),
    "an empty message": LIST.format("<QueueMessage></QueueMessage>"),
}  # fmt: skip
CALLS: dict[str, Callable[[StorageQueues], Awaitable[object]]] = {
    "send": lambda queues: queues.send("q", b"{}"),
    "receive": lambda queues: queues.receive("q"),
    "peek": lambda queues: queues.peek("q"),
    "depth": lambda queues: queues.depth("q"),
}
EMPTY_ANSWERS = {("receive", "a page"), ("receive", "no message"), ("peek", "a page"), ("peek", "no message")}


@pytest.mark.parametrize("said", STRANGE)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [200, 201, 202, 302])
async def test_an_answer_that_is_none_of_a_queue_is_an_outage(call: str, said: str, status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=STRANGE[said], content_type="application/xml")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    async with serving(app) as address:
        queues = StorageQueues(DEVELOPMENT_CONNECTION.format(port=address.rpartition(":")[2]))
        if status == 200 and (call, said) in EMPTY_ANSWERS:
            assert await CALLS[call](queues) == [], "a list without a message, whatever its root is called"
        else:
            with pytest.raises(QueueUnavailable):
                await CALLS[call](queues)
        await queues.close()

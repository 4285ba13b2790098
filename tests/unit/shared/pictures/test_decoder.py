"""Any number of large pictures at once takes the memory of one, and each has its turn."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from PIL import Image

from shared.clock import Clock
from shared.errors import PermanentError
from shared.pictures import decoder as decoding
from shared.pictures.decode import Picture, plan_reduction
from shared.pictures.decoder import PictureDecoder
from shared.pictures.opening import DecodePlan, PictureCut
from shared.pictures.perceptual_hash import lookup_hashes
from shared.pictures.source import FetchedPictures
from shared.web.fetch import SafeFetcher
from tests.faults.wire import HEAD, whole, wire
from tests.unit.shared.pictures.making import encoded, off, scene
from tests.waiting import HANGS_SECONDS


@cache
def large() -> bytes:
    return encoded(scene((1_200, 1_600)))


class Watched:
    """Stands before the real work, and sees what is decoded at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = self.most = 0
        self.lock, self.go = threading.Lock(), threading.Event()
        self.go.set()
        self._work = decoding.reduce_planned
        monkeypatch.setattr(decoding, "reduce_planned", self.work)

    def work(self, planned: DecodePlan) -> Picture:
        with self.lock:
            self.now += planned.cost
            self.most = max(self.most, self.now)
        self.go.wait(HANGS_SECONDS)
        try:
            return self._work(planned)
        finally:
            with self.lock:
                self.now -= planned.cost


@pytest.mark.slow
async def test_forty_eight_at_once_stay_within_the_budget_and_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    watched, cost = Watched(monkeypatch), plan_reduction(large()).cost
    decoder = PictureDecoder(decode_bytes=cost * 3 // 2)
    pictures = await asyncio.gather(*(decoder.reduce(large()) for _ in range(48)))
    assert watched.most == cost
    assert len({picture.digest for picture in pictures}) == 1
    assert decoder.budget.free == decoder.budget.total
    decoder.close()


@pytest.mark.real_time("a thread is held up")
async def test_whoever_gives_up_keeps_the_memory_until_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(monkeypatch)
    watched.go.clear()
    decoder = PictureDecoder(decode_bytes=plan_reduction(large()).cost)
    task = asyncio.create_task(decoder.reduce(large()))
    while not watched.now:
        await asyncio.sleep(0.001)
    task.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert decoder.budget.free == 0
    watched.go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert decoder.budget.free == decoder.budget.total
    decoder.close()


def counted(threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What goes to them from now on."""
    went: list[object] = []
    run = threads.submit
    monkeypatch.setattr(threads, "submit", lambda *work: (went.append(work), run(*work))[1])
    return went


async def test_a_small_picture_goes_to_a_thread_once_and_leaves_no_trace_in_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    small = encoded(scene((300, 400)), "JPEG")
    decoder = PictureDecoder()
    looked_at, worked_on = counted(decoder._small, monkeypatch), counted(decoder._large, monkeypatch)
    assert (await decoder.reduce(small)).height == 400
    assert (len(looked_at), len(worked_on)) == (1, 0)
    await decoder.reduce(large())
    assert (len(looked_at), len(worked_on)) == (2, 1)
    assert decoder.budget.free == decoder.budget.total
    crowded = PictureDecoder(decode_bytes=1_000_000)
    assert (await crowded.reduce(small)).height == 400
    assert crowded.budget.free == crowded.budget.total
    decoder.close()
    crowded.close()


@pytest.mark.real_time("a thread is held up")
async def test_a_small_picture_does_not_wait_for_a_large_one(monkeypatch: pytest.MonkeyPatch) -> None:
    held, real = threading.Event(), decoding.reduce_planned
    small = encoded(scene((300, 400)), "JPEG")

    def work(planned: DecodePlan) -> Picture:
        if planned.height > 400:
            held.wait(HANGS_SECONDS)
        return real(planned)

    monkeypatch.setattr(decoding, "reduce_planned", work)
    decoder = PictureDecoder()
    waiting = asyncio.create_task(decoder.reduce(large()))
    while decoder.budget.free == decoder.budget.total:
        await asyncio.sleep(0)
    for _ in range(3):
        assert (await decoder.reduce(small)).height == 400
    assert not waiting.done()
    held.set()
    assert (await waiting).height == 512
    decoder.close()


async def test_a_failure_gives_the_memory_back() -> None:
    decoder = PictureDecoder()
    for _ in range(3):
        with pytest.raises(PermanentError):
            await decoder.reduce(large()[: len(large()) // 2])
    assert decoder.budget.free == decoder.budget.total
    decoder.close()


async def test_hashes_are_those_of_the_hasher() -> None:
    decoder = PictureDecoder()
    body = encoded(Image.effect_noise((200, 200), 80), "JPEG")
    assert await decoder.lookup_hashes(body) == lookup_hashes(body) != ()
    decoder.close()


JPEG = encoded(scene(), "JPEG", quality=95)
BY_CLOSING = HEAD + b"Content-Type: image/jpeg\r\n\r\n"


async def load(*answers: bytes) -> tuple[Picture | PermanentError, int]:
    """What comes of one address, and how often it was asked for."""
    async with wire(*answers) as server:
        fetcher = SafeFetcher(clock=Clock(), allowed_private_hosts={server.host})
        pictures = FetchedPictures(fetcher)
        try:
            made: Picture | PermanentError = await pictures.load(f"http://{server.host}/a.jpg")
        except PermanentError as error:
            made = error
        await fetcher.close()
        return made, len(server.requests)


async def test_a_body_that_ended_by_closing_too_early_is_fetched_again() -> None:
    picture, asked = await load(BY_CLOSING + JPEG[: len(JPEG) // 2], BY_CLOSING + JPEG)
    assert isinstance(picture, Picture)
    assert off(picture.jpeg) <= 10
    assert asked == 2


async def test_a_picture_that_is_cut_each_time_is_refused_after_the_second() -> None:
    refused, asked = await load(whole(JPEG[: len(JPEG) // 2]))
    assert isinstance(refused, PictureCut)
    assert asked == 2

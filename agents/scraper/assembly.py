"""The parts of scraping, put together over one set of services."""

from dataclasses import dataclass
from typing import Self

from agents.scraper.embedding import MissingEmbeddings
from agents.scraper.ingest import Ingest
from agents.scraper.intake import PostIntake
from agents.scraper.kicker import ScraperKicker
from agents.scraper.leases import Sources
from agents.scraper.library import Library
from agents.scraper.lock import SaveLock
from agents.scraper.message import GLOBAL
from agents.scraper.pictures import Pictures
from agents.scraper.worker import Adapters, ScrapeWorker, load_adapter
from shared.clock import Clock
from shared.embeddings.base import Embedder
from shared.pictures.decoder import PictureDecoder
from shared.queues.base import Queues
from shared.retry import QuickRetry
from shared.scraping.base import Limits, PageFetcher
from shared.store.base import Store


@dataclass(frozen=True, slots=True)
class Scraping:
    """The parts; each says in its module what it does."""

    kicker: ScraperKicker
    worker: ScrapeWorker
    intake: PostIntake

    @classmethod
    def of(
        cls,
        *,
        store: Store,
        queues: Queues,
        clock: Clock,
        embeddings: Embedder,
        fetch: PageFetcher,
        quick: QuickRetry,
        queue: str,
        adapters: Adapters = load_adapter,
        limits: Limits | None = None,
        decoder: PictureDecoder | None = None,
    ) -> Self:
        """Put them together; `queue` carries the jobs."""
        sources = Sources(store=store, clock=clock, quick=quick)
        ingest = Ingest(
            store=store, clock=clock, quick=quick, embeddings=embeddings,
            pictures=Pictures(fetch=fetch, clock=clock, decoder=decoder),
            library=Library(store=store, clock=clock, quick=quick, partition=GLOBAL),
            lock=SaveLock(store=store, clock=clock, quick=quick, partition=GLOBAL),
        )  # fmt: skip
        missing = MissingEmbeddings(store=store, clock=clock, quick=quick, embeddings=embeddings)
        return cls(
            kicker=ScraperKicker(sources=sources, queues=queues, clock=clock, queue=queue),
            worker=ScrapeWorker(
                sources=sources, queues=queues, queue=queue, clock=clock, fetch=fetch, ingest=ingest, missing=missing,
                adapters=adapters, limits=limits,
            ),
            intake=PostIntake(store=store, sources=sources, queues=queues, clock=clock, queue=queue),
        )  # fmt: skip

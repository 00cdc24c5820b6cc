"""The worker's work on a file: the digest of a large one, and the decision whether its bytes are already stored."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

from blake3 import blake3
from sqlalchemy.orm import Session

from bench import data
from bench.movies import GIGABYTE, TAIL, movie
from bench.servers import Databases, Site
from bench.table import Result, alternate, at_least, at_most
from cms.media import inspection, uploads
from cms.media.models import Upload, UploadStatus
from cms.media.storage import Storage
from cms.pages import attachments
from cms.pages.models import ContentItem

LEASE_SECONDS = 60
FEW, MANY = 1_000, 1_000_000
#: Decisions in each round, on new bytes and then on the same bytes again.
VERDICTS = 15


def digest(_names: Collection[str], _databases: Databases) -> Iterator[Result]:
    """Type, heartbeats and digest of 1 GB as in the worker, compared with BLAKE3 over the mapped file."""
    with movie() as film, Site() as product:
        data.fill(product.engine, 1)
        storage: Storage = product.app.extensions["storage"]
        with film.path.open("ab") as file:
            file.write(secrets.token_bytes(TAIL))
        with Session(product.engine) as session:
            number = _stage(session, storage, film.path)
            claim = uploads.claim(session, number, LEASE_SECONDS)
            session.commit()
            assert claim
            upload = session.get_one(Upload, number)
            session.expunge(upload)
            session.rollback()
            staged = storage.staging.path(upload.staged_name or "")

            def heartbeat() -> None:
                uploads.extend(session, claim, LEASE_SECONDS)
                session.commit()

            def ours() -> float:
                started = time.perf_counter()
                found = inspection.inspect(upload, storage.staging, heartbeat)
                assert found.digest == expected
                return GIGABYTE / (time.perf_counter() - started) / GIGABYTE

            def theirs() -> float:
                started = time.perf_counter()
                found = blake3(max_threads=blake3.AUTO).update_mmap(staged).hexdigest()
                assert found == expected
                return GIGABYTE / (time.perf_counter() - started) / GIGABYTE

            expected = blake3(max_threads=blake3.AUTO).update_mmap(staged).hexdigest()
            ours()
            figures = alternate({"product": ours, "reference": theirs})
    yield Result("digest of 1 GB in the worker", "GB/s", figures["product"], figures["reference"], at_least(0.90))


def verdict(_names: Collection[str], databases: Databases) -> Iterator[Result]:
    """Claim and deduplication of small files, new and known, among few and among many media files."""
    for database in databases.names:
        with ExitStack() as stack:
            sites = {}
            for size in (FEW, MANY):
                sites[size] = stack.enter_context(Site(databases.new(database)))
                data.fill(sites[size].engine, 1)
                data.add_media_files(sites[size].engine, size)
            with movie(10_000) as film:
                start = film.path.read_bytes()
            for site in sites.values():
                _verdicts(site, start)
            known: dict[str, list[float]] = {str(size): [] for size in sites}
            figures = alternate(
                {str(size): partial(_new, site, start, known[str(size)]) for size, site in sites.items()}
            )
        for what, found in (("new", figures), ("known", known)):
            name = f"verdict on {what} bytes, 1,000,000 media files, {database}"
            yield Result(name, "ms", found[str(MANY)], found[str(FEW)], at_most(1.2))


def _new(site: Site, start: bytes, known: list[float]) -> float:
    """Milliseconds for a decision on new bytes. Those for the same bytes again are added to `known`."""
    times = [_verdicts(site, start) for _ in range(VERDICTS)]
    known.append(median(second for _, second in times) * 1000)
    return median(first for first, _ in times) * 1000


def _verdicts(site: Site, start: bytes) -> tuple[float, float]:
    """Seconds until the worker has decided on new bytes, and on the same bytes again."""
    film = start + secrets.token_bytes(TAIL)
    storage: Storage = site.app.extensions["storage"]
    times = []
    for is_known in (False, True):
        staged = storage.staging.receive(limit=GIGABYTE)
        staged.write(film)
        staged.keep()
        with Session(site.engine) as session:
            number = _stage(session, storage, staged.path)
            upload = session.get_one(Upload, number)
            session.expunge(upload)
            session.rollback()
            found = inspection.inspect(upload, storage.staging, lambda: None)
            started = time.perf_counter()
            claim = uploads.claim(session, number, LEASE_SECONDS)
            session.commit()
            assert claim
            done = uploads.complete(session, claim, found, storage, "UTC")
            session.commit()
            times.append(time.perf_counter() - started)
            assert (done.status, done.is_duplicate) == (UploadStatus.COMPLETED, is_known)
            storage.discard(done.staged_name or "")
    return times[0], times[1]


def _stage(session: Session, storage: Storage, path: Path) -> int:
    """A pending upload of the file into the first film of the only page; its id."""
    staged = storage.staging.path(path.name)
    if staged != path:
        path.rename(staged)
    item = session.query(ContentItem).filter_by(content_type="video").first()
    assert item
    upload = attachments.stage(session, item, "video", "film.mp4", staged.stat().st_size, staged.name)
    session.commit()
    return upload.id

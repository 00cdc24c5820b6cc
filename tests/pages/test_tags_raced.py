"""Editors give the same tags to pages and files at the same moment: no deadlock, and the index stays right."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.database import search_key
from cms.media import tagging as media_tagging
from cms.media.models import MediaFile
from cms.media.tagging import MediaTag, Tag
from cms.pages import tagging
from cms.pages.models import Page
from cms.pages.tagging import PageTag
from tests.factories import Factory
from tests.rounds import ROUNDS

EDITORS, CHANGES = 6, 20 * ROUNDS
NAMES = "abcdefgh"
ME = "editor@example.com"


@pytest.mark.postgresql
def test_the_same_tags_at_once(factory: Factory) -> None:
    pages = [factory.page().id for _ in range(4)]
    files = [factory.media_file().id for _ in range(4)]

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(CHANGES):
            names = chance.sample(NAMES, chance.randint(0, 4))
            with Session(factory.engine) as session:
                if chance.random() < 0.4:
                    page = session.get_one(Page, chance.choice(pages))
                    change = chance.choice((tagging.add_to, tagging.remove_from))
                    change(session, page, names, ME)
                else:
                    file = session.get_one(MediaFile, chance.choice(files), with_for_update={"key_share": True})
                    media_tagging.set_of(session, file, names)
                session.commit()

    with ThreadPoolExecutor(EDITORS) as editors:
        list(editors.map(work, [random.getrandbits(32) for _ in range(EDITORS)]))
    with Session(factory.engine) as session:
        found = select(PageTag.page_id, Tag.key).join(Tag, Tag.id == PageTag.tag_id)
        index = {tuple(row) for row in session.execute(found)}
        assert index == {(page.id, search_key(name)) for page in session.scalars(select(Page)) for name in page.tags}
        used = {key for _, key in index} | set(session.scalars(select(Tag.key).join(MediaTag)))
        assert used <= set(session.scalars(select(Tag.key))), "of two that give one up at once, neither forgets it"

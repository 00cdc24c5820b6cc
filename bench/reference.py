"""The reference: bare Flask that does only the indispensable work."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, Response, request
from flask_sqlalchemy import SQLAlchemy
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import config


class Base(DeclarativeBase):
    """Separate from the product's tables."""


class Kept(Base):
    """A body under a key."""

    __tablename__ = "bench_reference"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]


BODY = b"x" * 2000
BODY_KEY, VIEWS_KEY = "reference:body", "reference:views"
ITEMS = range(1, 6)

settings = config.load()
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
db = SQLAlchemy(app, model_class=Base)
redis = Redis.from_url(settings.redis_url)


@app.get("/constant/")
def constant() -> Response:
    """Answer with 2 kB that never change."""
    return Response(BODY, mimetype="application/json")


@app.get("/pipeline/")
def pipeline() -> Response:
    """One Redis pipeline: GET 2 kB and five HINCRBY."""
    with redis.pipeline(transaction=False) as commands:
        commands.get(BODY_KEY)
        for item in ITEMS:
            commands.hincrby(VIEWS_KEY, str(item), 1)
        body = commands.execute()[0]
    return Response(body, mimetype="application/json")


@app.get("/select/<int:key>/")
def by_key(key: int) -> Response:
    """One SELECT of 2 kB by key."""
    return Response(db.session.scalars(select(Kept.body).where(Kept.id == key)).one(), mimetype="application/json")


@app.post("/upload/")
def upload() -> Response:
    """Write the file of a form to disk."""
    target = Path(os.environ["CMS_HOME"]) / "received"
    request.files["file"].save(target)
    return Response(str(target.stat().st_size), mimetype="text/plain")

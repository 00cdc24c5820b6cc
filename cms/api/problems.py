"""The JSON of errors."""

from __future__ import annotations

from marshmallow import fields

from cms.pages.media_schemas import Response, described


class ParameterErrorSchema(Response):
    """What is wrong with one parameter."""

    parameter = described(fields.String, "The parameter's name, as it was sent.", "page_size")
    pointer = described(fields.String, "Its JSON pointer in the query, as a fragment (RFC 6901).", "#/page_size")
    detail = described(
        fields.String, "What is wrong with it, in a sentence.", "page_size must be a whole number from 1 to 100."
    )


class ProblemSchema(Response):
    """Why a request was not answered (RFC 9457, application/problem+json)."""

    type = described(
        fields.String,
        "The kind of problem; about:blank means that the status says it all.",
        "about:blank",
        format="uri-reference",
    )
    title = described(fields.String, "What went wrong, in a few words.", "Bad Request")
    status = described(fields.Integer, "The HTTP status.", 400)
    detail = described(
        fields.String,
        "What went wrong, in a sentence for people, in the language that the request asks for.",
        "page_size must be a whole number from 1 to 100.",
    )
    errors = fields.List(
        fields.Nested(ParameterErrorSchema),
        metadata={"description": "Every wrong or unknown parameter, if the request has any."},
    )

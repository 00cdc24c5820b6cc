"""The specification is valid, responses conform to it, and its viewers load nothing from other hosts."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from sqlalchemy import Column, Date, Integer, String

from cms.api.specification import make_specification
from cms.database import Url
from cms.pages.models import kinds
from cms.pages.schemas import _column_field
from tests.api import openapi
from tests.factories import Factory

LIST, PAGE = "/api/page/content/", "/api/page/content/{page_id}/"


@pytest.fixture
def specification(app: Flask) -> dict[str, Any]:
    return openapi.document(app)


def check(specification: dict[str, Any], answer: Any, path: str) -> None:
    """The response is one of those in the specification for this address."""
    responses = specification["paths"][path]["get"]["responses"]
    response = responses[str(answer.status_code)]
    if "$ref" in response:
        response = specification["components"]["responses"][response["$ref"].rpartition("/")[2]]
    content = response["content"]
    assert list(content) == [answer.mimetype]
    schema = copy.deepcopy(content[answer.mimetype]["schema"])
    whole = {**schema, "components": specification["components"]}
    jsonschema.validate(answer.json, whole, format_checker=jsonschema.FormatChecker())


def names(references: list[dict[str, str]]) -> list[str]:
    return [reference["$ref"].rpartition("/")[2] for reference in references]


def test_it_is_valid(specification: dict[str, Any]) -> None:
    validate(specification)
    assert specification["openapi"].startswith("3.1")


def test_it_describes_every_address_of_the_api(app: Flask, specification: dict[str, Any]) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    written = {path.replace("{", "<id:").replace("}", ">") for path in specification["paths"]}
    assert written == rules


def test_it_says_what_everything_is(specification: dict[str, Any]) -> None:
    for name, schema in specification["components"]["schemas"].items():
        assert schema["description"], name
        for field, described in schema.get("properties", {}).items():
            assert described["description"].endswith("."), f"{name}.{field}"
            assert described["examples"], f"{name}.{field}"
    for path in specification["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert operation["operationId"]
            assert operation["description"]
            assert set(operation["tags"]) <= {tag["name"] for tag in specification["tags"] if tag["description"]}
            assert set(operation["responses"]) == {"200", "400", "404", "405", "429", "500", "503"}
            for parameter in operation.get("parameters", []):
                assert parameter["description"]
                assert parameter["schema"]["examples"]


def test_its_examples_are_as_it_says(specification: dict[str, Any]) -> None:
    components = specification["components"]
    for schema in components["schemas"].values():
        for described in schema.get("properties", {}).values():
            for example in described["examples"]:
                jsonschema.validate(
                    example, {**described, "components": components}, format_checker=jsonschema.FormatChecker()
                )
    for response in components["responses"].values():
        content = response["content"]["application/problem+json"]
        jsonschema.validate(content["example"], {**content["schema"], "components": components})


def test_it_says_who_is_asked_and_under_which_licence(
    app: Flask, specification: dict[str, Any], with_settings: Callable[..., None]
) -> None:
    assert specification["servers"] == [{"url": "/", "description": "This site."}]
    assert specification["info"]["contact"] == {"name": "Mediafold"}
    assert specification["info"]["license"] == {"name": "All rights reserved"}
    for contact, named in (("a@example.com", "email"), ("https://example.com/@a", "url")):
        with_settings(api_contact=contact, content_license="CC-BY-4.0")
        with app.test_request_context():
            info = make_specification(app)["info"]
        assert info["contact"] == {"name": "Mediafold", named: contact}
        assert info["license"] == {"name": "CC-BY-4.0"}


def test_what_comes_later_breaks_no_client(specification: dict[str, Any]) -> None:
    """Neither a new field nor a new kind does. But an item of a known kind has to conform."""
    assert "additionalProperties" not in str(specification)
    schemas = specification["components"]["schemas"]
    items = {**schemas["Page"]["properties"]["contents"]["items"], "components": specification["components"]}
    for item in schemas["Page"]["properties"]["contents"]["examples"][0]:
        jsonschema.validate({**item, "new": 1}, items)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**item, "counter": "7"}, items)
    unknown = {field: item[field] for field in schemas["UnknownItem"]["required"]}
    jsonschema.validate({**unknown, "content_type": "quiz", "questions": []}, items)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**unknown, "content_type": "text"}, items)
    assert set(schemas["PageList"]["required"]) == {"count", "next", "previous", "results"}


def test_links_are_uris_and_times_are_times(specification: dict[str, Any]) -> None:
    formats = {
        field: described.get("format")
        for schema in specification["components"]["schemas"].values()
        for field, described in schema.get("properties", {}).items()
    }
    assert {formats[field] for field in formats if field.endswith("url") or field in ("next", "previous")} == {"uri"}
    assert {formats[field] for field in formats if field.endswith("_at")} == {"date-time"}
    assert (
        "relative to the site"
        in specification["components"]["schemas"]["Video"]["properties"]["video_path"]["description"]
    )


def test_yaml_says_the_same(client: FlaskClient, specification: dict[str, Any]) -> None:
    answer = client.get("/swagger.yaml")
    assert answer.mimetype == "application/yaml"
    assert yaml.safe_load(answer.text) == specification


@pytest.mark.parametrize("address", ["/swagger.json", "/swagger.yaml"])
def test_it_is_asked_for_again_and_sent_only_if_it_is_another_one(client: FlaskClient, address: str) -> None:
    first = client.get(address)
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert (again.headers["ETag"], again.headers["Cache-Control"]) == (first.headers["ETag"], "no-cache")
    assert client.get(address, headers={"If-None-Match": '"another"'}).data == first.data


def test_every_kind_is_one_of_the_contents(specification: dict[str, Any]) -> None:
    schemas = specification["components"]["schemas"]
    contents = schemas["Page"]["properties"]["contents"]
    assert contents["type"] == "array"
    assert names(contents["items"]["anyOf"]) == ["ContentItem", "UnknownItem"]
    assert names(schemas["ContentItem"]["oneOf"]) == [kind.__name__ for kind in kinds()]
    assert schemas["ContentItem"]["discriminator"] == {
        "propertyName": "content_type",
        "mapping": {kind.__tablename__: f"#/components/schemas/{kind.__name__}" for kind in kinds()},
    }


def test_the_answers_are_as_it_says(client: FlaskClient, specification: dict[str, Any], factory: Factory) -> None:
    for _ in range(3):
        page = factory.page()
        for kind in kinds():
            factory.item(page, kind.__tablename__)
            factory.with_media(page, kind.__tablename__)
    check(specification, client.get(f"{LIST}{page.id}/"), PAGE)
    check(specification, client.get(LIST + "?page_size=1"), LIST)
    check(specification, client.get(LIST + "?page=2&page_size=1"), LIST)
    check(specification, client.get(LIST + "?page=3&page_size=1"), LIST)


def test_an_empty_list_is_as_it_says(client: FlaskClient, specification: dict[str, Any]) -> None:
    check(specification, client.get(LIST), LIST)


@pytest.mark.parametrize(("query", "status"), [("page=0", 400), ("page_size=101&a=b", 400), ("page=7", 404)])
def test_problems_of_the_list_are_as_it_says(
    client: FlaskClient, specification: dict[str, Any], query: str, status: int
) -> None:
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code == status
    check(specification, answer, LIST)


def test_problems_of_a_page_are_as_it_says(client: FlaskClient, specification: dict[str, Any]) -> None:
    check(specification, client.get(f"{LIST}1/"), PAGE)


def test_a_wrong_answer_would_be_seen(client: FlaskClient, specification: dict[str, Any], factory: Factory) -> None:
    """The check above can fail: for a counter that is not a number, and for a missing field."""
    factory.item(page := factory.page())
    found = client.get(f"{LIST}{page.id}/").json
    whole = {"$ref": "#/components/schemas/Page", "components": specification["components"]}
    jsonschema.validate(found, whole)
    for harm in (lambda item: item.update(counter="7"), lambda item: item.pop("content_type")):
        harmed = copy.deepcopy(found)
        harm(harmed["contents"][0])
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(harmed, whole)


@pytest.mark.parametrize("address", ["/swagger/", "/redoc/"])
def test_its_readers_load_nothing_from_elsewhere(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    loaded = re.findall(r"""(?:src|href|action)\s*=\s*["']([^"']*)""", answer.text)
    assert loaded
    assert [found for found in loaded if not re.match(r"/(?!/)|#|data:", found)] == []
    assert re.findall(r"https?://(?!localhost)[^\s\"'<]*", answer.text) == []
    for found in loaded:
        if found.startswith("/static/"):
            assert client.get(found).status_code == 200, found


@pytest.mark.parametrize("address", ["/swagger/", "/redoc/"])
def test_its_readers_run_no_inline_script_without_a_nonce(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    policy = answer.headers["Content-Security-Policy"]
    for attributes in re.findall(r"<script\b([^>]*)>", answer.text):
        nonce = re.search(r'nonce="([^"]+)"', attributes)
        assert "src=" in attributes or (nonce and f"'nonce-{nonce[1]}'" in policy), attributes


def test_its_own_text_names_no_other_host(specification: dict[str, Any]) -> None:
    assert "http://" not in str(specification).replace("http://localhost", "")


@pytest.mark.parametrize(
    ("column", "description", "example"),
    [
        (Column("caption", String(9)), "Caption.", "Some words"),
        (Column("taken_on", Date, info={"label": "Taken on"}), "Taken on.", "2026-08-27"),
        (Column("link", Url, comment="Where it is."), "Where it is.", "https://example.com/elsewhere"),
        (Column("size", Integer, comment="No.", info={"description": "Yes.", "example": 7}), "Yes.", 7),
    ],
)
def test_a_column_documents_itself(column: Column[Any], description: str, example: object) -> None:
    described = _column_field(column).metadata
    assert (described["description"], described["examples"]) == (description, [example])

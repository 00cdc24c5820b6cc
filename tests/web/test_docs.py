"""The specification is valid, and the answers are as it says; its readers load nothing from elsewhere."""

from __future__ import annotations

import copy
import re
from typing import Any

import jsonschema
import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from cms.models import kinds
from tests.factories import Made
from tests.web import openapi

LIST, PAGE = "/api/page/content/", "/api/page/content/{page_id}/"


@pytest.fixture
def specification(app: Flask) -> dict[str, Any]:
    return openapi.document(app)


def check(specification: dict[str, Any], answer: Any, path: str) -> None:
    """The answer is one of those that the specification has for this address."""
    responses = specification["paths"][path]["get"]["responses"]
    content = responses[str(answer.status_code)]["content"]
    assert list(content) == [answer.mimetype]
    schema = copy.deepcopy(content[answer.mimetype]["schema"])
    whole = {**schema, "components": specification["components"]}
    jsonschema.validate(answer.json, whole, format_checker=jsonschema.FormatChecker())


def test_it_is_valid(specification: dict[str, Any]) -> None:
    validate(specification)
    assert specification["openapi"].startswith("3.1")


def test_it_describes_every_address_of_the_api(app: Flask, specification: dict[str, Any]) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    written = {path.replace("{", "<id:").replace("}", ">") for path in specification["paths"]}
    assert written == rules


def test_it_says_what_everything_is(specification: dict[str, Any]) -> None:
    for name, schema in specification["components"]["schemas"].items():
        for field, described in schema["properties"].items():
            assert described.get("description"), f"{name}.{field}"
    for path in specification["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert operation["operationId"]
            assert all(parameter["description"] for parameter in operation.get("parameters", []))


def test_yaml_says_the_same(client: FlaskClient, specification: dict[str, Any]) -> None:
    answer = client.get("/swagger.yaml")
    assert answer.mimetype == "application/yaml"
    assert yaml.safe_load(answer.text) == specification


def test_every_kind_is_one_of_the_contents(specification: dict[str, Any]) -> None:
    contents = specification["components"]["schemas"]["Page"]["properties"]["contents"]
    assert contents["type"] == "array"
    names = [kind.__name__ for kind in kinds()]
    assert [entry["$ref"].rpartition("/")[2] for entry in contents["items"]["oneOf"]] == names
    assert set(contents["items"]["discriminator"]["mapping"]) == {kind.__tablename__ for kind in kinds()}


def test_the_answers_are_as_it_says(client: FlaskClient, specification: dict[str, Any], made: Made) -> None:
    for _ in range(3):
        page = made.page()
        for kind in kinds():
            made.item(page, kind.__tablename__)
            made.with_media(page, kind.__tablename__)
    check(specification, client.get(f"{LIST}{page.id}/"), PAGE)
    check(specification, client.get(LIST + "?page_size=1"), LIST)
    check(specification, client.get(LIST + "?page=2&page_size=1"), LIST)
    check(specification, client.get(LIST + "?page=3&page_size=1"), LIST)


def test_an_empty_list_is_as_it_says(client: FlaskClient, specification: dict[str, Any]) -> None:
    check(specification, client.get(LIST), LIST)


@pytest.mark.parametrize(("query", "status"), [("page=0", 400), ("page_size=101", 400), ("page=7", 404)])
def test_problems_of_the_list_are_as_it_says(
    client: FlaskClient, specification: dict[str, Any], query: str, status: int
) -> None:
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code == status
    check(specification, answer, LIST)


def test_problems_of_a_page_are_as_it_says(client: FlaskClient, specification: dict[str, Any]) -> None:
    check(specification, client.get(f"{LIST}1/"), PAGE)


def test_a_wrong_answer_would_be_seen(client: FlaskClient, specification: dict[str, Any], made: Made) -> None:
    """The check above is able to fail: for a counter that is no number, and for a field that is not there."""
    made.item(page := made.page())
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

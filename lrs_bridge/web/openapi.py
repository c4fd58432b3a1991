"""/openapi.json: the routes that are mounted, with the words of api_operations (OpenAPI 3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify
from werkzeug.routing import Rule

from lrs_bridge import __version__
from lrs_bridge.web.access import bridge
from lrs_bridge.web.api_operation import HTML, JSON, SESSION, Content, Operation
from lrs_bridge.web.api_operations import OPERATIONS
from lrs_bridge.web.api_schemas import SCHEMAS, TEXT, UUID_TEXT, ref

WITHOUT_WORDS = {"HEAD", "OPTIONS"}
NOT_OFFERED = {"xapi.refuse_method", "scim.refuse"}
"""Answered only to say that it is not there."""
PLACEHOLDER = re.compile(r"<(?:(\w+):)?(\w+)>")
SECURITY = {
    "credential": {"type": "http", "scheme": "basic", "description": "Key and secret of `credentials create`"},
    "bearer_token": {"type": "http", "scheme": "bearer", "description": "A JWT of the configured token issuer"},
    "scim_token": {"type": "http", "scheme": "bearer", "description": "KEY.SECRET of a credential with the scope scim"},
    "reader_token": {"type": "http", "scheme": "bearer", "description": "The token of `readers create`"},
    "reader_password": {"type": "http", "scheme": "basic", "description": "The same token as password, under any name"},
    "session": {"type": "apiKey", "in": "cookie", "name": "lrs_bridge", "description": "Made by signing in"},
}


def get_openapi() -> Response:
    return jsonify(described(current_app, bridge().settings.public_url))


def described(app: Flask, public_url: str) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for rule, method in offered(app):
        path = PLACEHOLDER.sub(r"{\2}", rule.rule)
        paths.setdefault(path, {})[method.lower()] = _operation(rule, OPERATIONS[rule.endpoint])
    return {
        "openapi": "3.1.0",
        "info": {"title": "LRS Bridge", "version": __version__},
        "servers": [{"url": public_url}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": SCHEMAS, "securitySchemes": SECURITY},
    }


def offered(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in NOT_OFFERED:
            yield from ((rule, method) for method in sorted((rule.methods or set()) - WITHOUT_WORDS))


def _operation(rule: Rule, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": rule.endpoint,
        "summary": operation.summary,
        "tags": [rule.endpoint.partition(".")[0]],
        "parameters": [*_in_path(rule), *_in_query(operation), *_in_headers(operation)],
        "responses": dict(sorted(_responses(rule, operation).items())),
        "security": [{name: []} for name in operation.by],
    }
    if operation.body:
        described["requestBody"] = {"required": True, "content": _content(operation.body)}
    return described


def _in_path(rule: Rule) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": UUID_TEXT if kind == "uuid" else TEXT}
        for kind, name in PLACEHOLDER.findall(rule.rule)
    ]


def _in_query(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "required": name in operation.needs, "schema": schema}
        for name, schema in operation.query.items()
    ]


def _in_headers(operation: Operation) -> list[dict[str, Any]]:
    return [{"name": name, "in": "header", "schema": schema} for name, schema in operation.headers.items()]


def _responses(rule: Rule, operation: Operation) -> dict[str, Any]:
    found = {str(code): _response(code, content) for code, content in operation.answers.items()}
    for code in {*operation.refusals, *_common_refusals(rule, operation)}:
        found.setdefault(str(code), _response(code, {JSON: ref("Error"), HTML: TEXT}))
    return found


def _common_refusals(rule: Rule, operation: Operation) -> Iterator[int]:
    """What every operation of the kind may answer, whatever it is about."""
    yield 503
    if rule.arguments:
        yield 404
    if operation.by == SESSION:
        yield from (401, 404)
    elif operation.by:
        yield from (400, 401, 403)
    if operation.query or operation.headers:
        yield 400


def _response(code: int, content: Content) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(code).phrase}
    if content:
        described["content"] = _content(content)
    return described


def _content(content: Content) -> dict[str, Any]:
    return {media_type: {"schema": schema} if schema else {} for media_type, schema in content.items()}

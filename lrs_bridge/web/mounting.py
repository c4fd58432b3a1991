"""What plugin_manifest.xml declares is what the server mounts: an entry that is not there has no route."""

from __future__ import annotations

from functools import partial

from flask import Flask, Response, send_from_directory

from lrs_bridge.manifest import Manifest, served
from lrs_bridge.services.cmi5_launch import CONTENT_FOLDER
from lrs_bridge.web import (
    absences,
    admin,
    alternate_syntax,
    cmi5,
    cmi5_content,
    cors,
    evidence,
    evidence_packs,
    feeds,
    figures,
    framed,
    hacp,
    health,
    identities,
    launches,
    manage,
    metrics,
    one_slash,
    openapi,
    packages,
    play,
    scim,
    xapi_documents,
    xapi_resources,
    xapi_statements,
)
from lrs_bridge.web.access import bridge

FEEDS = {"compliance": feeds.get_feed, "aggregates": figures.get_figures}


def mount(app: Flask, manifest: Manifest) -> None:
    app.add_url_rule("/plugin_manifest.xml", "plugin_manifest", get_manifest)
    app.add_url_rule("/static/<path:name>", "static", get_static)
    if manifest.xapi:
        cors.install(app, manifest.xapi.path)
        alternate_syntax.install(app, manifest.xapi.path)
        one_slash.install(app, manifest.xapi.path)
        for resource in (xapi_statements, xapi_documents, xapi_resources):
            app.register_blueprint(resource.bp, url_prefix=manifest.xapi.path)
    if manifest.packages:
        app.register_blueprint(packages.bp, url_prefix=manifest.packages.path)
    for feed in manifest.feeds:
        for extension in feed.formats:
            view = partial(FEEDS[feed.name], extension)
            app.add_url_rule(f"{feed.path}.{extension}", f"feed.{feed.name}.{extension}", view)
    _mount_named(app, manifest)


def _mount_named(app: Flask, manifest: Manifest) -> None:
    blueprints = {
        "absences": absences.bp,
        "evidence": evidence.bp,
        "evidence-packs": evidence_packs.bp,
        "identities": identities.bp,
        "launches": launches.bp,
        "cmi5": cmi5.bp,
        "health": health.bp,
        "metrics": metrics.bp,
        "scim": scim.bp,
    }
    for name, blueprint in blueprints.items():
        if endpoint := manifest.endpoint(name):
            app.register_blueprint(blueprint, url_prefix=endpoint.path)
    _mount_cmi5_for_browsers(app, manifest)
    if described := manifest.endpoint("openapi"):
        app.add_url_rule(f"{described.path}.json", "openapi", openapi.get_openapi)
    for name, pages in {"manage": manage.bp, "admin": admin.bp}.items():
        if page := manifest.page(name):
            app.register_blueprint(pages, url_prefix=page.path)
    # framed and hacp add their routes to two of them
    for name, play_blueprint in (play.BLUEPRINTS | framed.BLUEPRINTS | hacp.BLUEPRINTS).items():
        if endpoint := manifest.endpoint(name):
            app.register_blueprint(play_blueprint, url_prefix=endpoint.path)


def _mount_cmi5_for_browsers(app: Flask, manifest: Manifest) -> None:
    """Units run on any origin: each fetches its credential from there."""
    if endpoint := manifest.endpoint("cmi5"):
        cors.install(app, f"{endpoint.path}{cmi5.FETCH}")
        if content := manifest.endpoint("content"):
            app.register_blueprint(cmi5_content.bp, url_prefix=f"{content.path}/{CONTENT_FOLDER}")


def get_manifest() -> Response:
    settings = bridge().settings
    bearer_tokens = bool(settings.oauth_issuer)
    body = served(bridge().manifest, settings.public_url, settings.content_url, bearer_tokens=bearer_tokens)
    return Response(body, mimetype="application/xml")


def get_static(name: str) -> Response:
    return send_from_directory("static", name, max_age=3600)

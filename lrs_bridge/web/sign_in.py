"""Signing in to the pages: by a reader's token in a form, or by a signed link; one session, renewed each time."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from lrs_bridge.errors import NotAllowed, NotAuthenticated
from lrs_bridge.services.readers import Reader, reader_of_session, reader_of_sign_in_code, reader_of_token
from lrs_bridge.web.access import bridge
from lrs_bridge.web.errors import READERS_CHALLENGE

HOMES = {"manage": "manage.get_team", "admin": "admin.get_overview"}
"""Where each set of pages begins, by its blueprint."""


def add_to(pages: Blueprint) -> None:
    pages.before_request(refuse_foreign_posts)
    pages.after_request(keep_private)
    pages.add_url_rule("/sign-in", view_func=get_sign_in)
    pages.add_url_rule("/sign-in", view_func=post_sign_in, methods=["POST"])
    pages.add_url_rule("/enter/<code>", view_func=enter)
    pages.add_url_rule("/sign-out", view_func=post_sign_out, methods=["POST"])


def signed_in() -> Reader:
    """The reader of this session. Without one a browser is sent to sign in; machines get NotAuthenticated."""
    if "reader" not in session:
        return _send_to_sign_in(
            NotAuthenticated("You are not signed in", remedy=f"Sign in at {url_for('.get_sign_in')}")
        )
    try:
        return reader_of_session(bridge(), session["reader"])
    except NotAuthenticated as error:
        session.clear()
        flash(f"{error.reason}. {error.remedy}.")
        return _send_to_sign_in(error)


def get_sign_in() -> str:
    return render_template("sign_in.html")


def post_sign_in() -> BaseResponse:
    try:
        who = reader_of_token(bridge(), request.form.get("token", "").strip())
    except NotAuthenticated as error:
        return _sign_in_again(error)
    return _begin_session(who)


def enter(code: str) -> BaseResponse:
    """The link that `sign_in_code` signs."""
    try:
        who = reader_of_sign_in_code(bridge(), code)
    except NotAuthenticated as error:
        return _sign_in_again(error)
    return _begin_session(who)


def post_sign_out() -> BaseResponse:
    session.clear()
    flash("You are signed out.")
    return redirect(url_for(".get_sign_in"), 303)


def refuse_foreign_posts() -> None:
    """Only our own pages may post here.

    A form token would need a session, and before signing in there is none. SameSite=Lax keeps a cookie from being
    sent with another site's post, but cannot stop one that needs no cookie: signing somebody in as somebody else.
    Where the browser says where a post comes from we therefore look: Sec-Fetch-Site, or Origin on plain http, where
    that header does not exist. Every browser sends one of them; a client that sends neither is no browser, holds
    nobody's cookies, and cannot be misled.
    """
    if request.method != "POST":
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site == "same-origin" or (site is None and _is_ours(origin)):
        return
    page = bridge().settings.public_url + _home()
    raise NotAllowed("This form was not sent from our own page", remedy=f"Open {page} and try again")


def keep_private(response: Response) -> Response:
    """Names of people: no cache keeps them. Under no-referrer a browser would send our own forms as Origin: null."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _home() -> str:
    return url_for(HOMES[request.blueprint or "manage"])


def _is_ours(origin: str | None) -> bool:
    return origin is None or origin == bridge().settings.public_url or urlsplit(origin).netloc == request.host


def _begin_session(who: Reader) -> BaseResponse:
    session.clear()  # nothing that was planted before signing in outlives it
    session["reader"] = str(who.id)
    session.permanent = True
    return redirect(_home(), 303)


def _sign_in_again(error: NotAuthenticated) -> Response:
    return Response(render_template("sign_in.html", error=error), 401, {"WWW-Authenticate": READERS_CHALLENGE})


def _send_to_sign_in(error: NotAuthenticated) -> Reader:
    if not request.accept_mimetypes.accept_html:
        raise error
    abort(redirect(url_for(".get_sign_in")))

"""Clients that put ``/statements`` behind an endpoint that ends in a slash: cmi5's own JavaScript library among them.

Flask would redirect them, and a browser that asks from another origin does not follow every redirect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


class OneSlash:
    """Middleware: below ``path`` several slashes in a row are one."""

    def __init__(self, application: Application, path: str) -> None:
        self._application = application
        self._path = path

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        asked = environ["PATH_INFO"]
        if asked.startswith(f"{self._path}//"):
            environ = environ | {"PATH_INFO": f"{self._path}/{asked[len(self._path) :].lstrip('/')}"}
        return self._application(environ, start_response)


def install(app: Flask, path: str) -> None:
    app.wsgi_app = OneSlash(app.wsgi_app, path)  # type: ignore[method-assign]

"""Just enough of a web framework for the samples, on the standard library's WSGI server.

Pages, forms, sessions in memory, three languages. It is no part of integrating with Corp ID:
use the framework you know. What a session must do is here all the same: an unguessable cookie
that scripts can't read, and a token in every form that another site can't guess.
"""

import html
import secrets
import signal
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

LANGUAGES = {"en": "English", "zh-Hant": "繁體中文", "zh-Hans": "简体中文"}
_MOST_BYTES = 200_000
_MOST_SESSIONS = 1_000
_STYLE = """
:root { color-scheme: light dark; --accent: light-dark(#14605c, #7fd1c7) }
body { font: 1.1rem/1.5 system-ui, "Noto Sans CJK HK", "Noto Sans HK", sans-serif; margin: 0 }
header, main { max-width: 44rem; margin: 0 auto; padding: 1rem }
header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem }
header strong { color: var(--accent) }
nav a { margin-inline-start: .8rem }
a { color: var(--accent) }
label, dt { display: block; font-weight: 600; margin-top: 1rem }
dd { margin: 0 }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .4rem .5rem }
input[readonly] { border-style: dotted; background: transparent }
small { display: block; opacity: .8 }
button, .button { font: inherit; font-weight: 600; padding: .5rem 1rem; margin: 1rem .5rem 0 0;
  border: 2px solid var(--accent); border-radius: .3rem; background: var(--accent);
  color: light-dark(#fff, #111); cursor: pointer; text-decoration: none; display: inline-block }
img { background: #fff; max-width: 100%; height: auto }
.quiet { background: transparent; color: var(--accent) }
.good, .warn, .bad { border-inline-start: .4rem solid; padding: .2rem .8rem }
.good { border-color: #1b7f4b } .warn { border-color: #c77d0a } .bad { border-color: #b3261e }
:focus-visible { outline: 3px solid #ffb300; outline-offset: 2px }
"""

Text = tuple[str, str, str]  # English, 繁體, 简体


@dataclass
class Session:
    """What the server remembers of one browser."""

    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    language: str = ""
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    session: Session

    def say(self, text: Text) -> str:
        """Give a text in the reader's language."""
        return text[list(LANGUAGES).index(self.session.language)]


@dataclass(frozen=True)
class Response:
    body: bytes = b""
    status: str = "200 OK"
    kind: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


View = Callable[[Request], Response]


def redirect(address: str) -> Response:
    return Response(status="303 See Other", headers=(("Location", address),))


def page(
    request: Request, *, owner: Text, title: Text, body: str, refresh: bool = False
) -> Response:
    """Draw a page; `body` is markup, and what is in it from outside went through `safe`.

    `refresh` draws it anew every two seconds, while something is being waited for.
    """
    language, name = request.session.language, request.say(title)
    choices = "".join(
        f'<a href="{safe(request.path)}?language={code}" lang="{code}">{own}</a>'
        for code, own in LANGUAGES.items()
        if code != language
    )
    again = '<meta http-equiv="refresh" content="2">' if refresh else ""
    text = f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">{again}
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{safe(name)} – {safe(request.say(owner))}</title>
<link rel="stylesheet" href="/style.css"></head>
<body><header><strong>{safe(request.say(owner))}</strong><nav>{choices}</nav></header>
<main><h1>{safe(name)}</h1>{body}</main></body></html>"""
    return Response(text.encode())


def safe(text: object) -> str:
    """Make text harmless inside markup."""
    return html.escape(str(text))


def button(request: Request, action: str, label: Text, *, quiet: bool = False) -> str:
    """Draw a form with one button, guarded by the session's token."""
    style = ' class="quiet"' if quiet else ""
    return (
        f'<form method="post" action="{safe(action)}">{form_token(request)}'
        f"<button{style}>{safe(request.say(label))}</button></form>"
    )


def form_token(request: Request) -> str:
    return f'<input type="hidden" name="form_token" value="{request.session.form_token}">'


class Application:
    """The WSGI application: routes by method and path."""

    def __init__(self, cookie: str) -> None:
        self._cookie = cookie  # cookies know no ports: two samples on one host need two names
        self._sessions: dict[str, Session] = {}
        self._views: dict[tuple[str, str], View] = {}
        self._lock = threading.Lock()

    def route(self, method: str, path: str) -> Callable[[View], View]:
        def register(view: View) -> View:
            self._views[method, path] = view
            return view

        return register

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        key, session = self._session(environ)
        response = self._answer(environ, session)
        headers = [
            ("Content-Type", response.kind),
            ("Content-Length", str(len(response.body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Content-Security-Policy", "default-src 'self'; img-src 'self' data:"),
            ("Set-Cookie", f"{self._cookie}={key}; Path=/; HttpOnly; SameSite=Lax"),
            *response.headers,
        ]
        start(response.status, headers)
        return [response.body]

    def _answer(self, environ: dict[str, Any], session: Session) -> Response:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if path == "/style.css":
            return Response(_STYLE.encode(), kind="text/css")
        view = self._views.get((method, path))
        if view is None:
            return Response(b"Not found", "404 Not Found", "text/plain")
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        if query.get("language") in LANGUAGES:
            session.language = query["language"]
        form = _form(environ) if method == "POST" else {}
        if method == "POST" and not secrets.compare_digest(
            form.get("form_token", ""), session.form_token
        ):
            return Response(b"This form is not ours", "403 Forbidden", "text/plain")
        return view(Request(method, path, query, form, session))

    def _session(self, environ: dict[str, Any]) -> tuple[str, Session]:
        cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(self._cookie)
        with self._lock:
            if cookie is not None and cookie.value in self._sessions:
                return cookie.value, self._sessions[cookie.value]
            if len(self._sessions) >= _MOST_SESSIONS:
                self._sessions.pop(next(iter(self._sessions)))  # the oldest
            key = secrets.token_urlsafe(32)
            wished = environ.get("HTTP_ACCEPT_LANGUAGE", "")
            session = self._sessions[key] = Session(language=_preferred(wished))
            return key, session

    def serve(self, port: int) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        server = make_server("127.0.0.1", port, self, _Server, _Quiet)

        def stop(_signal: int, _frame: object) -> None:
            threading.Thread(target=server.shutdown).start()  # it waits for this very thread

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        sys.stdout.write(f"listening on http://127.0.0.1:{port}\n")
        sys.stdout.flush()
        with server:
            server.serve_forever(poll_interval=0.2)


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the signature of http.server
        """Stay silent: addresses carry authorization codes."""


def _form(environ: dict[str, Any]) -> dict[str, str]:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > _MOST_BYTES:
        return {}
    body = environ["wsgi.input"].read(length).decode(errors="replace")
    return dict(parse_qsl(body, keep_blank_values=True))


def _preferred(accept_language: str) -> str:
    """Read the browser's first wish: the script of Chinese decides, then the place."""
    first = accept_language.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].strip().lower()
    if not first.startswith("zh"):
        return "en"
    simplified = ("hans", "-cn", "-sg")
    return "zh-Hans" if any(mark in first for mark in simplified) else "zh-Hant"

"""The registers' HTTP door: routes, tokens, and faults on the way out."""

import datetime as dt
import hmac
import json
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from corpid.demonstration.registers import answers
from corpid.demonstration.registers.faults import Fault, FaultRefused, Faults
from corpid.demonstration.registers.world import EVENTS, World, WorldRefused

_MAX_BODY_BYTES = 64 * 1024
_HUGE_BYTES = 256 * 1024 * 1024


class RegisterServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], *, world: World, token: str) -> None:
        super().__init__(address, RegisterDoor)
        self.world = world
        self.faults = Faults()
        self.token = token


class _Refused(Exception):
    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class RegisterDoor(BaseHTTPRequestHandler):
    server: RegisterServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet per answer
    timeout = 60

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the signature of http.server
        """Stay silent: queries carry company names."""

    def _serve(self) -> None:
        try:
            self._route()
        except _Refused as refusal:
            self._answer({"error": str(refusal)}, refusal.status)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the caller hung up

    def _route(self) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        body = self._body()
        match self.command, url.path:
            case "GET", "/healthz":
                self._answer({"status": "ok"})
            case "GET", "/faults":
                self._answer({"faults": self.server.faults.listed()})
            case "POST", "/faults":
                self._add_fault(body)
            case "DELETE", "/faults":
                self.server.faults.clear()
                self._answer({"faults": []})
            case "GET", "/events":
                self._answer({"kinds": sorted(EVENTS)})
            case "POST", "/events":
                self._happen(body)
            case "GET", "/changes":
                self._check_token()
                self._changes(query)
            case "GET", "/licensing/v1/licences":
                self._check_token()
                self._about_company("licensing", query.get("ubi", ""))
            case "GET", path:
                self._register(path, query)
            case _:
                raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED, "method not taken here")

    def _register(self, path: str, query: dict[str, str]) -> None:
        if search := answers.SEARCH_PATH.match(path):
            self._search(search["register"], query)
        elif found := answers.COMPANY_PATH.match(path):
            self._check_token()
            register = next(name for name in answers.OF_COMPANY if found.groupdict().get(name))
            self._about_company(register, unquote(found["ubi"]))
        else:
            raise _Refused(HTTPStatus.NOT_FOUND, "no register here")

    def _search(self, register: str, query: dict[str, str]) -> None:
        wanted = query.get("query[0][key3]", "")
        fault = self.server.faults.strike("companies_registry", wanted)
        answer: Any = answers.search_companies(self.server.world, register, query)
        if fault and fault.fault == "wrong_company":
            other = self.server.world.other_than(wanted, register=register)
            answer = [answers.open_data(register, other)] if other else []
        self._answer_through(fault, answer)

    def _about_company(self, register: str, ubi: str) -> None:
        world = self.server.world
        fault = self.server.faults.strike(register, ubi)
        company = world.find(ubi)
        if fault and fault.fault == "wrong_company":
            company = world.other_than(ubi)
        told = answers.OF_COMPANY[register](company) if company else None
        if told is None:
            self._answer_through(fault, {"error": "not found"}, HTTPStatus.NOT_FOUND)
            return
        updated_at = world.updated_at[told["brn"]]
        self._answer_through(fault, {**told, "lastUpdated": updated_at.isoformat()})

    def _add_fault(self, body: dict[str, Any]) -> None:
        try:
            fault = self.server.faults.add(body)
        except FaultRefused as refusal:
            raise _Refused(HTTPStatus.BAD_REQUEST, str(refusal)) from refusal
        self._answer(vars(fault), HTTPStatus.CREATED)

    def _happen(self, body: dict[str, Any]) -> None:
        try:
            change = self.server.world.happen(body, dt.datetime.now(tz=dt.UTC))
        except WorldRefused as refusal:
            raise _Refused(HTTPStatus.BAD_REQUEST, str(refusal)) from refusal
        self._answer(change, HTTPStatus.CREATED)

    def _changes(self, query: dict[str, str]) -> None:
        since = query.get("since", "0")
        if not since.isdigit():
            raise _Refused(HTTPStatus.BAD_REQUEST, "since is a sequence number")
        changes = self.server.world.changes_since(int(since))
        next_since = changes[-1]["sequence"] if changes else int(since)
        self._answer({"changes": changes, "next": next_since})

    def _check_token(self) -> None:
        given = self.headers.get("Authorization", "")
        expected = f"Bearer {self.server.token}"
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise _Refused(HTTPStatus.UNAUTHORIZED, "bearer token missing or wrong")

    def _body(self) -> dict[str, Any]:
        if self.command != "POST":
            return {}
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MAX_BODY_BYTES:
            self.close_connection = True
            raise _Refused(HTTPStatus.BAD_REQUEST, "Content-Length missing or too large")
        received = self.rfile.read(int(length))
        # Another site's form can't send this media type: no page in a browser moves the world.
        if self.headers.get_content_type() != "application/json":
            raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
        try:
            body = json.loads(received)
        except ValueError as error:
            raise _Refused(HTTPStatus.BAD_REQUEST, "not JSON") from error
        if not isinstance(body, dict):
            raise _Refused(HTTPStatus.BAD_REQUEST, "not a JSON object")
        return body

    def _answer(self, told: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(json.dumps(told, ensure_ascii=False).encode(), status)

    def _send(self, body: bytes, status: HTTPStatus, *, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _answer_through(
        self, fault: Fault | None, told: Any, status: HTTPStatus = HTTPStatus.OK
    ) -> None:
        kind = fault.fault if fault else ""
        body = json.dumps(told, ensure_ascii=False).encode()
        if fault and kind == "slow":
            time.sleep(fault.seconds)
        if kind == "500":
            self._send(b'{"error": "internal"}', HTTPStatus.INTERNAL_SERVER_ERROR)
        elif kind == "garbage":
            self._send(b"<html>\xff\xfe we are down for maintenance", HTTPStatus.OK)
        elif kind == "truncated":
            self._send(body[: len(body) // 2], status, length=len(body))
            self.close_connection = True
        elif kind == "huge":
            self._flood()
        else:
            self._send(body, status)

    def _flood(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        block = b"[" * (1 << 16)
        for _ in range(_HUGE_BYTES // len(block)):
            self.wfile.write(block)

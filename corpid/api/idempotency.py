"""`Idempotency-Key`: a POST that creates is done once, however often it is sent.

The key's row is inserted in the transaction of the effect. A twin in flight waits on the
unique index until that transaction ends: it then finds the answer, or takes its turn.
No lock outlives a crash, since the row of a crashed transaction never existed. Twins in one
process wait for each other before that (`corpid/api/twins.py`): one of them prepares.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import orjson
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from corpid.api.caller import Caller
from corpid.api.models import IdempotentAnswer
from corpid.api.twins import RequestInProgress, one_of_twins
from corpid.errors import CorpIDError, Invalid, Malformed, gettext_noop

MAX_KEY_LENGTH = 255
TWIN_WAITS = timedelta(seconds=10)
_LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code for a lock_timeout


class IdempotencyKeyMalformed(Malformed):
    code = "idempotency_key_malformed"
    title = gettext_noop("The Idempotency-Key can't be used.")
    remedy = gettext_noop("Send 1 to 255 visible ASCII characters, new for each act.")


class IdempotencyKeyReused(Invalid):
    code = "idempotency_key_reused"
    title = gettext_noop("This Idempotency-Key was sent with another body.")
    remedy = gettext_noop("Use a new key for a new act.")


class IdempotentMixin(APIView):
    """A view whose POST creates: it implements `create` and names its `idempotency_route`.

    `create` runs inside a transaction and returns the response; without a key it just runs.
    What takes long is done by `prepare` before that: its value is given to `create` by name,
    and to `give_back` if `create` refuses.
    """

    idempotency_route: str

    def prepare(self, request: Request) -> Mapping[str, Any]:  # noqa: ARG002  for subclasses
        """Read and examine what was sent, with no transaction open; change nothing."""
        return {}

    def give_back(self, **prepared: Any) -> None:
        """Let go of what `prepare` took in, with no transaction open."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise NotImplementedError

    def answer_to_keep(self, answer: Any) -> Any:
        """Leave out what is shown once: a repeat is answered without it."""
        return answer

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            prepared = self.prepare(request)
            with self._given_back_if_refused(prepared), transaction.atomic():
                return self.create(request, *args, **kwargs, **prepared)
        if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
            raise IdempotencyKeyMalformed
        return self._post_once(key, request, *args, **kwargs)

    @contextmanager
    def _given_back_if_refused(self, prepared: Mapping[str, Any]) -> Iterator[None]:
        try:
            yield
        except CorpIDError:
            self.give_back(**prepared)
            raise

    def _post_once(self, key: str, request: Request, *args: Any, **kwargs: Any) -> Response:
        caller = request.user
        assert isinstance(caller, Caller)  # noqa: S101  a scope was required before this
        row = IdempotentAnswer(
            client_id=caller.client_id,
            route=self.idempotency_route,
            key=key,
            body_sha256=_body_sha256(request, kwargs),
            created_at=timezone.now(),
        )
        with one_of_twins((row.client_id, row.route, key), waits=TWIN_WAITS):
            return self._post_alone(row, request, *args, **kwargs)

    def _post_alone(
        self, row: IdempotentAnswer, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        if _kept_answer(row).exists():
            return _replay(row)
        prepared = self.prepare(request)
        with self._given_back_if_refused(prepared), transaction.atomic():
            if not _is_first(row):
                return _replay(row)
            response = self.create(request, *args, **kwargs, **prepared)
            IdempotentAnswer.objects.filter(id=row.id).update(
                status=response.status_code,
                answer=orjson.loads(
                    orjson.dumps(self.answer_to_keep(response.data), default=str)
                ),
                location=response.get("Location", ""),
            )
            return response


def _body_sha256(request: Request, kwargs: dict[str, Any]) -> bytes:
    """Digest what was asked: the path's ids, the parsed body and the files by content."""
    digest = hashlib.sha256(json.dumps(kwargs, default=str, sort_keys=True).encode())
    if request.FILES:
        for name in sorted(request.FILES):
            for file in request.FILES.getlist(name):
                digest.update(f"\n{name}\n{file.name}\n{file.size}\n".encode())
                for chunk in file.chunks():
                    digest.update(chunk)
                file.seek(0)
        fields = {name: request.POST.getlist(name) for name in sorted(request.POST)}
        digest.update(json.dumps(fields).encode())
    else:
        digest.update(json.dumps(request.data, sort_keys=True).encode())
    return digest.digest()


def _is_first(row: IdempotentAnswer) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            milliseconds = int(TWIN_WAITS.total_seconds() * 1000)
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(milliseconds)])
            IdempotentAnswer.objects.bulk_create([row], ignore_conflicts=True)
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == _LOCK_NOT_AVAILABLE:
            raise RequestInProgress from error
        raise
    return IdempotentAnswer.objects.filter(id=row.id).exists()


def _kept_answer(row: IdempotentAnswer) -> QuerySet[IdempotentAnswer]:
    return IdempotentAnswer.objects.filter(
        client_id=row.client_id, route=row.route, key=row.key
    )


def _replay(row: IdempotentAnswer) -> Response:
    kept = _kept_answer(row).get()
    if bytes(kept.body_sha256) != bytes(row.body_sha256):
        raise IdempotencyKeyReused
    headers = {"Idempotency-Replayed": "true"}
    if kept.location:
        headers["Location"] = kept.location
    return Response(kept.answer, status=kept.status, headers=headers)

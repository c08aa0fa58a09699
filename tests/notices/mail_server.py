"""A mail server that others wrote (aiosmtpd), told what to answer, for tests."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy
from threading import Thread

from aiosmtpd.smtp import SMTP, Envelope, Session

TAKEN = "250 OK"


@dataclass(frozen=True, slots=True)
class Taken:
    recipients: list[str]
    message: EmailMessage
    content: bytes


@dataclass(slots=True)
class MailServer:
    """Answers each recipient and each text in turn, then for ever as the last time."""

    port: int = 0
    to_recipients: list[str] = field(default_factory=lambda: [TAKEN])
    to_texts: list[str] = field(default_factory=lambda: [TAKEN])
    answers_by_domain: dict[str, str] = field(default_factory=dict)  # before the others
    asked: list[str] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        by_domain = self.answers_by_domain.get(address.rpartition("@")[2])
        answer = by_domain or _next(self.to_recipients)
        self.asked.append(address)
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = _next(self.to_texts)
        content = envelope.original_content or b""
        if answer == TAKEN:
            read = message_from_bytes(content, _class=EmailMessage, policy=policy)
            self.taken.append(Taken(list(envelope.rcpt_tos), read, content))
        return answer


def _next(answers: list[str]) -> str:
    return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run it on a port of the system's choice, in a thread of its own."""
    server = MailServer()
    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(
        loop.create_server(
            lambda: SMTP(server, hostname="mail.test", loop=loop), "127.0.0.1", 0
        )
    )
    server.port = listening.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

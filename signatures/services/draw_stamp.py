"""The visible stamp: who signed for which company, and where anybody can check it."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import qrcode
from django.conf import settings
from django.utils import timezone

from authentication.models import Company, Person
from corpid.rendering.documents import compile_document
from signatures.models import Document
from signatures.pades.signing import Stamp

_TEMPLATE = settings.ROOT / "templates" / "signatures" / "stamp.typ"


@contextmanager
def draw_stamp(
    *,
    document: Document,
    company: Company,
    signers: Sequence[Person],
    width: int,
    at: datetime,
) -> Iterator[Stamp]:
    """Draw the stamp into a temporary file that lives as long as the context."""
    url = f"{settings.BASE_URL}/d/{document.code}"
    name = company.current_name
    names = [part for part in (name.tc, name.en) if part] if name else [company.ubi]
    moment = timezone.localtime(at)
    data = {
        "width": width,
        "qr": _modules(url),
        "heading": " · ".join([*names, company.ubi]),
        "signers": "Signed by 簽署人: "
        + ", ".join(_both(person) for person in signers)
        + f" · {moment:%Y-%m-%d %H:%M} Hong Kong 香港時間",
        "check_en": f"Check this document at {url} ; other readers may show 'unknown'.",
        "check_tc": "請到上述網址查核此文件;其他閱讀軟件或會顯示「不明」。",
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stamp.pdf"
        path.write_bytes(compile_document(_TEMPLATE, data, at=at))
        yield Stamp(path)


def _both(person: Person) -> str:
    return " ".join(part for part in (person.name_tc, person.name_en) if part)


def _modules(text: str) -> list[list[bool]]:
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]

"""A document of the sandbox's company, from the request to three signatures."""

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone

from benchmarks.measuring import Void
from benchmarks.product import Product

if TYPE_CHECKING:  # models need Django set up, which is after prepare() is called
    from authentication.models import Company, Person
    from signatures.models import SignatureRequest

_COMPANY = "71234567"  # "any two" of its three directors sign, then its seal
_TEMPLATE = Path(__file__).parent / "cases" / "agreement.typ"
_SEALED_WITHIN = 60.0


@dataclass
class Signing:
    product: Product

    @cached_property
    def company(self) -> "Company":
        from authentication.models import Company  # noqa: PLC0415  after setup

        return Company.objects.get(ubi=_COMPANY)

    @cached_property
    def directors(self) -> "list[Person]":
        from authentication.models import Person  # noqa: PLC0415

        emails = [person["email"] for person in self.product.sandbox["persons"][:2]]
        return [Person.objects.get(account__email=email) for email in emails]

    @cached_property
    def agreement(self) -> bytes:
        from corpid.rendering.documents import compile_document  # noqa: PLC0415

        return compile_document(_TEMPLATE, {}, at=timezone.now())

    def approved(self) -> "SignatureRequest":
        """Ask the company's signers for one document, and let two of them agree."""
        from signatures.models import SignatureRequest  # noqa: PLC0415
        from signatures.models.request import Addressee, DocumentClass  # noqa: PLC0415
        from signatures.services.approve_signature import approve_signature  # noqa: PLC0415
        from signatures.services.examine_uploads import Upload  # noqa: PLC0415
        from signatures.services.open_request import open_request  # noqa: PLC0415

        request = open_request(
            company=self.company,
            uploads=[Upload("agreement.pdf", self.agreement)],
            title="Supply agreement",
            document_class=DocumentClass.GENERAL,
            addressee=Addressee.PRIVATE,
            made_by=self.directors[0],
            at=timezone.now(),
        )
        for director in self.directors:
            approve_signature(
                request=request, person=director, digest=request.digest, at=timezone.now()
            )
        return SignatureRequest.objects.select_related(
            "company__current_name", "approval__company", "made_by", "e_service"
        ).get(pk=request.pk)

    def signed_by_the_worker(self) -> str:
        """Let the running worker sign a document; give the digest of the signed file."""
        request = self.approved()
        deadline = time.monotonic() + _SEALED_WITHIN
        while request.state == request.State.SEALING:
            if time.monotonic() > deadline:
                raise Void("the worker did not sign the document")
            time.sleep(0.2)
            request.refresh_from_db()
        if request.state != request.State.COMPLETE:
            raise Void(f"the document was not signed: {request.state}")
        return request.documents.get().signed_digest

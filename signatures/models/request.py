"""A request for a company's signature, and the documents that it is about."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.files.file_code import file_code
from corpid.files.holder import Holder
from corpid.identifiers import outside_id, uuid7
from corpid.languages import LANGUAGES, in_each_language


def new_request_reference() -> str:
    return outside_id("sig")


def new_document_code() -> str:
    return outside_id("d")


# So long those who asked, or did not sign, can still look at what it was about.
UNSIGNED_KEPT = timedelta(days=7)


def holder_of(*, company_id: UUID, e_service_id: UUID | None) -> Holder:
    """Count documents for who sent them until they are signed: nobody fills others' quotas."""
    if e_service_id is not None:
        return Holder(e_service_id=e_service_id)
    return Holder(company_id=company_id)


class Addressee(models.TextChoices):
    """Towards government only recognised certificates will do (Cap. 553 s.6(1A))."""

    GOVERNMENT = "government", _("a government department")
    PRIVATE = "private", _("a private party")


class DocumentClass(models.TextChoices):
    """Those below the line can't be signed electronically (Cap. 553 Sch. 1)."""

    GENERAL = "general", _("agreement or other document")
    FILING = "filing", _("form or return to a department")
    RESOLUTION = "resolution", _("resolution or minutes")
    WILL = "will", _("will or codicil")
    TRUST = "trust", _("express trust")
    POWER_OF_ATTORNEY = "power_of_attorney", _("power of attorney")
    STAMPED = "stamped", _("instrument to be stamped")
    GOVERNMENT_LEASE = "government_lease", _("government lease or grant")
    LAND = "land", _("contract or conveyance of land")
    FLOATING_CHARGE = "floating_charge", _("floating charge on land")
    SWORN = "sworn", _("oath, affidavit or statutory declaration")
    COURT = "court", _("judgment, order or warrant of a court")
    NEGOTIABLE = "negotiable", _("negotiable instrument")

    @property
    def is_blocked(self) -> bool:
        return self not in {self.GENERAL, self.FILING, self.RESOLUTION}


class SignatureRequestQuerySet(models.QuerySet["SignatureRequest"]):
    def waiting(self) -> "SignatureRequestQuerySet":
        return self.filter(state=SignatureRequest.State.WAITING)

    def past_their_time(self, *, at: datetime) -> "SignatureRequestQuerySet":
        return self.waiting().filter(expires_at__lte=at)

    def to_be_released(self, *, at: datetime) -> "SignatureRequestQuerySet":
        """Find what ended unsigned a while ago; one that failed may be resumed in its time."""
        state = SignatureRequest.State
        ended = self.exclude(state__in=[*SignatureRequest.OPEN, state.COMPLETE]).filter(
            ended_at__lte=at - UNSIGNED_KEPT
        )
        kept = Document.objects.filter(request=models.OuterRef("pk"), released_at=None)
        return ended.filter(models.Exists(kept)).exclude(state=state.FAILED, expires_at__gt=at)


class SignatureRequest(models.Model):
    """Its rule is frozen in `approval`, which also holds the votes."""

    SUBJECT = "signature-request"  # what it is called in approvals, notices and the audit log

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        WAITING = "waiting", _("waiting for signatures")
        SEALING = "sealing", _("being signed and sealed")
        COMPLETE = "complete", _("signed")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXPIRED = "expired", _("out of time")
        SUPERSEDED = "superseded", _("replaced by a newer request")
        CANNOT_BE_COMPLETED = "cannot_be_completed", _("cannot be completed")
        FAILED = "failed", _("failed")

    OPEN = (State.DRAFT, State.WAITING, State.SEALING)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=40, unique=True, default=new_request_reference)
    company = models.ForeignKey(
        "authentication.Company", on_delete=models.PROTECT, related_name="signature_requests"
    )
    e_service = models.ForeignKey(
        "authentication.EService", null=True, blank=True, on_delete=models.PROTECT
    )  # who asks, if it came over the API
    made_by = models.ForeignKey(
        "authentication.Person", null=True, blank=True, on_delete=models.PROTECT
    )
    title = models.CharField(max_length=200)
    document_class = models.CharField(max_length=20, choices=DocumentClass.choices)
    addressee = models.CharField(max_length=10, choices=Addressee.choices)
    resume_uri = models.CharField(max_length=500, blank=True)  # where the browser goes back to
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    approval = models.OneToOneField(
        "authentication.Approval",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="signature_request",
    )
    digest = models.CharField(max_length=64, blank=True)  # of the list of documents
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=500, blank=True)
    seal_job_id = models.UUIDField(null=True, blank=True)

    objects = SignatureRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for signature")
        verbose_name_plural = _("requests for signature")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="signature_request_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "waiting", "sealing"], ended_at=None)
                | (
                    ~models.Q(state__in=["draft", "waiting", "sealing"])
                    & models.Q(ended_at__isnull=False)
                ),
                name="ended_signature_request_has_its_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft")
                | (models.Q(approval__isnull=False) & ~models.Q(digest="")),
                name="asked_signature_request_has_approval_and_digest",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-created_at"], name="requests_by_company"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state="waiting"),
                name="waiting_requests_by_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} ({self.state})"

    def asker_names(self) -> dict[str, str]:
        """Name who asks, in the three languages."""
        asker = self.e_service or self.made_by
        if asker is None:
            return dict.fromkeys(LANGUAGES, "Corp ID")
        return in_each_language(asker.name_in)

    def holder(self) -> Holder:
        """Say for whom its documents count until they are signed."""
        return holder_of(company_id=self.company_id, e_service_id=self.e_service_id)

    @property
    def subject(self) -> str:
        """Give its name in approvals, notices and the audit log."""
        return f"{self.SUBJECT}:{self.reference}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class DocumentQuerySet(models.QuerySet["Document"]):
    def held_by(self, holder: Holder) -> "DocumentQuerySet":
        """Keep those that count for somebody: of an e-service what nobody has signed yet."""
        complete = models.Q(request__state=SignatureRequest.State.COMPLETE)
        if holder.e_service_id is not None:
            of = models.Q(request__e_service_id=holder.e_service_id) & ~complete
        else:
            of = models.Q(request__company_id=holder.company_id) & (
                complete | models.Q(request__e_service=None)
            )
        return self.filter(of, released_at=None)


class Document(models.Model):
    """One file of a request: what was shown, and later what was signed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(
        SignatureRequest, on_delete=models.PROTECT, related_name="documents"
    )
    number = models.PositiveSmallIntegerField()  # 1, 2, …
    code = models.CharField(max_length=40, unique=True, default=new_document_code)  # /d/{code}
    file_name = models.CharField(max_length=200)
    page_count = models.PositiveIntegerField()
    original_digest = models.CharField(max_length=64)  # SHA-256, hex: what was shown
    signed_digest = models.CharField(max_length=64, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)  # not signed, and let go

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "number"], name="documents_of_a_request_are_numbered"
            ),
            models.CheckConstraint(
                condition=models.Q(signed_digest="", signed_at=None)
                | (~models.Q(signed_digest="") & models.Q(signed_at__isnull=False)),
                name="signed_document_has_its_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(released_at=None) | models.Q(signed_digest=""),
                name="signed_document_is_kept",
            ),
        ]
        indexes = [
            models.Index(fields=["original_digest"], name="document_by_original_digest"),
            models.Index(fields=["signed_digest"], name="document_by_signed_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} of {self.request_id}"

    @property
    def file_code(self) -> str:
        return file_code(self.original_digest)

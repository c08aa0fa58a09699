"""What a person agreed to tell an e-service, and by which name the e-service knows them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id, uuid7


def new_subject() -> str:
    return outside_id("sub")


class PairwiseSubject(models.Model):
    """The person in this company, for one sector; without a company, the person alone.

    Random and stored, so that no two sectors can compare and a leaked secret names nobody. It
    stays when the person or the company is renamed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sub = models.CharField(max_length=40, unique=True, default=new_subject)
    person = models.ForeignKey(
        "authentication.Person", on_delete=models.PROTECT, related_name="subjects"
    )
    company = models.ForeignKey(
        "authentication.Company",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="subjects",
    )
    sector_identifier = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("pairwise subject")
        verbose_name_plural = _("pairwise subjects")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "company", "sector_identifier"],
                nulls_distinct=False,
                name="one_subject_per_person_company_and_sector",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sub} at {self.sector_identifier}"


class SignInConsent(models.Model):
    """Remembered until what is shared changes: `claims_digest` is of exactly what was shown."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(
        "authentication.Person", on_delete=models.PROTECT, related_name="sign_in_consents"
    )
    company = models.ForeignKey(
        "authentication.Company", on_delete=models.PROTECT, related_name="sign_in_consents"
    )
    e_service = models.ForeignKey(
        "authentication.EService", on_delete=models.PROTECT, related_name="sign_in_consents"
    )
    claims_digest = models.CharField(max_length=64)  # SHA-256, hex
    given_at = models.DateTimeField()

    class Meta:
        verbose_name = _("consent to sign in")
        verbose_name_plural = _("consents to sign in")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "company", "e_service"],
                name="one_sign_in_consent_per_person_company_and_e_service",
            ),
        ]

    def __str__(self) -> str:
        return f"of {self.person_id} for {self.company_id} to {self.e_service_id}"

"""The company's receipt of having shown a credential."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import outside_id


def new_presentation_id() -> str:
    return outside_id("prs")


class Presentation(models.Model):
    """Who showed which claims of what, to whom, why, and by which authority.

    The receipt is signed by the credential's holder key, whose public half is in its header, so
    it is verified without us. Claims are named; their values are not kept. The row is written
    before anything leaves, so that nothing is ever shown without a trace.
    """

    class Outcome(models.TextChoices):
        SENDING = "sending", _("being sent")
        TAKEN = "taken", _("taken by the verifier")
        NOT_TAKEN = "not_taken", _("not taken by the verifier")
        UNKNOWN = "unknown", _("sent, without an answer")

    id = models.CharField(
        primary_key=True, max_length=40, default=new_presentation_id, editable=False
    )
    credential = models.ForeignKey(
        "credentials.Credential", on_delete=models.PROTECT, related_name="presentations"
    )
    company = models.ForeignKey(
        "authentication.Company", on_delete=models.PROTECT, related_name="presentations"
    )
    person = models.ForeignKey(
        "authentication.Person", on_delete=models.PROTECT, related_name="presentations"
    )
    capacity = models.CharField(max_length=30)
    verifier_name = models.CharField(max_length=200)
    client_id = models.CharField(max_length=300)
    response_uri = models.CharField(max_length=2000)
    disclosed = models.JSONField()  # paths
    purpose = models.CharField(max_length=300, blank=True)  # in the verifier's words
    receipt = models.TextField()  # compact JWS
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.SENDING)
    presented_at = models.DateTimeField()

    class Meta:
        verbose_name = _("presentation")
        verbose_name_plural = _("presentations")
        indexes = [
            models.Index(
                fields=["credential", "-presented_at"], name="presentations_of_credential"
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} to {self.verifier_name}"

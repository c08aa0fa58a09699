"""Machine doors of the audit log."""

from django.urls import path

from corpid.audit.api import checkpoints

urlpatterns = [
    path("audit/checkpoint", checkpoints.CheckpointView.as_view()),
    path("audit/public-key", checkpoints.PublicKeyView.as_view()),
    path(
        "audit/proofs/inclusion",
        checkpoints.InclusionProofView.as_view(),
        name="inclusion_proof",
    ),
    path(
        "audit/proofs/consistency",
        checkpoints.ConsistencyProofView.as_view(),
        name="consistency_proof",
    ),
]

"""Look at an uploaded file before anybody is asked to sign it."""

import json
from pathlib import Path

from corpid.errors import CorpIDError, Invalid, Unsupported, gettext_noop
from corpid.rendering.fence import FileUnreadable, Limits, run_fenced
from corpid.rendering.pages import PdfFacts, inspect_pdf
from signatures.pades.examination import Finding


class FileEmpty(Invalid):
    code = Finding.EMPTY.value
    title = gettext_noop("The file is empty.")
    remedy = gettext_noop("Check the file on your computer and choose it again.")


class NotPdf(Unsupported):
    code = Finding.NOT_PDF.value
    title = gettext_noop("This is not a PDF, whatever its name says.")
    remedy = gettext_noop("Save the document as a PDF and choose that file.")


class PdfCutShort(Invalid):
    code = Finding.CUT_SHORT.value
    title = gettext_noop("The end of this PDF is missing.")
    remedy = gettext_noop("Download or save the file again: it was cut off on its way.")


class PdfEncrypted(Invalid):
    code = Finding.ENCRYPTED.value
    title = gettext_noop("This PDF is protected with a password.")
    remedy = gettext_noop("Save a copy without a password and choose that.")


class PdfHybrid(Invalid):
    code = Finding.HYBRID.value
    title = gettext_noop("This PDF can be read in two ways.")
    remedy = gettext_noop("Print it to a new PDF and choose that, so that all see the same.")


class PdfActs(Invalid):
    code = Finding.ACTS.value
    title = gettext_noop("This PDF contains scripts or actions.")
    remedy = gettext_noop("Print it to a new PDF: what is signed may not act by itself.")


class PdfHasXfa(Invalid):
    code = Finding.XFA.value
    title = gettext_noop("This PDF is an XFA form, which most readers can't show.")
    remedy = gettext_noop("Print the filled form to a new PDF and choose that.")


class PdfHasExecutables(Invalid):
    code = Finding.EXECUTABLE.value
    title = gettext_noop("A program is attached inside this PDF.")
    remedy = gettext_noop("Remove the attachment and choose the file again.")


class PdfHasHiddenLayers(Invalid):
    code = Finding.HIDDEN_LAYERS.value
    title = gettext_noop("This PDF has layers that are not shown.")
    remedy = gettext_noop("Print it to a new PDF, so that what is shown is what is signed.")


class PdfFormNotDrawn(Invalid):
    code = Finding.FORM_NOT_DRAWN.value
    title = gettext_noop("This form leaves it to each reader how its values look.")
    remedy = gettext_noop("Print the filled form to a new PDF and choose that.")


class PdfSignedAlready(Invalid):
    code = Finding.SIGNED_ALREADY.value
    title = gettext_noop("Somebody has signed this PDF already.")
    remedy = gettext_noop("Choose the unsigned document: a company signs the original here.")


REFUSALS: dict[str, type[CorpIDError]] = {
    refusal.code: refusal
    for refusal in (
        FileEmpty,
        NotPdf,
        PdfCutShort,
        PdfEncrypted,
        PdfHybrid,
        PdfActs,
        PdfHasXfa,
        PdfHasExecutables,
        PdfHasHiddenLayers,
        PdfFormNotDrawn,
        PdfSignedAlready,
    )
}
_LIMITS = Limits(cpu_seconds=15, wall_seconds=30)


def refuse_unsignable(*, path: Path) -> PdfFacts:
    """Give the facts of a file that may be signed; raise what speaks against it first."""
    with path.open("rb") as file:
        answer = run_fenced(
            task="signatures.pades.examination:examine", file=file, limits=_LIMITS
        )
    for finding in json.loads(answer):
        raise REFUSALS.get(finding, FileUnreadable)(finding)
    with path.open("rb") as file:
        return inspect_pdf(file)

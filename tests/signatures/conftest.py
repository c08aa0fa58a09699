"""A company with three directors under "any two", and our authorities, in the real database."""

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from authentication.models import Company, CompanyKind, Member, Person, SigningRule
from corpid.jobs.models import Job
from corpid.jobs.services.run_job import run_job
from corpid.keys.remembered import ACTIVE_KEYS
from signatures.models import Addressee, DocumentClass, SignatureRequest
from signatures.services.approve_signature import approve_signature
from signatures.services.establish_pki import establish_pki
from signatures.services.examine_uploads import Upload
from signatures.services.open_request import open_request
from tests.makers import make_company, make_officer, make_person
from tests.signatures.signed_documents import write_agreement


@dataclass(slots=True)
class House:
    """Golden Harvest, its three directors and its clerk."""

    company: Company
    directors: list[Person]
    clerk: Person

    def open_request(self, pdf: bytes, **changes: object) -> SignatureRequest:
        wishes: dict[str, object] = {
            "company": self.company,
            "uploads": [Upload("agreement.pdf", io.BytesIO(pdf))],
            "title": "Supply agreement",
            "document_class": DocumentClass.GENERAL,
            "addressee": Addressee.PRIVATE,
            "at": timezone.now(),
            "made_by": self.directors[2],
        }
        return open_request(**(wishes | changes))  # type: ignore[arg-type]  # a table of wishes

    def approve(self, request: SignatureRequest, *persons: Person) -> None:
        for person in persons:
            approve_signature(
                request=request, person=person, digest=request.digest, at=timezone.now()
            )

    def run_jobs(self) -> None:
        for job in Job.objects.filter(state__in=Job.OPEN):
            run_job(job_id=job.id)
            job.refresh_from_db()
            assert job.state not in Job.OPEN, job.errors

    def signed(self, pdf: bytes) -> SignatureRequest:
        request = self.open_request(pdf)
        self.approve(request, *self.directors[:2])
        self.run_jobs()
        request.refresh_from_db()
        return request


@pytest.fixture
def files(settings: Settings, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path / "files"
    settings.STATE_DIR = tmp_path
    return tmp_path / "files"


@pytest.fixture
def house(transactional_db: None, files: Path) -> House:
    ACTIVE_KEYS.clear()
    establish_pki(at=timezone.now())
    return make_house()


def make_house() -> House:
    company = make_company(name_en="Golden Harvest Trading Limited")
    directors = [
        make_person("Lee Siu Ming", email="lee@golden.example"),
        make_person("Chan Ka Yan", email="chan@golden.example"),
        make_person("Ho Wai Lam", email="ho@golden.example"),
    ]
    for person, name_tc, name_sc in zip(
        directors, ("李小明", "陳家欣", "何慧琳"), ("李小明", "陈家欣", "何慧琳"), strict=True
    ):
        person.name_tc, person.name_sc = name_tc, name_sc
        person.save()
        make_officer(company, person)
    SigningRule.objects.create(
        company=company,
        rule={"any_of": [[{"needed": 2, "of": ["director"]}]]},
        status=SigningRule.Status.AGREED,
        in_force_from=timezone.now(),
    )
    clerk = make_person("Wong Mei Ling", email="wong@golden.example")
    Member.objects.create(
        company=company, person=clerk, status=Member.Status.ACTIVE, since=timezone.now()
    )
    return House(company, directors, clerk)


@pytest.fixture
def shop(house: House) -> House:
    """A sole proprietorship: the owner is the business."""
    company = make_company("Chan Kee Noodles", kind=CompanyKind.SOLE_PROPRIETORSHIP)
    owner = make_person("Chan Siu Fong", email="fong@noodles.example")
    make_officer(company, owner, "proprietor")
    return House(company, [owner, owner, owner], house.clerk)


@pytest.fixture(scope="session")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_agreement(tmp_path_factory.mktemp("pdf"), pages=2).read_bytes()

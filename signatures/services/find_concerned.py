"""Those to be told what becomes of a request: who voted, and who prepared it."""

from authentication.models import Person
from signatures.models import SignatureRequest


def find_concerned(*, request: SignatureRequest) -> list[Person]:
    voters = Person.objects.filter(votes__approval=request.approval).distinct()
    found = {person.id: person for person in voters}
    if request.made_by is not None:
        found.setdefault(request.made_by.id, request.made_by)
    return list(found.values())

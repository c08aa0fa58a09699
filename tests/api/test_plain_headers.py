"""Headers put where Django keeps them are Django's headers in every way."""

from django.http import HttpResponse

from corpid.api.plain_headers import (
    has_header,
    prepared,
    put_header,
    put_missing_headers,
)


def test_a_header_that_was_put_is_found_by_any_writing_of_its_name() -> None:
    answer = HttpResponse()

    put_header(answer, "x-trace-id", ("X-Trace-Id", "t1"))

    assert answer["x-trace-id"] == answer.headers["X-TRACE-ID"] == "t1"
    assert ("X-Trace-Id", "t1") in answer.items()


def test_what_a_view_has_said_stands() -> None:
    answer = HttpResponse(headers={"cache-control": "max-age=60"})

    put_missing_headers(answer, prepared({"Cache-Control": "no-store", "Vary": "Cookie"}))

    assert (answer["Cache-Control"], answer["Vary"]) == ("max-age=60", "Cookie")
    assert [name for name, _ in answer.items()].count("Vary") == 1


def test_a_header_of_another_writing_is_there() -> None:
    answer = HttpResponse(headers={"VARY": "Cookie"})

    assert has_header(answer, "vary")
    assert not has_header(answer, "content-length")

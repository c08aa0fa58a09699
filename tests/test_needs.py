"""The marker `needs`: skipped and told where something is absent, a failure in CI."""

import pytest

from tests import needs


@pytest.fixture
def absent(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> pytest.Item:
    """This test as one that needs a thing which isn't here."""
    monkeypatch.setitem(needs.PRESENT, "a thing", lambda: False)
    request.node.add_marker(pytest.mark.needs("a thing"))
    item: pytest.Item = request.node
    return item


def test_what_is_absent_is_skipped_and_told(
    absent: pytest.Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match="not run here: needs a thing"):
        needs.refuse_or_skip(absent)


def test_what_is_absent_in_ci_is_a_failure(
    absent: pytest.Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="needs a thing, which CI must have"):
        needs.refuse_or_skip(absent)


def test_a_right_that_ci_was_not_given_is_told_and_not_a_failure(
    absent: pytest.Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(needs, "RIGHTS", {"a thing"})

    with pytest.raises(pytest.skip.Exception, match="not run here: needs a thing"):
        needs.refuse_or_skip(absent)


def test_what_is_present_is_run(absent: pytest.Item, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(needs.PRESENT, "a thing", lambda: True)

    needs.refuse_or_skip(absent)


def test_a_need_that_nobody_can_look_for_is_an_error() -> None:
    with pytest.raises(pytest.UsageError, match="doesn't know how to look for 'unicorns'"):
        needs.is_present("unicorns")

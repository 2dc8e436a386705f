"""Group commit: one transaction for many threads, and a bad row that hurts only itself."""

import threading

import pytest
from django.db import connection

from isocentre.jobs.commit import GroupCommitter
from isocentre.jobs.models import Setting

pytestmark = pytest.mark.django_db(transaction=True)


def write(items: list[str]) -> list[str]:
    assert connection.in_atomic_block
    for item in items:
        if item == "bad":
            raise ValueError("a bad row")
    Setting.objects.bulk_create(Setting(name=item, value=len(items)) for item in items)
    return [item.upper() for item in items]


def test_a_submitted_row_is_committed_when_submit_returns() -> None:
    committer: GroupCommitter[str] = GroupCommitter(write)
    assert committer.submit("a") == "A"
    assert Setting.objects.filter(name="a").exists()
    committer.close()


def test_a_bad_row_fails_alone() -> None:
    committer: GroupCommitter[str] = GroupCommitter(write)
    answers: dict[str, object] = {}

    def submit(name: str) -> None:
        try:
            answers[name] = committer.submit(name)
        except ValueError as error:
            answers[name] = error

    names = ["bad" if i == 7 else f"row{i}" for i in range(20)]
    threads = [threading.Thread(target=submit, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    committer.close()
    assert isinstance(answers.pop("bad"), ValueError)
    assert Setting.objects.count() == 19
    assert answers == {name: name.upper() for name in names if name != "bad"}

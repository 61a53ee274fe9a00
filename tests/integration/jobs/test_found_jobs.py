"""Jobs as a page of them finds them, in both databases."""

from datetime import timedelta

from fakes.autofix_jobs import NOW, Shelf, a_job
from modules.autofix.adapters import job_rows
from modules.autofix.adapters.job_figures import JobFigures
from modules.autofix.job import Job, Status


def keep(shelf: Shelf, *jobs: Job) -> JobFigures:
    with shelf.engine.begin() as conn:
        for job in jobs:
            job_rows.add(conn, job, "/srv/shop")
    return JobFigures(shelf.store(), now=lambda: shelf.now)


async def test_jobs_are_found_by_status_project_and_title(shelf: Shelf) -> None:
    figures = keep(
        shelf,
        a_job("a", "1", issue_title='KeyError: "50 %_"'),
        a_job("b", "2", issue_title="Straße zu", project_key="web"),
        a_job("c", "3", status=Status.FAILED),
    )

    async def found(**wanted: object) -> list[str]:
        return sorted(job.id for job in await figures.page(**wanted))  # type: ignore[arg-type]

    assert await found() == ["a", "b", "c"]
    assert await found(status=Status.FAILED) == ["c"]
    assert await found(project="web") == ["b"]
    assert await found(text='keyerror: "50 %_') == ["a"]
    assert await found(text="STRASSE") == ["b"]
    assert await found(text="%") == ["a"]
    assert await found(text="issueTitle") == []


async def test_pages_of_jobs_overlap_nowhere_and_leave_none_out(shelf: Shelf) -> None:
    """Three of each moment, so that pages end amid jobs of the same one."""
    jobs = [
        a_job(f"j{n:02}", str(n), issue_title="it", created_at=NOW - timedelta(minutes=n // 3))
        for n in range(10)
    ]
    figures = keep(shelf, *reversed(jobs))

    for text in ("", "it"):
        seen: list[str] = []
        while some := await figures.page(before=seen[-1] if seen else "", limit=4, text=text):
            seen += [job.id for job in some]

        assert seen == [job.id for job in jobs]


async def test_before_a_job_that_is_gone_there_is_nothing(shelf: Shelf) -> None:
    figures = keep(shelf, a_job("a"))

    assert await figures.page(before="gone") == ()


async def test_what_ended_lately_is_told_with_how_long_it_took(shelf: Shelf) -> None:
    def ended(name: str, hours_ago: float, status: Status, **more: object) -> Job:
        at = NOW - timedelta(hours=hours_ago)
        job = a_job(name, name, status=status, created_at=at, updated_at=at)
        return job.model_copy(update={"completed_at": at, **more})

    figures = keep(
        shelf,
        ended("old", 25, Status.SUCCEEDED, started_at=NOW - timedelta(hours=26)),
        ended("fast", 2, Status.SUCCEEDED, started_at=NOW - timedelta(hours=2, seconds=1.5)),
        ended("slow", 1, Status.FAILED, started_at=NOW - timedelta(hours=1, seconds=90)),
        ended("never", 3, Status.CANCELLED, started_at=None),
        a_job("runs", "9", status=Status.RUNNING, started_at=NOW),
    )
    shelf.now = NOW

    assert [job.id for job in await figures.ended_lately(2)] == ["slow", "fast"]
    assert sorted(await figures.took_lately(), key=str) == [1.5, 90.0, None]

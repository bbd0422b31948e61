"""The event file of a job: made piece by piece as it is read, whether the job has ended or not."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from service.tracking.job_history import JobHistory
from service.tracking.parameters import parameters, shown
from service.tracking.scalars import of_epoch, of_result
from service.tracking.tensorboard import events
from worker.jobs.record import FINAL, Record, State, created_ms
from worker.jsontypes import Json
from worker.store.metrics_page import MetricsPage


@dataclass
class Last:
    """Where the metrics have ended."""

    ms: float
    epoch: int = 0


def file_name(record: Record) -> str:
    """Returns a name by which TensorBoard takes a file for one of its own. A job has one name, so a
    later file of it replaces an earlier one."""
    made = record.created_at
    seconds = created_ms(record.id) // 1000 if made is None else int(made.timestamp())
    return f"events.out.tfevents.{seconds}.{record.id}"


def event_file(history: JobHistory, epochs: MetricsPage) -> Generator[bytes, None, None]:
    """Yields the file, some epochs at a time. Steps are epochs."""
    record, last = history.record, Last(history.start_ms)
    spec = shown(record.body)
    yield events.version()
    yield events.session_start(last.ms, record.id, dict(parameters(spec)))
    yield events.markdown(last.ms, 0, "spec", events.code(spec))
    for rows in epochs.rows_of_blocks():
        yield b"".join(_of_epoch(history, row) for row in rows)
        last = Last(history.clock.ms_of(rows[-1]), rows[-1]["epoch"])
    yield b"".join(_findings(history, last))
    yield b"".join(_end(history, last))


def _of_epoch(history: JobHistory, row: Json) -> bytes:
    return events.scalars(history.clock.ms_of(row), row["epoch"], of_epoch(row))


def _findings(history: JobHistory, last: Last) -> Iterator[bytes]:
    for finding in history.record.findings or ():
        ms, epoch = history.found.get(finding["code"], (last.ms, last.epoch))
        said = (
            f"**{finding['severity']}**: {finding['message']}\n\n{events.code(evidence(finding))}"
        )
        yield events.markdown(ms, epoch, f"findings/{finding['code']}", said)


def evidence(finding: Json) -> Json:
    """Returns what of a finding is not said in words."""
    return {name: finding[name] for name in ("evidence", "patch") if name in finding}


def _end(history: JobHistory, last: Last) -> Iterator[bytes]:
    record, ms = history.record, history.end_ms
    if record.state not in FINAL or ms is None:
        return
    if measured := [*of_result(record.result)]:
        yield events.scalars(ms, last.epoch, measured)
    if record.problem:
        yield events.markdown(ms, last.epoch, "problem", record.problem["detail"])
    yield events.session_end(ms, record.state is State.SUCCEEDED)

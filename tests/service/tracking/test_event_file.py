"""What TensorBoard itself reads in the event file of a job, whether that has ended or not."""

import re
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from service.tracking.tensorboard.events import checksum, record
from service.tracking.tensorboard.protobuf import single, whole
from tests.problems import expect_problem
from tests.service.tracking.tracked_job import BODY, FINDING, TrackedJob, epoch
from worker.jobs.record import State
from worker.jobs.transitions import open_records

Read = Callable[[str], Any]


@pytest.fixture
def read(http: httpx.Client, tmp_path: Path) -> Read:
    """Returns what TensorBoard reads of a job, in whose folder its file alone lies."""

    def reading(job: str) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = pytest.importorskip(
                "tensorboard.backend.event_processing.event_accumulator", reason="needs tensorboard"
            )
            answer = http.get(f"/v1/jobs/{job}/tensorboard").raise_for_status()
            said = re.findall('filename="(.*)"', answer.headers["content-disposition"])
            folder = tmp_path / "runs"
            folder.mkdir(exist_ok=True)
            (folder / said[0]).write_bytes(answer.content)
            everything = {"scalars": 0, "tensors": 0}
            return reader.EventAccumulator(str(folder), everything).Reload()

    return reading


def values(seen: Any, tag: str) -> list[tuple[int, float]]:
    return [(each.step, each.value) for each in seen.Scalars(tag)]


def text(seen: Any, tag: str) -> tuple[int, str]:
    (told,) = seen.Tensors(tag)
    return told.step, told.tensor_proto.string_val[0].decode()


def test_a_job_that_runs_shows_its_epochs_so_far(running: TrackedJob, read: Read) -> None:
    seen = read(running.id)
    assert values(seen, "loss/train") == [(1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3))]
    assert values(seen, "gradient_norm/layer_2") == [(1, 0.125), (2, 0.125)]
    assert values(seen, "dead/layer_1") == [(1, 0.25), (2, 0.25)]
    tags = set(seen.Tags()["scalars"])
    assert {"accuracy/train", "learning_rate", "weight_norm/layer_2"} < tags
    assert not tags & {"loss/validation", "dead/layer_2", "result/test_accuracy"}


def test_times_are_those_of_the_clock_on_the_wall(
    running: TrackedJob, read: Read, client: redis.Redis
) -> None:
    told: Any = client.xrange(f"purr:job:{running.id}:events")
    ms = [int(at.split("-")[0]) for at, fields in told if fields["event"] == "metrics"]
    seen = [each.wall_time for each in read(running.id).Scalars("loss/train")]
    assert seen == pytest.approx([(ms[0] - 125) / 1000, ms[0] / 1000, ms[1] / 1000])


def test_the_spec_and_findings_are_texts(running: TrackedJob, read: Read) -> None:
    seen = read(running.id)
    step, spec = text(seen, "spec")
    assert (step, '"learning_rate": 0.001' in spec) == (0, True)
    assert [word for word in ("secret", "mine alone", "small") if word in spec] == []
    assert text(seen, "findings/dead_units")[0] == 2
    assert text(seen, "findings/dead_units")[1].startswith("**warning**: Units are dead.")


def test_an_ended_job_shows_how_good_its_model_is(running: TrackedJob, read: Read) -> None:
    running.end()
    seen = read(running.id)
    assert values(seen, "result/test_accuracy") == [(3, 0.75)]
    assert "problem" not in seen.Tags()["tensors"]


def test_a_job_that_failed_says_why(running: TrackedJob, read: Read) -> None:
    running.end(State.FAILED, problem={"code": "diverged", "detail": "The cost is infinite."})
    assert text(read(running.id), "problem") == (3, "The cost is infinite.")


def test_what_is_held_out_has_a_curve_of_its_own(
    client: redis.Redis, root: Path, read: Read
) -> None:
    job = TrackedJob(open_records(client)["job"], root)
    job.train(epoch(1, row=1, repeat=1, fold=2), epoch(1, row=2, repeat=None, fold=None))
    seen = read(job.id)
    assert values(seen, "loss/train/repeat_1_fold_2") == values(seen, "loss/train") == [(1, 1.0)]


def test_hyperparameters_are_those_of_the_spec(running: TrackedJob, read: Read) -> None:
    running.end()
    seen = read(running.id)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    def content(tag: str) -> Any:
        return HParamsPluginData.FromString(seen.SummaryMetadata(tag).plugin_data.content)

    start = content("_hparams_/session_start_info").session_start_info
    found = start.hparams
    assert found["optimizer.learning_rate"].number_value == 0.001
    assert found["network.hidden_units"].string_value == "[4]"
    assert {"webhook", "notes", "tags", "device"} & set(found) == set()
    assert start.group_name == running.id
    assert content("_hparams_/session_end_info").session_end_info.status == 1


def test_a_job_whose_events_have_expired_counts_from_its_start(
    running: TrackedJob, read: Read, client: redis.Redis
) -> None:
    record = running.end()
    client.delete(f"purr:job:{running.id}:events")
    assert record.started_at is not None
    began = int(record.started_at.timestamp() * 1000) / 1000
    seen = [each.wall_time for each in read(running.id).Scalars("loss/train")]
    assert seen == pytest.approx([began + n / 8 for n in (1, 2, 3)])


def test_a_job_that_waits_has_a_spec_alone(
    http: httpx.Client, client: redis.Redis, root: Path, read: Read
) -> None:
    job = open_records(client)["job"].create("job_" + "0" * 32, BODY)
    seen = read(job.id)
    assert (seen.Tags()["scalars"], "spec" in seen.Tags()["tensors"]) == ([], True)


def test_a_job_has_one_file_name(http: httpx.Client, running: TrackedJob) -> None:
    path = f"/v1/jobs/{running.id}/tensorboard"
    answers = [http.get(path).raise_for_status() for _ in range(2)]
    assert answers[0].headers["content-type"] == "application/octet-stream"
    created = http.get(f"/v1/jobs/{running.id}").json()["created_at"]
    assert created
    for answer in answers:
        name = answer.headers["content-disposition"]
        assert re.fullmatch(
            rf'attachment; filename="events\.out\.tfevents\.\d{{10}}\.{running.id}"', name
        )
    assert answers[0].content == answers[1].content


def test_a_job_that_is_not_there_is_not_found(http: httpx.Client) -> None:
    expect_problem(http.get("/v1/jobs/job_0/tensorboard"), 404, "job_not_found")


def test_a_checksum_is_that_of_the_standard() -> None:
    # RFC 3720, B.4: 32 bytes of zeros have the CRC-32C 0x8A9136AA; masked as TFRecord does.
    crc = 0x8A9136AA
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert checksum(bytes(32)) == struct.pack("<I", masked)


def test_a_record_is_length_checksum_event_checksum() -> None:
    made = record(2_000, 300, b"")
    event = b"\x09" + struct.pack("<d", 2.0) + b"\x10\xac\x02"  # 300 is 0xAC 0x02
    length = struct.pack("<Q", len(event))
    assert made == length + checksum(length) + event + checksum(event)


def test_numbers_that_32_bits_cannot_hold_are_infinite() -> None:
    assert [single(2, 1e300)[1:], single(2, -1e300)[1:]] == [
        struct.pack("<f", float("inf")), struct.pack("<f", float("-inf")),
    ]  # fmt: skip
    assert whole(1, 0) == b"\x08\x00"


def test_a_finding_shows_its_evidence(running: TrackedJob, read: Read) -> None:
    assert '"dead": 0.5' in text(read(running.id), f"findings/{FINDING['code']}")[1]

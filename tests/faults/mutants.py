"""Faults put into a copy of the product, one at a time: the checker must notice every one.

Each names a text that stands exactly once in a file, and what stands there instead; the scenario
that brings it to light, and the promises of which at least one must be reported broken.
"""

from tests.faults.mutant import ENDS, GRAPH, TWINS, Edit, mutant
from tests.faults.sweep_mutants import SWEEP_MUTANTS

ANY_MOVE = Edit("jobs/redis_records", "if not all(may_move(", "if False and not all(may_move(")
OF_ANYBODY = 'return self.change(claimed.id, {"state": [*State]}, fields, **how)[1]'
CLAIMABLE = '{"state": [State.QUEUED], "attempt": [str(before.attempt)]}'
STAYS = Edit(
    "jobs/compare_and_set", "redis.call('ZREM', kind .. 's:waiting', id)", "redis.call('PING')"
)
ONE = {"killed_publishers": 1}

MUTANTS = [
    # Who may change a record.
    mutant(
        "cancelling does not ask whether a version was given",
        {"late_cancels": 2},
        {"a_cancel_that_was_accepted_is_kept", "visible_models_are_of_jobs_that_succeeded"},
        Edit(
            "jobs/caller_moves",
            '{"state": [State.QUEUED, State.PAUSED], "version": [""]},',
            '{"state": [State.QUEUED, State.PAUSED, State.RUNNING]},',
        ),
    ),
    mutant(
        "publishing does not ask whether a cancel was accepted",
        {"late_cancels": 1},
        {"a_cancel_that_was_accepted_is_kept"},
        Edit(
            "jobs/attempt_moves",
            'asked: Expected = {"requested": ["", "stop", "pause"]}',
            "asked: Expected = {}",
        ),
    ),
    mutant(
        "the fence forgets who holds the lease",
        {"endless_zombies": 1},
        {"one_attempt_works_at_a_time"},
        Edit(
            "jobs/attempt_moves",
            ', "attempt": [str(claimed.attempt)]}\n        fence',
            "}\n        fence",
        ),
        Edit(
            "jobs/attempt_moves",
            'fence |= {"worker": [claimed.worker], **expect}',
            "fence |= expect",
        ),
        Edit(
            "jobs/attempt_moves",
            'claimed, {"renewals": [claimed.renewals]}, fields',
            "claimed, {}, fields",
        ),
        workers=2,
    ),
    mutant(
        "finishing forgets the fence",
        {"hopeless_publishers": 1},
        {GRAPH, ENDS, "final_states_are_never_left"},
        ANY_MOVE,
        Edit(
            "jobs/attempt_moves",
            "return self._uncancelled(claimed, fields, **how)",
            OF_ANYBODY,
        ),
        Edit(
            "jobs/attempt_moves",
            "return self._fenced(claimed, {}, fields, **how)",
            OF_ANYBODY,
        ),
        # Who promotes asks for the lease too, so that a late attempt mostly ends there.
        Edit("tasks/job", "promote(context, attempt, spec)\n", "pass\n"),
        workers=2,
        max_attempts=1,
    ),
    mutant(
        "losses are not counted",
        {"losses": 1},
        {"hopeless_jobs_are_given_up"},
        Edit(
            "jobs/attempt_moves",
            "losses = claimed.losses + 1 if claimed.kept == claimed.lost_at else 1",
            "losses = 1",
        ),
    ),
    mutant(
        "a claim does not count the attempt",
        {"second_checkpoints": 1},
        {"attempts_are_counted"},
        Edit(
            "jobs/attempt_moves",
            'str(before.attempt + 1), "worker"',
            'str(max(before.attempt, 1)), "worker"',
        ),
    ),
    mutant(
        "a job that has ended is worked at when a message comes",
        {"endless_duplicates": 2},
        {GRAPH, ENDS, "attempts_are_counted"},
        ANY_MOVE,
        STAYS,
        Edit("jobs/attempt_moves", CLAIMABLE, '{"state": [State.QUEUED, *FINAL]}'),
    ),
    mutant(
        "a job is worked at by whoever gets a message",
        {"endless_duplicates": 2},
        {"attempts_are_counted", GRAPH},
        ANY_MOVE,
        STAYS,
        Edit("jobs/attempt_moves", CLAIMABLE, '{"state": [State.QUEUED, State.RUNNING]}'),
        workers=2,
    ),
    # What can be seen, and what is safe.
    mutant(
        "an earlier publication is forgotten",
        ONE,
        {"visible_models_are_of_jobs_that_succeeded"},
        Edit(
            "jobs/attempt_moves",
            'return self._uncancelled(claimed, {"version": str(version)})',
            'return __import__("dataclasses").replace(claimed, version=version)',
        ),
        Edit(
            "tasks/job",
            "store.models.version_of(spec.model, record.id) if record.attempt > 1 else None",
            "None",
        ),
    ),
    mutant(
        "a model is made where it can be seen",
        ONE,
        {"visible_models_are_whole"},
        Edit(
            "store/models",
            "part = temp_path(final)\n        files",
            "part = final\n        files",
        ),
        Edit(
            "store/models",
            "meanwhile\n        finally:\n            shutil.rmtree(part, ",
            "meanwhile\n        finally:\n            dict(part=part, ",
        ),
    ),
    mutant(
        "the rows of who published are lost with it",
        ONE,
        {TWINS},
        Edit(
            "tasks/job",
            'store.jobs.share_metrics(record.id, manifest.get("attempt", 0), record.attempt)',
            "pass",
        ),
    ),
    mutant(
        "a file gets its name before its bytes are durable",
        {"second_checkpoints": 1},
        {"checkpoints_are_whole_when_seen", "acknowledged_jobs_are_on_disk"},
        Edit(
            "system/files", "file.flush()\n                os.fsync(file.fileno())", "file.flush()"
        ),
    ),
    mutant(
        "a job is acknowledged before it is written down",
        {"late_api_kills": 1},
        {ENDS},
        Edit(
            "operations/jobs",
            "return self._records.create(job_id, body, needs=needs)",
            "create = self._records.create\n"
            "            __import__('threading').Timer(0.5, create, (job_id, body)).start()\n"
            "            return Record(job_id, State.QUEUED, body, created_at=__import__("
            "'datetime').datetime.now(__import__('datetime').UTC))",
        ),
    ),
    mutant(
        "a key is believed to be new each time",
        {"duplicates": 1},
        {"one_key_makes_one_job"},
        Edit("jobs/idempotency", "if before is None:", "if True:"),
    ),
    # How a job goes on.
    mutant(
        "a checkpoint is believed whatever its bytes are",
        {"damages": 1},
        {TWINS},
        Edit("store/jobs", 'if path.name.split(".")[-2] == found:', "if True:"),
    ),
    mutant(
        "a run goes on at the wrong epoch",
        {"second_checkpoints": 1},
        {TWINS, "every_epoch_is_told_once"},
        Edit(
            "training/loop",
            "self.at = Position(**about)",
            'self.at = Position(**{**about, "epoch": about["epoch"] + 1})',
        ),
    ),
    mutant(
        "a run goes on without its optimizer's count",
        {"second_checkpoints": 1},
        {TWINS},
        Edit("training/loop", 'self._steps.optimizer.t = about.pop("t")', 'about.pop("t")'),
    ),
    mutant(
        "the rows of a lost attempt are all kept",
        {"second_checkpoints": 1},
        {"every_epoch_is_told_once", TWINS},
        Edit(
            "watch",
            "rows(limit=before + done).blocks()",
            "rows().blocks()",
        ),
    ),
    mutant(
        "who is told to stop keeps nothing",
        {"terminations": 1},
        {"little_work_is_lost"},
        Edit("watch", "self.keep(run)\n            raise", "raise"),
    ),
    mutant(
        "no checkpoint is made on the way",
        {"late_kills": 1},
        {"little_work_is_lost"},
        Edit("watch", "if time.monotonic() - self._kept > self._pause_s:", "if False:"),
    ),
    # Who looks after what was lost.
    *SWEEP_MUTANTS,
]

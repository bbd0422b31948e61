"""Faults put into whoever looks after what was lost: messages, leases, records and files."""

from tests.faults.mutant import ENDS, GONE, LEFT, WHOLE, Edit, mutant

SWEEP_MUTANTS = [
    mutant(
        "nobody sends lost messages again",
        {"lost_messages": 1},
        {ENDS},
        Edit("jobs/reaper", "self._job_queue.enqueue(record)", "pass"),
        patience_s=5.0,
    ),
    mutant(
        "nobody looks for leases that have lapsed",
        {"dead_workers": 1},
        {ENDS},
        Edit("jobs/reaper", "for record in records.lapsed(at_ms):", "for record in []:"),
        patience_s=5.0,
    ),
    mutant(
        "leases last far too long",
        {"dead_workers": 1},
        {"losses_are_noticed_and_made_good_in_time"},
        Edit("jobs/redis_records", "int(lease_s * 1000)", "int(lease_s * 4000)"),
    ),
    mutant(
        "what was forgotten is not brought back",
        {"wipes": 1},
        {ENDS},
        Edit("jobs/recovery", "back = records.restore(record_id, fields)", "back = True"),
        patience_s=5.0,
    ),
    mutant(
        "checkpoints outlive their job",
        {"second_checkpoints": 1},
        {LEFT},
        Edit("jobs/garbage", "store.jobs.drop_checkpoints(record_id)", "pass"),
    ),
    mutant(
        "the model of a job that was given up stays",
        {"hopeless_publishers": 1},
        {"visible_models_are_of_jobs_that_succeeded"},
        Edit("jobs/garbage", 'self._store.withdraw_model(record.body["model"], record.id)', "pass"),
        workers=2,
        max_attempts=1,
    ),
    mutant(
        "what the dead left is not removed",
        {"dead_publishers": 1},
        {LEFT},
        Edit("jobs/garbage", "self._store.drop_leftovers(LEFTOVER_S)", "pass"),
    ),
    mutant(
        "a request that was never accepted stays in the store",
        {"half_submissions": 1},
        {WHOLE},
        Edit("jobs/garbage", "self._archive.withdraw(record_id)", "pass"),
    ),
    mutant(
        "nobody ends a deletion that was begun",
        {"deletions": 6},
        {GONE},
        Edit("jobs/reaper", "            trash.sweep(at_ms)\n", "            pass\n"),
    ),
    mutant(
        "a dataset's record goes before its files",
        {"deletions": 6},
        {GONE},
        Edit(
            "jobs/trash",
            "self._store.drop(record_id)\n",
            "self._forget(keys=[self._key, record_id], args=[GOING])\n"
            "        self._store.drop(record_id)\n",
        ),
    ),
]

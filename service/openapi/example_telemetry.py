"""An event of a job, and numbers of the service, as `/openapi.json` shows them."""

EVENT = {
    "id": "1795364200765-0",
    "event": "state",
    "data": '{"state": "queued", "why": "submitted", "attempt": 0}',
}
LOG_LINE = {
    "id": "1795364201302-0",
    "at": "2026-11-22T16:16:41.302Z",
    "level": "INFO",
    "source": "worker.training.epoch_log",
    "attempt": 1,
    "message": "epoch 1 of 20: loss 0.6931, accuracy 0.52",
}
TELEMETRY = """# HELP purr_jobs Jobs, by state.
# TYPE purr_jobs gauge
purr_jobs{state="queued"} 1.0
"""

"""An event of a job, and numbers of the service, as `/openapi.json` shows them."""

EVENT = {
    "id": "1795364200765-0",
    "event": "state",
    "data": '{"state": "queued", "why": "submitted", "attempt": 0}',
}
TELEMETRY = """# HELP purr_jobs Jobs, by state.
# TYPE purr_jobs gauge
purr_jobs{state="queued"} 1.0
"""

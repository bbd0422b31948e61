"""How a process logs: lines for a person, or JSON for a collector."""

import json
import logging
from datetime import UTC, datetime

from worker.system.trace import current_trace

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """Makes an object of each record, on one line: with the ids of the request and of the trace
    that it was written for, where there are."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := getattr(record, "request", "").strip():
            line["request_id"] = request
        if (trace := current_trace.get()) is not None:
            line |= {"trace_id": trace.trace_id, "span_id": trace.span_id}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(kind: str, text: str = TEXT) -> None:
    """Log to stderr from INFO on.

    Args:
        kind: `text` or `json`.
        text: how a line is written that is not JSON.
    """
    logging.basicConfig(level="INFO", format=text)
    if kind == "json":
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonLines())

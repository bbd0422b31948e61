"""Counts of requests: how many, how each ended, how long it took."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import Scope

from service.errors import CLIENT_LEFT, CODES
from worker.errors import family

# All values of a label are known at the start, so callers cannot create more by what they send.
# Requests that match no route are counted as UNMATCHED.
Route = tuple[str, str]  # its template and its method
UNMATCHED, OTHER = "unmatched", "other"
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
CLASSES = ("2xx", "3xx", "4xx", "5xx")
LEFT = "left"  # nobody waited for the answer
PROBLEMS = sorted({*CODES.values(), *(kind.code for kind in family())})

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
# Not timed, since these answers are held on purpose.
STREAMS = frozenset({"/v1/jobs/{job_id}/events", "/v1/jobs/{job_id}/logs"})
WAIT = b"wait="


class Requests:
    """Counts the requests of this process."""

    def __init__(self, registry: CollectorRegistry, routes: Iterable[Route]) -> None:
        self._under_way = Gauge(
            "purr_requests_in_progress",
            "Requests that are being answered, this one, waiting ones and streams among them.",
            registry=registry,
        )
        ended = Counter(
            "purr_requests",
            "Requests that were answered, or whose client left.",
            ("route", "method", "status"),
            registry=registry,
        )
        took = Histogram(
            "purr_request_duration_seconds",
            "From a request's head to the last byte of the answer; none for what lasts on "
            "purpose: event streams, streams of lines, and with `wait`.",
            ("route",),
            registry=registry,
            buckets=SECONDS,
        )
        problems = Counter(
            "purr_problems",
            "Requests that were answered with a problem, by its code.",
            ("code",),
            registry=registry,
        )
        known = [*routes, *((UNMATCHED, method) for method in (*METHODS, OTHER))]
        # Made now, since Prometheus can only compute a rate if it has seen a counter at 0.
        self._ended = {
            route: {status: ended.labels(*route, status) for status in (*CLASSES, LEFT)}
            for route in known
        }
        self._took = {path: took.labels(path) for path, _ in known if path not in STREAMS}
        self._problems = {code: problems.labels(code) for code in PROBLEMS}

    def begin(self) -> None:
        self._under_way.inc()

    def end(self, scope: Scope, status: int, seconds: float) -> None:
        """A request has ended; 0 is the status of one that was not answered."""
        self._under_way.dec()
        route = self._route(scope)
        self._ended[route][status_class(status)].inc()
        untimed = WAIT in scope["query_string"] or scope["state"].get("untimed")
        if (took := self._took.get(route[0])) and not untimed:
            took.observe(seconds)
        if code := problem_of(scope, status):
            self._problems[code].inc()

    def _route(self, scope: Scope) -> Route:
        method = scope["method"]
        # What is asked with HEAD is done as with GET.
        route = scope["state"].get("route", UNMATCHED), "GET" if method == "HEAD" else method
        if route in self._ended and route[0] != UNMATCHED:
            return route
        return UNMATCHED, method if method in METHODS else OTHER


def status_class(status: int) -> str:
    return LEFT if status in (0, CLIENT_LEFT) else f"{status // 100}xx"


def problem_of(scope: Scope, status: int) -> str | None:
    """Returns the code of the problem that was answered; None if none was.

    An unexpected error is answered outside of all our middlewares, so its code is not in the scope.
    """
    code: str | None = scope["state"].get("problem")
    return code or (CODES[500] if status == 500 else None)

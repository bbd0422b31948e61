"""Small real processes in the place of the service's own, and eyes for what is running."""

import signal
import sys
from contextlib import suppress
from pathlib import Path

from service.launcher.up import run_until_signal
from service.settings import ServiceSettings

SLEEP = "import time; time.sleep(1000)"
# Deaf to a polite request; says so once it is, for a test must not ask before.
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); "
STUBBORN += "time.sleep(1000)"
# Like RQ, whose workers put each job into a process group of its own.
PARENT = "import subprocess; subprocess.run(['sleep', '1000'], process_group=0)"
FAIL = "import sys; sys.exit('no tuna left')"
# Answers every GET with its own environment.
API = """
import http.server, json, os, socket, sys

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({**os.environ, "pid": os.getpid()}).encode())

server = http.server.HTTPServer(("", 0), Answer, bind_and_activate=False)
server.socket = socket.socket(fileno=int(sys.argv[-1]))
server.serve_forever()
"""
COMMANDS = {"api": ("-c", API), "train": ("-c", SLEEP), "import": ("-c", SLEEP)}


def running_in(folder: Path) -> list[int]:
    """The processes that stand in the folder or carry its name in their command or settings."""
    return [int(proc.name) for proc in Path("/proc").glob("[0-9]*") if concerns(proc, str(folder))]


def concerns(proc: Path, name: str) -> bool:
    # A process that has ended meanwhile, or waits as a zombie to be collected, has none of these.
    with suppress(OSError):
        if str((proc / "cwd").readlink()).startswith(name):
            return True
    with suppress(OSError):
        return name.encode() in (proc / "cmdline").read_bytes() + (proc / "environ").read_bytes()
    return False


if __name__ == "__main__":
    # The suite may run where these are ignored, as in the background of a script.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    kind, script = sys.argv[1:]
    commands = {**COMMANDS, kind: ("-c", script)}
    sys.exit(run_until_signal(ServiceSettings(), commands, lambda at: print("up", at, flush=True)))

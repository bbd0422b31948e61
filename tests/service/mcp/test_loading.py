"""What is loaded only when somebody asks."""

import subprocess
import sys

MODULES = {"mcp", "mcp_types", "cryptography.hazmat"}
LOADED = f"import sys, service.app; print(sorted({MODULES} & {{*sys.modules}}))"


def test_a_service_that_nobody_asks_does_not_load_the_library() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True)
    assert (told.stdout.strip(), told.returncode) == ("[]", 0), told.stderr

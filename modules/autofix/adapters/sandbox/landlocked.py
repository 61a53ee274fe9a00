"""`python -I landlocked.py POLICY -- CMD...` runs CMD behind Landlock and seccomp, by sandlock. It
is a program, run by path. POLICY is JSON: reads, writes, cwd, env, gateway (an address, or "").
"""

import json
import sys
from typing import Any
from urllib.parse import urlsplit

from sandlock import Sandbox, StdioMode

NOT_RUNNABLE = 126  # as shells say it


def main(policy: dict[str, Any], argv: list[str]) -> int:
    """The exit code of CMD, 128 + n where signal n ended it."""
    door = urlsplit(policy["gateway"]).port
    box = Sandbox(
        fs_readable=policy["reads"],
        fs_writable=policy["writes"],
        net_allow=[f"127.0.0.1:{door}"] if door else [],
        net_allow_bind=[],
        clean_env=True,
        env=policy["env"],
        cwd=policy["cwd"],
        max_processes=policy["processes"],
        no_coredump=True,
    )
    inherit = StdioMode.INHERIT
    ended = box.popen(argv, stdin=inherit, stdout=inherit, stderr=inherit).wait()
    if ended.error:
        sys.stderr.write(f"sandlock: {ended.error}\n")
        return NOT_RUNNABLE
    return int(128 + ended.signal if ended.signal > 0 else ended.exit_code)


if __name__ == "__main__":
    at = sys.argv.index("--")
    sys.exit(main(json.loads(sys.argv[1]), sys.argv[at + 1 :]))

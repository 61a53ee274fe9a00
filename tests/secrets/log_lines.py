"""What logs say, made by seed: times, identifiers, digests, versions, paths, stacks, SQL."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

LINES: Final = 2000
FORMS: Final = (
    "{time} INFO  [worker-{n}] {module}: processed order {id} in {ms} ms",
    '{time} {ip} - - "GET /api/v{v}/orders/{uuid}?page={v}&limit=50 HTTP/1.1" 200 {id}',
    "{time} DEBUG request_id={uuid} trace_id={hex32} span_id={hex16} status=200 duration={ms}ms",
    "{time} WARN  cache miss key=orders:{id}:totals ttl=300 shard={n}",
    "sha256:{hex64}  /srv/releases/{sha}/app/main.py",
    "Pulling image registry.example.com/shop/web:{version}@sha256:{hex64}",
    "commit {sha}",
    "{short} Fix rounding of totals ({module} {version})",
    "Collecting {module}=={version} (from -r requirements.txt (line {n}))",
    '  File "/srv/app/{module}/views.py", line {id}, in handle_{n}',
    "    at com.example.{module}.OrderService.total(OrderService.java:{n})",
    "    at Object.<anonymous> (/usr/src/app/node_modules/{module}/lib/index.js:{n}:{v})",
    "SELECT id, total, created_at FROM orders WHERE customer_id = {id} AND state = 'open' LIMIT {n}",
    "INSERT INTO sessions (id, user_id, expires_at) VALUES ('{uuid}', {id}, '{time}')",
    "UPDATE users SET last_login = '{time}', token_version = {v} WHERE id = {id}",
    "{time} ERROR psycopg2.OperationalError: connection to server at db-{n} port 5432 failed",
    "{time} INFO  authentication succeeded for user {id} (method=password, mfa=true)",
    "{time} INFO  token refreshed, expires in {ms}s; session {n} of {id} active",
    "{time} WARN  invalid password for account {id}: attempt {v} of 5",
    "ETag: \"{hex32}\"  Content-Length: {id}  X-Request-Id: {uuid}",
    "webpack: assets/main.{hex20}.js {ms} KiB [emitted] [immutable] (id hint: vendors)",
    "kernel: [{id}.{n}] nginx[{n}]: segfault at {hex12} ip {hex12} sp {hex12} error {v}",
    "metrics: heap_used={id} tokens_used={id} requests_total={id} p99={ms}ms",
    "Message-Id 0x{hex16} offset {id} partition {v} checksum {hex8} base64 aGVsbG8gd29ybGQ=",
    "docker run --rm -e STAGE=production -p 8080:80 shop/web:{version} --workers {n}",
    "TypeError: Cannot read properties of undefined (reading 'total') at {module}.js:{n}:{v}",
)  # fmt: skip
MODULES: Final = ("checkout", "payments", "inventory", "requests", "urllib3", "auth", "session")


def log_lines() -> list[str]:
    """The same ones every time."""
    dice = random.Random(23)  # noqa: S311 - test data
    return [FORMS[at % len(FORMS)].format(**_words(dice)) for at in range(LINES)]


def _words(dice: random.Random) -> dict[str, object]:
    moment = datetime(2026, 11, 25, tzinfo=UTC) + timedelta(seconds=dice.randrange(10**7))
    digests = {f"hex{size}": f"{dice.getrandbits(4 * size):0{size}x}" for size in (8, 12, 16, 20, 32, 64)}  # fmt: skip
    sha = f"{dice.getrandbits(160):040x}"
    return {
        **digests,
        "time": moment.isoformat(timespec="milliseconds"),
        "uuid": uuid.UUID(int=dice.getrandbits(128), version=4),
        "sha": sha,
        "short": sha[:9],
        "version": ".".join(str(dice.randrange(30)) for _ in range(3)),
        "module": dice.choice(MODULES),
        "ip": f"10.0.{dice.randrange(256)}.{dice.randrange(256)}",
        "id": dice.randrange(10**4, 10**8),
        "ms": round(dice.uniform(1, 900), 1),
        "n": dice.randrange(1, 100),
        "v": dice.randrange(1, 9),
    }

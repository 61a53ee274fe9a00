"""What a careless application does with a secret: it puts it everywhere."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import sentry_sdk
from pydantic import BaseModel, Field, ValidationError
from sentry_sdk import logger as sentry_logger

from modules.telemetry.sentry_config import add_breadcrumb, capture_exception, capture_message

logger = logging.getLogger("shop")


class Order:
    """Tells all about itself."""

    def __init__(self, note: str) -> None:
        self.note = note

    def __repr__(self) -> str:
        return f"Order(note={self.note!r})"


def given() -> list[str]:
    """The secrets, from the file that is named first."""
    found: list[str] = json.loads(Path(sys.argv[1]).read_text())
    return found


class Login(BaseModel):
    """Refuses each password."""

    password: str = Field(max_length=1)
    note: int


def careless(secret: str) -> None:
    """Each channel of the SDK, and a failure at the end."""
    scope = sentry_sdk.get_isolation_scope()
    scope.set_tag("note", secret)
    scope.set_extra("note", {"deep": [{"note": secret}]})
    scope.set_context("shop", {"note": secret, secret: 1})
    scope.set_user({"id": "7", "username": secret, "note": secret, "data": {"note": secret}})
    scope.add_attachment(bytes=secret.encode(), filename="note.txt")
    sentry_sdk.get_current_scope().set_transaction_name(f"task {secret}")
    add_breadcrumb(f"saw {secret}", category="shop", data={"note": secret, "more": [secret]})
    with sentry_sdk.start_span(op="db", name=f"SELECT '{secret}'") as span:
        span.set_data("note", secret)
        span.set_tag("note", secret)
    logger.error("named %(note)s of %(shop)s", {"note": secret, "shop": "eu"})
    logger.error("user agent Mozilla/5.0 Chrome/131.0.0.0 %s Safari/537.36", secret)
    logger.warning("warned of %s", secret)
    logger.error("told of %s", secret, extra={"note": secret})
    sentry_logger.info("note {note}", note=secret)
    sentry_logger.info("known {note} {shop}", note={"deep": (secret, secret.encode())}, shop="eu")
    sentry_sdk.metrics.count("notes", 1, attributes={"note": secret})
    capture_message(f"about {secret}", tags={"other": secret}, extra={"note": secret})
    try:
        inner(secret)
    except LookupError as error:
        capture_exception(error, tags={"third": secret}, extra={"note": [secret]})
    refused(secret)
    sentry_sdk.set_extra("argv", ["run", "--note", secret])
    called(["run", "--note", secret, "-v"], ("note", secret), [b"--note", secret.encode()])
    fail(secret, {"note": secret, "list": [secret]}, Order(secret))


def refused(note: str) -> None:
    try:
        Login.model_validate({"password": note, "note": note})
    except ValidationError as error:
        problems = error.errors()
        logger.exception("refused for %s", problems)


def called(argv: list[str], pair: tuple[str, str], raw: list[bytes]) -> None:
    try:
        subprocess.run(["/bin/false", *(one.replace("\0", "") for one in argv)], check=True)
    except (subprocess.CalledProcessError, OSError) as error:
        capture_exception(error)


def inner(note: str) -> None:
    raise LookupError(note)


def fail(note: str, data: dict[str, Any], order: Order) -> None:
    lines = note.split("\n")
    try:
        inner(note)
    except LookupError as cause:
        raise RuntimeError(f"cannot take {note} of {len(lines)}") from cause

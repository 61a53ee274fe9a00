"""An application whose secrets look like no secret: only what stands beside them tells.

named_app.py (SENTRY_DSN is set) prints the words, each with the place where it was put.
"""

import json
import logging
import subprocess
import sys

import sentry_sdk
from pydantic import BaseModel, Field, ValidationError
from sentry_sdk import logger as sentry_logger

from modules.telemetry.sentry_config import capture_exception, capture_message, setup_sentry

AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0 Safari/537.36"
logger = logging.getLogger("shop")
words: dict[str, str] = {}


def word(place: str) -> str:
    """One that no rule knows by its form."""
    words[place] = f"zQ{len(words):02}xKpLmW9rTb"
    return words[place]


class Login(BaseModel):
    password: str = Field(max_length=3)


class Outer(BaseModel):
    login: Login
    size: int


def lists() -> None:
    argv = ["tool", "--password", word("list after a flag"), "-v"]
    pair = ("tool", "--api-token", word("tuple after a flag"))
    raw = [b"tool", b"--password", word("bytes after a flag").encode()]
    deep = [["tool", "--secret", word("list in a list")]]
    mysql = ["mysql", "-uroot", f"-p{word('mysql -p')}", "shop"]
    sshpass = ("sshpass", "-p", word("sshpass -p"), "ssh")
    env = [{"Name": "DB_PASSWORD", "Value": word("Name, Value")}]
    values = [{"key": "password", "val": word("key, val")}]
    keys = {f"password {word('in a key')}": 1}
    raise LookupError(len(f"{argv}{pair}{raw}{deep}{mysql}{sshpass}{env}{values}{keys}"))


def names() -> None:
    hmac_key = word("hmac_key")
    priv_key = word("priv_key")
    access_key_id = word("access_key_id")
    auth_header = word("auth_header")
    data = {b"password": word("key of bytes").encode(), ("db", "password"): word("key of a pair")}
    raise LookupError(len(f"{hmac_key}{priv_key}{access_key_id}{auth_header}{data}"))


def texts() -> None:
    sql = f"ALTER USER bob WITH PASSWORD '{word('SQL password')}'"
    more = f"CREATE USER 'bob'@'%' IDENTIFIED BY '{word('SQL identified')}'"
    netrc = f"machine git.example login bob password {word('netrc')}"
    line = f"redis-cli -a {word('redis-cli')} ping"
    back = f"https://app.example/callback?code={word('code of OAuth')}&state=x"
    agent = f"{AGENT} token={word('beside a user agent')}"
    raise LookupError(f"{sql} {more} {line} {back} {agent}", netrc)


def refused() -> None:
    Outer.model_validate({"login": {"password": word("pydantic's input")}, "size": 1})


def cut() -> None:
    Outer.model_validate({"login": {"name": "bob", "password": word("pydantic's cut") * 2}})


def called() -> None:
    subprocess.run(["/bin/false", "--password", word("argument of a process")], check=True)


def logs() -> None:
    logger.error(
        "cfg %(password)s of %(shop)s", {"password": word("named parameter"), "shop": "eu"}
    )
    sentry_logger.info("pw {password} of {shop}", password=word("parameter of a log"), shop="eu")
    logger.error("failed", extra={"argv": ["x", "--password", word("extra of a log")]})
    try:
        refused()
    except ValidationError as error:
        logger.exception("errors: %s", error.errors())


def main() -> None:
    for failing in (lists, names, texts, refused, cut, called):
        try:
            failing()
        except (LookupError, ValidationError, subprocess.CalledProcessError) as error:
            capture_exception(error)
    logs()
    capture_message(AGENT)


if __name__ == "__main__":
    setup_sentry(enable_logs=True)
    main()
    sentry_sdk.flush(20)
    sentry_sdk.get_client().close(20)
    sys.stdout.write(json.dumps({"words": words, "agent": AGENT}))

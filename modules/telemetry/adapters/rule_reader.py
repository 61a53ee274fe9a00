"""The file of alert rules, from the disk."""

import tomllib
from pathlib import Path
from typing import Final

from modules.telemetry.alerting.errors import BadAlertRules
from modules.telemetry.alerting.rule_file import built_in, read_rules
from modules.telemetry.alerting.rules import RuleSet

_MOST: Final = 1_000_000


def rules_in(path: str | None) -> RuleSet:
    """What the file asks for; what is built in where none is named. Raises BadAlertRules, which
    repeats nothing of a file that is none of ours."""
    if path is None:
        return built_in()
    told = f"The file of alert rules, {path},"
    try:
        if Path(path).exists() and not Path(path).is_file():  # a pipe might never end
            raise BadAlertRules(f"{told} is no file.")
        with Path(path).open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise BadAlertRules(f"{told} cannot be read: {error.strerror}.") from None
    if len(data) > _MOST:
        raise BadAlertRules(f"{told} is larger than {_MOST} bytes.")
    try:
        return read_rules(tomllib.loads(data.decode()), source=Path(path).name)
    except UnicodeDecodeError:
        raise BadAlertRules(f"{told} is no UTF-8 text.") from None
    except RecursionError:
        raise BadAlertRules(f"{told} is nested too deep.") from None
    except tomllib.TOMLDecodeError as error:
        where = str(error).rpartition("(")[2].rstrip(")")
        raise BadAlertRules(f"{told} is no TOML ({where}).") from None

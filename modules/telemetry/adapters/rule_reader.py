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
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise BadAlertRules(f"The file of alert rules cannot be read: {error.strerror}.") from None
    if len(data) > _MOST:
        raise BadAlertRules(f"The file of alert rules is larger than {_MOST} bytes.")
    try:
        return read_rules(tomllib.loads(data.decode()))
    except UnicodeDecodeError:
        raise BadAlertRules("The file of alert rules is no UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        where = str(error).rpartition("(")[2].rstrip(")")
        raise BadAlertRules(f"The file of alert rules is no TOML ({where}).") from None

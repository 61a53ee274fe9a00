"""Asking the payment provider for money."""

import logging
import socket
from typing import Final

PATIENCE_S: Final = 0.05
logger = logging.getLogger(__name__)


class PaymentUnavailable(Exception):
    """The payment provider cannot be asked now."""


def charge(cents: int, currency: str, provider: tuple[str, int]) -> str:
    """The provider's receipt. Nothing is asked for an order that costs nothing."""
    if cents == 0:
        return "free of charge"
    logger.info("charging %s %s", cents, currency)
    try:
        return _ask(f"CHARGE {cents} {currency}\n", provider)
    except OSError as error:
        raise PaymentUnavailable(f"no answer for {cents} {currency}") from error


def _ask(question: str, provider: tuple[str, int]) -> str:
    with socket.create_connection(provider, timeout=PATIENCE_S) as line:
        line.sendall(question.encode())
        return line.recv(200).decode()

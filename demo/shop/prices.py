"""What things cost."""

from collections.abc import Sequence
from typing import Final

EURO_CENTS: Final = {"comte-12m": 2450, "brie-250g": 590, "knife": 3900, "sample-box": 0}
RATES: Final = {"EUR": 1.0, "USD": 1.08, "GBP": 0.84}


def unit_cents(sku: str, currency: str) -> int:
    """The price of one piece in the smallest coin of the currency."""
    return round(EURO_CENTS[sku] * RATES[currency])


def share_voucher(voucher_cents: int, totals: Sequence[int]) -> list[int]:
    """The voucher, spread over the lines in proportion to what they cost."""
    whole = sum(totals)
    spent = min(voucher_cents, whole)
    shares = [spent * total // whole for total in totals]
    shares[-1] += spent - sum(shares)  # the last line takes what rounding left
    return shares

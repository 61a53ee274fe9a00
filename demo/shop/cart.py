"""What a customer wants to buy."""

from dataclasses import dataclass

from .prices import unit_cents


@dataclass(frozen=True)
class Line:
    """A number of pieces of one article, at the price of the day."""

    sku: str
    pieces: int
    cents: int

    @property
    def total(self) -> int:
        return self.pieces * self.cents


@dataclass(frozen=True)
class Cart:
    """The lines of an order, in one currency."""

    lines: tuple[Line, ...]
    currency: str

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)


def fill(wanted: dict[str, int], currency: str) -> Cart:
    """Raises KeyError for a currency without a rate."""
    lines = (Line(sku, pieces, unit_cents(sku, currency)) for sku, pieces in wanted.items())
    return Cart(tuple(lines), currency)

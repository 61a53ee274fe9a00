"""Where orders are kept."""

import sqlite3
from pathlib import Path


class OrderNotSaved(Exception):
    """The order could not be stored."""


class Orders:
    """Orders in one SQLite file, or in memory."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self._database = sqlite3.connect(path)
        self._database.execute("CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, cents INT)")

    def save(self, order_id: str, cents: int) -> None:
        """Raises OrderNotSaved."""
        try:
            self._insert(order_id, cents)
        except sqlite3.Error as error:
            raise OrderNotSaved(f"order {order_id} was not saved") from error

    def turnover(self) -> int:
        (cents,) = self._database.execute("SELECT COALESCE(SUM(cents), 0) FROM orders").fetchone()
        return int(cents)

    def close(self) -> None:
        self._database.close()

    def _insert(self, order_id: str, cents: int) -> None:
        with self._database:
            self._database.execute("INSERT INTO orders VALUES (?, ?)", (order_id, cents))

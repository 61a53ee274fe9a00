"""Stands in for a coding agent: it replays one recorded fix and thinks nothing. A real one reads
the same JSON request on stdin and gives the same kind of answer (docs/autofix.md)."""

import json
import sys
from pathlib import Path

TEST = """

def test_a_voucher_on_a_free_cart_is_worth_nothing() -> None:
    orders = Orders()

    receipt = checkout(Request("A-2", {"sample-box": 1}, voucher_cents=500), orders, NOBODY)

    assert (receipt, orders.turnover()) == ("free of charge", 0)
    orders.close()
"""
OLD = "    spent = min(voucher_cents, whole)\n"
NEW = """    if whole == 0:
        return [0 for _ in totals]  # nothing to pay, so nothing to take off
    spent = min(voucher_cents, whole)
"""


def main() -> None:
    request = json.load(sys.stdin)
    root = Path(request["cwd"])
    prices, tests = root / "shop/prices.py", root / "shop/test_orders.py"
    sys.stderr.write("replaying a recorded fix\n")
    report = {
        "classification": "code_fix",
        "root_cause": "share_voucher divides by the cart's total, which is 0 for a free cart.",
        "explanation": "A cart of free samples costs nothing; spreading a voucher over it divides "
        "by zero. Nothing is to be taken off then.",
        "five_whys": ["the total is 0", "free samples cost 0", "nobody asked for a free cart"],
        "confidence": 0.95,
        "changed_files": ["shop/prices.py"],
        "test_files": ["shop/test_orders.py"],
    }
    files = [
        {"path": "shop/prices.py", "content": prices.read_text().replace(OLD, NEW)},
        {"path": "shop/test_orders.py", "content": tests.read_text() + TEST},
    ]
    answer = {"protocol": 1, "report": report, "files": files, "usage": {"usd": 0.0, "turns": 1}}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()

"""Source code that grows: files of functions, every line with a number of its own, so that
it can be told where a line is after whatever happened to the file."""

import random
from dataclasses import dataclass, field

FOLDERS = ("shop", "shop/cart", "shop/orders", "shop/payments", "shop/users", "shop/web", "lib")
NOUNS = ("cart", "order", "price", "tax", "user", "stock", "mail", "page", "token", "report")


@dataclass
class Line:
    """One line; its text may change, its number stays."""

    number: int
    text: str


@dataclass
class Function:
    number: int
    lines: list[Line]

    def copy(self) -> "Function":
        return Function(self.number, [Line(one.number, one.text) for one in self.lines])

    def index(self, line: int) -> int | None:
        return next((at for at, one in enumerate(self.lines) if one.number == line), None)


@dataclass
class Tree:
    """The files of one moment."""

    files: dict[str, list[Function]] = field(default_factory=dict)
    lock: int = 0

    def copy(self) -> "Tree":
        files = {path: [one.copy() for one in all_of] for path, all_of in self.files.items()}
        return Tree(files, self.lock)

    def text(self, path: str) -> str:
        blocks = [
            "\n".join([f"def f{one.number}(value):", *(f"    {line.text}" for line in one.lines)])
            for one in self.files[path]
        ]
        return '"""Code."""\n\n' + "\n\n\n".join(blocks) + "\n"

    def find(self, function: int) -> tuple[str, Function] | None:
        """The file that has it now."""
        for path, all_of in self.files.items():
            for one in all_of:
                if one.number == function:
                    return path, one
        return None

    def place(self, function: int, line: int) -> tuple[str, int] | None:
        """Path and line number, as a stack names them."""
        found = self.find(function)
        if found is None:
            return None
        top = 3
        for one in self.files[found[0]]:
            at = one.index(line) if one is found[1] else None
            if at is not None:
                return found[0], top + 1 + at
            top += len(one.lines) + 3
        return None


class Words:
    """What people write, and the number of each thing."""

    def __init__(self, chance: random.Random) -> None:
        self._chance, self._last = chance, 0

    def text(self) -> str:
        one, other = self._chance.choice(NOUNS), self._chance.choice(NOUNS)
        return f"value = {one}_of(value, {other}={self._chance.randint(0, 9999)})"

    def line(self) -> Line:
        return Line(self._next(), self.text())

    def function(self) -> Function:
        return Function(self._next(), [self.line() for _ in range(self._chance.randint(4, 24))])

    def tree(self, files: int) -> Tree:
        """A few names are in several folders."""
        made = Tree()
        for number in range(files):
            name = f"{NOUNS[number % len(NOUNS)]}{number // 30}"
            path = f"{FOLDERS[number % len(FOLDERS)]}/{name}.py"
            made.files[path] = [self.function() for _ in range(self._chance.randint(6, 24))]
        return made

    def _next(self) -> int:
        self._last += 1
        return self._last

"""A report of a test runner in JUnit's XML, which a test may have forged: read it, trust little."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

BIGGEST: Final = 20 << 20
TEXT: Final = 4000  # characters of one failure that are kept
NAME: Final = 1000
TESTS: Final = 200_000
WORST: Final = ("passed", "skipped", "failed", "error")
STATUS: Final = {"failure": "failed", "error": "error", "skipped": "skipped"}
Tests = Mapping[str, tuple[str, str]]


class BadReport(ValueError):
    """No usable report: not XML, too big, with a DOCTYPE, or without any test."""


@dataclass
class _Case:
    name: str
    status: str = "passed"
    parts: list[str] = field(default_factory=list)


@dataclass
class _Reader:
    """Collects test cases while the parser walks through the document."""

    root: str
    folder: str
    tests: dict[str, tuple[str, str]] = field(default_factory=dict)
    case: _Case | None = None
    inside: bool = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        tag = tag.rpartition("}")[2]
        if tag == "testcase":
            self.case = _Case(_name(attributes, self.root, self.folder)[:NAME])
        elif self.case is not None and tag in STATUS:
            self.case.status = max(self.case.status, STATUS[tag], key=WORST.index)
            self.case.parts += [attributes.get("type", ""), attributes.get("message", "")]
            self.inside = True

    def data(self, text: str) -> None:
        if self.inside and self.case is not None and len(self.case.parts) < TEXT:
            self.case.parts.append(text)

    def end(self, tag: str) -> None:
        tag = tag.rpartition("}")[2]
        if tag in STATUS:
            self.inside = False
        elif tag == "testcase" and self.case is not None:
            self._keep(self.case)
            self.case = None

    def _keep(self, case: _Case) -> None:
        """A test that stands there twice (its run, its clean-up) ended as the worse of the two."""
        text = " ".join(filter(None, (part.strip() for part in case.parts)))[:TEXT]
        new, old = (case.status, text), self.tests.get(case.name)
        self.tests[case.name] = new if old is None else max(old, new, key=_badness)
        if len(self.tests) > TESTS:
            raise BadReport("the report names too many tests")


def _badness(ended: tuple[str, str]) -> int:
    return WORST.index(ended[0])


def parse(data: bytes, *, root: str = "", folder: str = "") -> Tests:
    """`file::name` -> (passed | failed | error | skipped, text), `file::Class::name` in a class.

    Files below `root`, where the tests ran, become relative to it; then `folder` goes in front.
    Where the report names no file, its class name stands there. Raises BadReport.
    """
    if len(data) > BIGGEST:
        raise BadReport("the report is too big")
    reader = _Reader(root=root.rstrip("/"), folder=folder)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    try:
        parser.Parse(data, True)
    except BadReport:
        raise
    except (expat.ExpatError, LookupError, ValueError):  # the latter two: strange encodings
        raise BadReport("the report is no XML") from None
    if not reader.tests:
        raise BadReport("the report names no test")
    return reader.tests


def _refuse(*_: object) -> None:
    raise BadReport("the report has a DOCTYPE")


def _name(attributes: Mapping[str, str], root: str, folder: str) -> str:
    name, scope = attributes.get("name", ""), attributes.get("classname", "")
    file = attributes.get("file", "").replace("\\", "/")
    if not file:
        return f"{scope}::{name}"
    if root and file.startswith(f"{root}/"):
        file = file[len(root) + 1 :]
    file = file.removeprefix("./")
    if folder and not file.startswith("/"):
        file = f"{folder}/{file}"
    return "::".join([file, *_classes(file, scope), name])


def _classes(file: str, scope: str) -> Iterator[str]:
    """What pytest's class name says beyond the module: `tests.test_a.TestB` in tests/test_a.py."""
    module = file.rpartition(".")[0].replace("/", ".")
    for start in range(module.count(".") + 1):
        tail = module.split(".", start)[-1]
        if f"{scope}.".startswith(f"{tail}."):
            yield from filter(None, scope[len(tail) + 1 :].split("."))
            return

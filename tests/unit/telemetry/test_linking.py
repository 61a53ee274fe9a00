from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import context, trace
from opentelemetry.sdk.trace import TracerProvider

from modules.telemetry.linking import linked, switch_links

TRACER = TracerProvider().get_tracer("shop")
Ids = tuple[str, str]


@pytest.fixture(autouse=True)
def _linking() -> Iterator[None]:
    before = context.detach
    switch_links(on=True)
    yield
    switch_links(on=False)
    assert context.detach is before


def ids(span: trace.Span) -> Ids:
    told = span.get_span_context()
    return f"{told.trace_id:032x}", f"{told.span_id:016x}"


def raised_in_a_span(error: Exception) -> Ids:
    with pytest.raises(type(error)), TRACER.start_as_current_span("export") as span:
        raise error
    return ids(span)


def reported(error: Exception) -> Ids | None:
    event: Any = linked(None)({}, {"exc_info": (type(error), error, error.__traceback__)})
    told = event.get("contexts", {}).get("trace")
    return told and (told["trace_id"], told["span_id"])


def test_an_error_remembers_the_span_that_it_left() -> None:
    error = LookupError()
    left = raised_in_a_span(error)

    assert reported(error) == left


def test_of_nested_spans_the_inner_one() -> None:
    error = LookupError()
    with (
        pytest.raises(LookupError),
        TRACER.start_as_current_span("request"),
        TRACER.start_as_current_span("export") as inner,
    ):
        raise error

    assert reported(error) == ids(inner)


def test_a_span_that_it_never_was_in_is_not_its_own() -> None:
    error = LookupError()
    try:
        raise error
    except LookupError:
        with TRACER.start_as_current_span("tidy up"):
            pass

    assert reported(error) is None


def test_an_error_that_is_raised_again_is_of_the_current_trace() -> None:
    error = LookupError()
    raised_in_a_span(error)
    with TRACER.start_as_current_span("another request") as span:
        assert reported(error) == ids(span)
    again = raised_in_a_span(error)

    assert reported(error) == again

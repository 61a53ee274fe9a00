"""A module: find the operation, validate, run. The one place where errors become ErrorDetail."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeVar

from .contracts import Answer, Category, ErrorDetail, ModuleInput, ModuleOutput, Status
from .errors import ModuleError
from .operation import View
from .page import Page
from .progress import Progress, listening
from .registry import Registry

Services = TypeVar("Services")
OpenServices = Callable[[ModuleInput], AbstractAsyncContextManager[Services]]

logger = logging.getLogger(__name__)


class Module(Generic[Services]):
    """Runs the operations of a registry on services that are opened for each call."""

    def __init__(self, registry: Registry[Services], open_services: OpenServices[Services]) -> None:
        self.operations = registry
        self._open_services = open_services

    async def aclose(self) -> None:
        """What was opened for all calls ends; here nothing was."""

    async def execute(
        self, request: ModuleInput, *, progress: Progress | None = None
    ) -> ModuleOutput:
        """Run one operation. Raises nothing that a user or a server can cause; a defect of
        ours is logged with its traceback and answered as status `error`."""
        started = time.perf_counter()
        try:
            with listening(_forgiving(progress)):
                output = _succeeded(request, await self._run(request))
        except ModuleError as error:
            output = _failed(request, Status.FAILURE, error.detail())
        except Exception:
            logger.exception("operation failed", extra={"operation": request.operation[:64]})
            output = _failed(request, Status.ERROR, _INTERNAL)
        took_ms = round((time.perf_counter() - started) * 1000, 1)
        return output.model_copy(update={"duration_ms": took_ms})

    async def _run(self, request: ModuleInput) -> Answer:
        found = self.operations.find(request.operation)
        params = found.parse(request.parameters)
        async with self._open_services(request) as services:
            return await found.run(services, params)


def _forgiving(progress: Progress | None) -> Progress | None:
    """A listener that went away, or fails, is not the operation's affair."""
    if progress is None:
        return None

    async def tell(done: float, total: float | None, message: str) -> None:
        try:
            await progress(done, total, message)
        except Exception:
            logger.debug("a progress listener failed", exc_info=True)

    return tell


def viewed(output: ModuleOutput, view: View) -> tuple[ModuleOutput, Page]:
    """The outcome with its page. A view that fails is a defect of ours, told as one: whoever
    reads a page never sees a traceback."""
    if output.error is not None:
        return output, Page(())
    try:
        return output, view(output.data or {})
    except Exception:
        logger.exception("view failed", extra={"operation": output.operation})
        broken = {"status": Status.ERROR, "data": None, "error": _INTERNAL}
        return output.model_copy(update=broken), Page(())


_INTERNAL = ErrorDetail(
    code="internal_error",
    message="The operation failed by a defect of sentry-monitor.",
    category=Category.INTERNAL,
    recovery_suggestion="Look for the traceback in the log (stderr) and report it.",
)


def _succeeded(request: ModuleInput, answer: Answer) -> ModuleOutput:
    return ModuleOutput(
        status=Status.PARTIAL_SUCCESS if answer.gaps else Status.SUCCESS,
        operation=request.operation,
        data=answer.data,
        side_effects=answer.side_effects,
        warnings=(*answer.gaps, *answer.warnings),
        recommendations=answer.recommendations,
        request_id=request.request_id,
    )


def _failed(request: ModuleInput, status: Status, error: ErrorDetail) -> ModuleOutput:
    return ModuleOutput(
        status=status, operation=request.operation[:64], error=error, request_id=request.request_id
    )

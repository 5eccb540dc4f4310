"""Deploy an `s.yaml` again when it was edited, and load functions again whose code was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from yunmock.deployment import deploy_template
from yunmock.s_yaml import InvalidTemplateError, extended_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, MutableMapping
    from pathlib import Path

    from yunmock.cloud import Cloud
    from yunmock.fc.model import Function
    from yunmock.template import Template

MAX_FILES = 10_000
"""Of one folder of code; the rest is not looked at."""
Fingerprint: TypeAlias = "dict[str, tuple[int, int]]"
"""When each file was changed (in nanoseconds), and its size."""


@runtime_checkable
class FunctionKeeper(Protocol):
    """A service whose functions can be deleted and loaded again: Function Compute."""

    functions: MutableMapping[str, Function]

    def load_again(self, name: str) -> None:
        """End the instances of a function, so that its next call loads its code."""


class TemplateWatch:
    """Looks whether a template or the code of its functions has changed.

    Args:
        cloud: where the template is deployed.
        template: as it was deployed.
        report: called with a sentence that says what was done, or why it was not.
    """

    def __init__(self, cloud: Cloud, template: Template, report: Callable[[str], None]) -> None:
        self._cloud, self._template, self._report = cloud, template, report
        self._files = self._of_template()
        self._code = self._of_code()

    def check(self) -> None:
        """Deploy and load again what has changed since the last look; a template with an error changes nothing."""
        files = self._of_template()
        if files != self._files:
            self._files = files
            self._deploy()
        code = self._of_code()
        for function in self._template.functions:
            if code[function.name] != self._code.get(function.name, code[function.name]):
                self._keeper.load_again(function.name)
                self._report(f"the code of {function.name} has changed; its next call loads it")
        self._code = code

    @property
    def _keeper(self) -> FunctionKeeper:
        keeper = self._cloud.services["fc"]
        if not isinstance(keeper, FunctionKeeper):
            raise TypeError("the service 'fc' cannot load functions again")
        return keeper

    def _deploy(self) -> None:
        before = self._template
        try:
            self._template = deploy_template(self._cloud, before.path)
        except InvalidTemplateError as error:
            self._report(f"{error}; what was deployed before goes on")
            return
        self._remove(before, self._template)
        self._report(f"{before.path.name} has changed and is deployed")

    def _remove(self, before: Template, after: Template) -> None:
        """Remove the functions and EventBridge triggers that the template no longer has."""
        kept = {function.name: {trigger.name for trigger in function.triggers} for function in after.functions}
        for function in before.functions:
            for trigger in function.triggers:
                if trigger.type == "eventbridge" and trigger.name not in kept.get(function.name, ()):
                    self._cloud.trigger_host.drop_trigger(function.name, trigger.name)
            if function.name not in kept and function.name in self._keeper.functions:
                self._keeper.load_again(function.name)
                del self._keeper.functions[function.name]

    def _of_template(self) -> Fingerprint:
        return _fingerprint(extended_files(self._template.path))

    def _of_code(self) -> dict[str, Fingerprint]:
        return {function.name: _fingerprint(_files(function.code)) for function in self._template.functions}


def _files(folder: Path) -> Iterator[Path]:
    """The files in a folder, without what Python and hidden folders keep there."""
    count = 0
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__" and not name.startswith("."))
        for name in names:
            count += 1
            if count > MAX_FILES:
                return
            yield folder / root / name


def _fingerprint(files: Iterable[Path]) -> Fingerprint:
    found = {}
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        found[str(path)] = (status.st_mtime_ns, status.st_size)
    return found

"""`--lang`, on every command: added to each when it is registered, so that no command can lack it."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli import display
from opsctl.cli.language import LANGUAGES
from opsctl.cli.options import Language

if TYPE_CHECKING:
    from collections.abc import Callable

Lang = Annotated[Language | None, typer.Option("--lang", help="The language of the output.", show_default=False)]


def speaking(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the option `--lang`; one that has it already, such as `catalog`, is given it too."""
    signature = inspect.signature(command, eval_str=True)
    own = "lang" in signature.parameters

    @functools.wraps(command)
    def speaks(*arguments: object, lang: str | None = None, **options: object) -> None:
        if lang in LANGUAGES:
            display.change(language=str(getattr(lang, "value", lang)))
        command(*arguments, **options, **({"lang": lang} if own else {}))

    if not own:
        added = inspect.Parameter("lang", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Lang)
        signature = signature.replace(parameters=[*signature.parameters.values(), added])
    speaks.__signature__ = signature  # type: ignore[attr-defined]  # where typer looks for parameters
    speaks.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    return speaks

"""Every command in the display's language: its help, and the option `--lang`, so that no command can lack it."""

from __future__ import annotations

import copy
import functools
import inspect
from typing import TYPE_CHECKING, Annotated, get_args, get_origin

import typer

from opsctl.cli import display
from opsctl.cli.language import LANGUAGES, help_text
from opsctl.cli.options import Language

if TYPE_CHECKING:
    from collections.abc import Callable

Lang = Annotated[Language | None, typer.Option("--lang", help="The language of the output.", show_default=False)]


def speaking(command: Callable[..., None], *, own: bool = False) -> Callable[..., None]:
    """The command with translated help and the option `--lang`.

    A command that has the option already, such as `catalog`, is given what was asked for too.

    Args:
        own: whether the command does all about the option by itself.
    """
    signature = inspect.signature(command, eval_str=True)
    has = own or "lang" in signature.parameters

    @functools.wraps(command)
    def speaks(*arguments: object, lang: str | None = None, **options: object) -> None:
        if not own and lang in LANGUAGES:
            display.change(language=str(getattr(lang, "value", lang)))
        command(*arguments, **options, **({"lang": lang} if has else {}))

    parameters = list(signature.parameters.values())
    if not has:
        parameters.append(inspect.Parameter("lang", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Lang))
    parameters = [parameter.replace(annotation=_translated(parameter.annotation)) for parameter in parameters]
    speaks.__doc__ = help_text(command.__doc__)
    speaks.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # where typer looks
    speaks.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return speaks


def _translated(annotation: object) -> object:
    """A parameter's annotation with the help of its option or argument in the display's language."""
    if display.current().language == LANGUAGES[0] or get_origin(annotation) is not Annotated:
        return annotation
    type_, *notes = get_args(annotation)
    added = [copy.copy(note) for note in notes]
    for note in added:
        note.help = help_text(note.help)
    parts = (type_, *added)
    return Annotated[parts]

"""The commands of a code block, and whether the programs that they call know their words."""

from __future__ import annotations

import importlib.util
import re
import shlex
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import typer
import typer.main
import yaml
from tests.project.blocks import ROOT

from opsctl.cli.app import app
from yunmock import __main__ as yunmock
from yunmock.coverage import coverages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_ENDS: Final = re.compile(r"[|&;()]+")
_REDIRECTION: Final = re.compile(r"[<>]+&?")
_ASSIGNED: Final = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_WRONG_USAGE: Final = cast("type[Exception]", typer.BadParameter.__base__)
"""The class of every wrong usage: that of typer's own click."""
_KEYWORDS: Final = ("do", "then", "else", "!")
_IGNORED: Final = ("for", "done", "fi", "export")
ELSEWHERE: Final = ("cat", "curl", "echo", "git", "kubectl", "pip", "rm", "sed", "test")
"""Programs of other projects, whose words are not compared with anything."""
# https://docs.serverless-devs.com/user-guide/builtin/, and github.com/devsapp/fc3/tree/master/docs for the component.
S_ACTIONS: Final = {
    "deploy": {"-y", "-t", "--trigger"},
    "remove": {"-y", "-t"},
    "invoke": {"-f", "-t"},
    "cli fc3 layer publish": {"--region", "--layer-name", "--code", "--compatible-runtime"},
    "config add": set(),
}


def commands(code: str) -> Iterator[list[str]]:
    """Each command of a script as its words, without redirections, assignments and what a shell does by itself."""
    for line in code.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;()<>")
        lexer.whitespace_split = True
        yield from _split(list(lexer))


def _split(tokens: list[str]) -> Iterator[list[str]]:
    words: list[str] = []
    skipped = False
    for token in [*tokens, ";"]:
        if _ENDS.fullmatch(token):
            yield from _meant(words)
            words = []
        elif _REDIRECTION.fullmatch(token):
            skipped = True
        elif skipped:
            skipped = False
        else:
            words.append(token)


def _meant(words: list[str]) -> Iterator[list[str]]:
    while words and (words[0] in _KEYWORDS or _ASSIGNED.fullmatch(words[0])):
        words = words[1:]
    if words and words[0] not in _IGNORED:
        yield words


def problem(words: Sequence[str]) -> str:
    """What is wrong with a command; an empty text if nothing is."""
    program, *rest = words
    if program in ELSEWHERE:
        return ""
    check = PROGRAMS.get(program)
    return f"no table knows the program {program!r}" if check is None else check(rest)


@cache
def _root() -> Any:
    return typer.main.get_command(app)


def opsledger_problem(words: Sequence[str]) -> str:
    """Whether the command line has each command and option, by its own parser, and gets each argument it needs."""
    command: Any = _root()
    rest = list(words)
    while True:
        context = command.context_class(command, info_name=command.name)
        try:
            given, rest, _ = command.make_parser(context).parse_args(list(rest))
        except _WRONG_USAGE as error:
            return f"opsledger {shlex.join(words)}: {error}"
        if not hasattr(command, "get_command") or not rest:
            missing = [one.name for one in command.params if _is_missing(one, given)]
            return f"opsledger {shlex.join(words)}: {missing[0]} is missing" if missing else ""
        found = command.get_command(context, rest[0])
        if found is None:
            return f"opsledger has no command {rest[0]!r}"
        command, rest = found, rest[1:]


def _is_missing(parameter: Any, given: Mapping[str, Any]) -> bool:
    """Whether the words lack an argument that the command needs."""
    value = given.get(parameter.name)
    return parameter.param_type_name == "argument" and parameter.required and not isinstance(value, str | list | tuple)


def s_problem(words: Sequence[str]) -> str:
    """Whether Serverless Devs has the command, and the s.yaml the resource and the trigger."""
    file = ROOT / (words[words.index("-t") + 1] if "-t" in words else "s.yaml")
    resources = yaml.safe_load(file.read_text(encoding="utf-8"))["resources"]
    resource = resources.get(words[0])
    rest = list(words if resource is None else words[1:])
    action = next((name for name in S_ACTIONS if rest[: len(name.split())] == name.split()), "")
    if not action:
        return f"s has no action {shlex.join(rest)}, or {file.name} no such resource"
    if unknown := {word for word in rest if word.startswith("-")} - S_ACTIONS[action]:
        return f"s {action} has no option {min(unknown)}"
    if "--trigger" in rest:
        triggers = [] if resource is None else [each["triggerName"] for each in resource["props"]["triggers"]]
        if (name := rest[rest.index("--trigger") + 1]) not in triggers:
            return f"{file.name} has no trigger {name}"
    return ""


def aliyun_problem(words: Sequence[str]) -> str:
    """Whether the service has the call, by the calls of the vendor's SDK that yunmock lists."""
    if words[0] == "configure":
        return ""
    product, call = words[:2]
    coverage = coverages()[product]
    return "" if call in {*coverage.calls, *coverage.refused} else f"{product} has no call {call}"


@cache
def _targets() -> set[str]:
    return set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def make_problem(words: Sequence[str]) -> str:
    """Whether the Makefile has the target."""
    unknown = [word for word in words if "=" not in word and word not in _targets()]
    return f"the Makefile has no target {unknown[0]}" if unknown else ""


def python_problem(words: Sequence[str]) -> str:
    """Whether the module is there."""
    if words[:1] != ["-m"] or importlib.util.find_spec(words[1]) is None:
        return f"python {shlex.join(words)}: no such module"
    return ""


def yunmock_problem(words: Sequence[str]) -> str:
    """Whether `yunmock` has each option."""
    try:
        yunmock._parser().parse_args(list(words))
    except SystemExit:
        return f"yunmock {shlex.join(words)}: wrong usage"
    return ""


PROGRAMS: Final[dict[str, Callable[[Sequence[str]], str]]] = {
    "aliyun": aliyun_problem,
    "make": make_problem,
    "opsledger": opsledger_problem,
    "python": python_problem,
    "s": s_problem,
    "yunmock": yunmock_problem,
}

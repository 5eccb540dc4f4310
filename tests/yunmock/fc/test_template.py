"""Reading s.yaml: functions, triggers, variables, and errors that name the file and the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from yunmock import Account
from yunmock.s_yaml import InvalidTemplateError
from yunmock.template import read_template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FULL = """
edition: 3.0.0
name: full
access: default
vars:
  region: cn-shanghai
  name: full
  nested: {label: "${vars.name}-label"}
template:
  base:
    runtime: python3.12
    memorySize: 1024
    environmentVariables: {FROM_TEMPLATE: "yes", BOTH: template}
resources:
  main:
    component: fc3@0.1.22
    extend: {name: base}
    props:
      region: ${vars.region}
      functionName: ${vars.name}-fn
      handler: pkg.index.handler
      code: ./code
      timeout: 60
      environmentVariables:
        BOTH: own
        LABEL: ${vars.nested.label}
        MIXED: "a-${vars.region}-${env('SET', 'no')}"
        DEFAULTED: ${env('UNSET', 'fallback')}
        ACCOUNT: ${config('AccountID')}
        SELF: ${this.props.functionName}
        OTHER: ${resources.other.props.functionName}
        FILE: ${file('./text')}
        PATH_OF: ${path('./text')}
        FROM_JSON: ${json('./data.json')}
      instanceLifecycleConfig:
        initializer: {handler: pkg.index.initializer, timeout: 9}
        preStop: {handler: pkg.index.stop}
      asyncInvokeConfig:
        maxAsyncRetryAttempts: 1
        maxAsyncEventAgeInSeconds: 60
        destinationConfig: {onFailure: {destination: "acs:mns:::/queues/q"}}
      logConfig: {project: p, logstore: l}
      triggers:
        - triggerName: ecs
          triggerType: eventbridge
          triggerConfig: {eventRuleFilterPattern: '{"source":["acs.ecs"]}'}
  other:
    component: fc3
    props: {region: x, functionName: other-fn, runtime: python3.10, handler: index.handler, code: {src: ./code}}
  domain:
    component: fc3-domain
    props: {domainName: auto}
"""


def write(folder: Path, text: str) -> Path:
    """The text as an s.yaml beside a code folder."""
    (folder / "code").mkdir(exist_ok=True)
    (folder / "text").write_text("content")
    (folder / "data.json").write_text('"from json"')
    path = folder / "s.yaml"
    path.write_text(text)
    return path


def test_everything_resolved(tmp_path: Path) -> None:
    """Variables of every kind are resolved, templates are merged, and other components are ignored."""
    template = read_template(write(tmp_path, FULL), Account(), {"SET": "yes"})

    main, other = template.functions
    assert template.region == "cn-shanghai"
    assert (main.name, main.runtime, main.memory_mb, main.timeout_s) == ("full-fn", "python3.12", 1024, 60)
    assert main.environment == {
        "FROM_TEMPLATE": "yes",
        "BOTH": "own",
        "LABEL": "full-label",
        "MIXED": "a-cn-shanghai-yes",
        "DEFAULTED": "fallback",
        "ACCOUNT": "1000000000000001",
        "SELF": "full-fn",
        "OTHER": "other-fn",
        "FILE": "content",
        "PATH_OF": str(tmp_path / "text"),
        "FROM_JSON": "from json",
    }
    assert main.initializer is not None
    assert (main.initializer.handler, main.initializer.timeout_s) == ("pkg.index.initializer", 9)
    assert main.pre_stop is not None
    assert (main.asynchronous.retries, main.asynchronous.max_age_s) == (1, 60)
    assert main.asynchronous.on_failure == "acs:mns:::/queues/q"
    assert (main.log_project, main.log_store) == ("p", "l")
    assert [trigger.name for trigger in main.triggers] == ["ecs"]
    assert (other.code, other.timeout_s, other.memory_mb) == (tmp_path / "code", 3, 512)


def test_base_file_is_extended(tmp_path: Path) -> None:
    """A file that extends another inherits from it what it does not state itself."""
    write(tmp_path, FULL)
    child = tmp_path / "child.yaml"
    child.write_text("edition: 3.0.0\nname: child\nextend: ./s.yaml\nvars: {name: child}\n")

    names = [function.name for function in read_template(child, Account(), {}).functions]

    assert names == ["child-fn", "other-fn"]


def props(**changes: Any) -> Callable[[dict[str, Any]], None]:
    """A change of the function's properties."""

    def change(root: dict[str, Any]) -> None:
        root["resources"]["f"]["props"].update(changes)

    return change


def top(**changes: Any) -> Callable[[dict[str, Any]], None]:
    """A change at the top of the file."""
    return lambda root: root.update(changes)


EB = {"triggerName": "t", "triggerType": "eventbridge"}
BROKEN: list[tuple[Callable[[dict[str, Any]], None], str, str]] = [
    (props(region="${vars.gone}"), "resources.f.props.region", "${vars.gone} is not defined"),
    (props(region="${resources.f.props.gone}"), "resources.f.props.region", "is not defined"),
    (props(region="${env('YUNMOCK_SURELY_UNSET')}"), "resources.f.props.region", "YUNMOCK_SURELY_UNSET is not set"),
    (props(region="${secret('x')}"), "resources.f.props.region", "yunmock does not know ${secret('x')}"),
    (props(region="${something}"), "resources.f.props.region", "yunmock does not know"),
    (props(region="${config('Nope')}"), "resources.f.props.region", "config() knows"),
    (props(region="${file('./gone')}"), "resources.f.props.region", "cannot read"),
    (props(region="${this.props.region}"), "resources.f.props.region", "without end"),
    (props(functionName=None), "resources.f.props.functionName", "is missing"),
    (props(handler="handler"), "resources.f.props.handler", "module.function"),
    (props(runtime="nodejs20"), "resources.f.props.runtime", "not 'nodejs20'"),
    (props(code="./gone"), "resources.f.props.code", "there is no folder"),
    (props(code={"ossBucketName": "b"}), "resources.f.props.code", "OSS"),
    (props(timeout="soon"), "resources.f.props.timeout", "must be a number"),
    (props(environmentVariables={"N": 1}), "resources.f.props.environmentVariables.N", "must be a text, not 1"),
    (props(environmentVariables=["N"]), "resources.f.props.environmentVariables", "must map names"),
    (props(triggers=[{"triggerName": "t"}]), "resources.f.props.triggers[0]", "triggerType"),
    (props(triggers=[EB]), "resources.f.props.triggers[0].triggerConfig.eventRuleFilterPattern", "must be JSON"),
    (
        props(triggers=[{**EB, "triggerConfig": {"eventRuleFilterPattern": '{"source":[{"like":"x"}]}'}}]),
        "resources.f.props.triggers[0].triggerConfig.eventRuleFilterPattern",
        "unknown operator 'like'",
    ),
    (
        props(triggers=[{**EB, "triggerType": "timer", "triggerConfig": {"cronExpression": "* *"}}]),
        "resources.f.props.triggers[0].triggerConfig.cronExpression",
        "2 fields",
    ),
    (props(instanceLifecycleConfig=[1]), "resources.f.props.instanceLifecycleConfig", "must be an object"),
    (props(triggers=5), "resources.f.props.triggers", "must be a list"),
    (
        props(asyncInvokeConfig={"destinationConfig": {"onSuccess": "x"}}),
        "resources.f.props.asyncInvokeConfig.destinationConfig.onSuccess",
        "must be an object",
    ),
    (
        props(asyncInvokeConfig={"maxAsyncRetryAttempts": []}),
        "resources.f.props.asyncInvokeConfig.maxAsyncRetryAttempts",
        "must be a number",
    ),
    (top(edition="1.0.0"), "edition", "must be 3.0.0"),
    (top(resources=["f"]), "resources", "must map names"),
    (top(resources={"f": {"component": "fc3"}}), "resources.f.props", "is missing"),
    (
        top(resources={"f": {"component": "fc3", "props": {}, "extend": {"name": "x"}}}),
        "resources.f.extend",
        "no template 'x'",
    ),
]


@pytest.mark.parametrize(("change", "key", "trouble"), BROKEN, ids=[f"{case[1]}-{case[2]}" for case in BROKEN])
def test_errors_name_file_and_key(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], key: str, trouble: str
) -> None:
    """An error in a file has the file, the key and the reason."""
    function = {
        "region": "r",
        "functionName": "f",
        "runtime": "python3.10",
        "handler": "index.handler",
        "code": "./code",
    }
    root: dict[str, Any] = {"edition": "3.0.0", "resources": {"f": {"component": "fc3", "props": function}}}
    change(root)
    path = write(tmp_path, yaml.safe_dump(root))

    with pytest.raises(InvalidTemplateError) as error:
        read_template(path, Account())

    assert str(error.value).startswith(f"{path}: {key}: ")
    assert trouble in str(error.value)


@pytest.mark.parametrize(("text", "trouble"), [("{", "is not YAML"), ("- a", "is not a Serverless Devs file")])
def test_files_that_are_not_templates(tmp_path: Path, text: str, trouble: str) -> None:
    """A file that is not YAML, or not a mapping, is refused."""
    with pytest.raises(InvalidTemplateError, match=trouble):
        read_template(write(tmp_path, text), Account())


def test_missing_file(tmp_path: Path) -> None:
    """A missing file is refused."""
    with pytest.raises(InvalidTemplateError, match="cannot be read"):
        read_template(tmp_path / "gone.yaml", Account())

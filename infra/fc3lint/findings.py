"""What the linter can find, in one table, and a finding.

`docs/doctor.md` is generated from `CHECKS`. FC: https://www.alibabacloud.com/help/en/functioncompute/fc;
fc3: https://github.com/devsapp/fc3/blob/master/docs/zh/yaml/readme.md and triggers.md beside it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import NamedTuple

ERROR, WARNING = "error", "warning"


class Mark(NamedTuple):
    """A line of a file."""

    file: str
    line: int


class Check(NamedTuple):
    """One kind of finding: its severity, the problem, and what happens because of it."""

    severity: str
    problem: str
    consequence: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: where it is, what is wrong, and how to fix it."""

    file: str
    line: int
    code: str
    message: str
    fix: str

    @property
    def severity(self) -> str:
        """`error` or `warning`."""
        return CHECKS[self.code].severity

    def to_json(self) -> dict[str, str | int]:
        """The fields and the severity, for `--json`."""
        return {**asdict(self), "severity": self.severity}

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.message} [{self.code}]\n    {self.fix}"


@dataclass(slots=True)
class Findings:
    """The list that checks add to."""

    all: list[Finding] = field(default_factory=list)

    def add(self, code: str, mark: Mark, message: str, fix: str) -> None:
        """Add a finding, unless it is already in the list."""
        finding = Finding(mark.file, mark.line, code, message, fix)
        if finding not in self.all:
            self.all.append(finding)


CHECKS: dict[str, Check] = {
    # ------------------------------------------------------------------------------------------- the file
    "yaml": Check(ERROR, "the file cannot be read as YAML", "nothing can be deployed"),
    "edition": Check(ERROR, "the edition is not 3.0.0", "`s` 3 and the fc3 component read no other"),
    "duplicate-key": Check(ERROR, "a mapping has the same key twice", "the first value is silently ignored"),
    "no-function": Check(WARNING, "no resource uses the component fc3", "there is nothing to check"),
    "undefined-variable": Check(ERROR, "`${…}` names something undefined", "`s` ends with an error"),
    "unset-environment": Check(WARNING, "`${env(…)}` has no default and is not set here", "`s` ends with an error"),
    "missing-file": Check(ERROR, "`${file(…)}`, `${json(…)}` or `extend` names no file", "`s` ends with an error"),
    "unknown-expression": Check(WARNING, "`s` does not document this `${…}`", "`s` may leave the text as it is"),
    "unknown-template": Check(ERROR, "`extend.name` names a template that does not exist", "`s` ends with an error"),
    # ----------------------------------------------------------------------------------------- keys, values
    "misspelt-key": Check(ERROR, "an unknown key looks like a known one", "the component ignores unknown keys"),
    "wrong-case": Check(
        ERROR,
        "a key has the wrong capitals",
        "the component ignores it; keys are camelCase, but PascalCase inside retryStrategy, deadLetterQueue, "
        "batchWindow and source parameters",
    ),
    "unknown-key": Check(WARNING, "the component does not know a key", "the component ignores it"),
    "missing-key": Check(ERROR, "a required key is missing", "the deployment is refused, or does not work"),
    "wrong-type": Check(ERROR, "a value has the wrong type", "the deployment is refused"),
    "wrong-value": Check(ERROR, "a value is not one of the allowed values", "the deployment is refused"),
    "out-of-range": Check(ERROR, "a number is outside its limits", "the deployment is refused"),
    # --------------------------------------------------------------------------------------------- function
    "runtime": Check(
        ERROR, "Function Compute has no such runtime (python3.11, for example)", "the deployment is refused"
    ),
    "function-name": Check(ERROR, "a function's name has invalid characters", "the deployment is refused"),
    "duplicate-function": Check(ERROR, "two resources deploy the same function", "the second overwrites the first"),
    "cpu-memory": Check(ERROR, "vCPUs to GB of memory is not between 1:1 and 1:4", "the deployment is refused"),
    "concurrency": Check(
        WARNING, "instanceConcurrency on a built-in runtime", "no effect: an instance serves one request at a time"
    ),
    "hook-timeout": Check(
        ERROR,
        "the timeout of initializer is above 300 s, or that of preStop above 90 s (300 s with a GPU)",
        "the deployment is refused",
    ),
    "too-many-layers": Check(ERROR, "a function has more than five layers", "the deployment is refused"),
    "other-region": Check(
        ERROR,
        "a layer, queue, destination or rule is in another region than its function, or the function in another than "
        "`--remote` looks at",
        "it cannot be used there, or something else is checked than is deployed",
    ),
    "endpoint-region": Check(
        WARNING, "an address in the environment is in another region", "calls are slow, unless several regions share it"
    ),
    "other-account": Check(
        ERROR,
        "a role, layer, queue or rule is another account's than the others', or than `--remote` looks at",
        "it cannot be used",
    ),
    "local-account": Check(
        WARNING,
        "a role, layer or queue is of the account 1000000000000001, which is the local cloud's",
        "it is right for the local cloud; a deployment to a real account is refused",
    ),
    "scaling-twice": Check(ERROR, "provisionConfig and scalingConfig are both set", "the component refuses it"),
    "code-missing": Check(ERROR, "the code folder or file does not exist", "nothing can be uploaded"),
    # ---------------------------------------------------------------------------------------------- handler
    "handler-form": Check(ERROR, "a handler is not `module.function`", "every invocation fails"),
    "handler-missing": Check(ERROR, "the handler's module or function does not exist", "every invocation fails"),
    "handler-arity": Check(ERROR, "a handler must take (event, context), a hook (context)", "every invocation fails"),
    "handler-import": Check(ERROR, "the handler's module cannot be imported", "every invocation fails"),
    "handler-unsure": Check(WARNING, "a package of the handler's module is not installed here", "it is not checked"),
    # ------------------------------------------------------------------------------------------ environment
    "env-not-text": Check(ERROR, "an environment variable's value is not text", "the component's schema refuses it"),
    "env-reserved": Check(ERROR, "an environment variable begins with FC_", "the prefix is Function Compute's"),
    "env-name": Check(
        ERROR, "an environment variable's name is invalid", "use letters, digits and _, and begin with a letter"
    ),
    "env-size": Check(ERROR, "the environment is larger than 4 KB", "the deployment is refused"),
    "env-missing": Check(ERROR, "the code requires a variable that is not set", "the first invocation fails"),
    "env-unset": Check(WARNING, "the code reads a variable that is not set", "it reads None"),
    "env-unread": Check(
        WARNING, "nothing reads a variable with a library's prefix", "it is misspelt, or for another version"
    ),
    "no-role": Check(WARNING, "a function has no role, but its library needs one", "it has no credentials"),
    "env-wrong": Check(ERROR, "a library refuses a variable's value", "the initializer fails"),
    # --------------------------------------------------------------------------------------------- triggers
    "duplicate-trigger": Check(ERROR, "two triggers of a function share a name", "the second overwrites the first"),
    "too-many-triggers": Check(ERROR, "a function has more than 50 triggers", "the deployment is refused"),
    "shared-source": Check(ERROR, "two EventBridge triggers share a sourceArn", "changing one changes the other"),
    "source-missing": Check(
        ERROR, "an EventBridge trigger has no eventSourceConfig", "the component ends with a TypeError"
    ),
    "source-parameters": Check(ERROR, "eventSourceParameters is another source's", "the source cannot be reached"),
    "not-last": Check(
        WARNING, "triggers follow an EventBridge trigger", "the component skips them if that is up to date"
    ),
    "async-unset": Check(
        WARNING, "asyncInvocationType is not set", "the vendor's pages contradict each other on its default"
    ),
    "async-meaning": Check(
        WARNING,
        "asyncInvocationType is true",
        "synchronous in the API that fc3 calls: Function Compute does not retry, and asyncInvokeConfig has no effect; "
        "older pages say it is asynchronous",
    ),
    "mode": Check(ERROR, "the source does not support runOptions.mode", "the deployment is refused"),
    "no-effect": Check(
        WARNING, "an option has no effect here", "retries, dead letters and batches need event-streaming"
    ),
    "rule-limit": Check(ERROR, "more than ten triggers use the default bus", "the default bus takes ten such rules"),
    "no-failure-destination": Check(
        WARNING,
        "an asynchronous trigger has no onFailure destination; a timer may do without if it has an asyncInvokeConfig",
        "events are dropped after the last retry",
    ),
    "cron": Check(
        ERROR, "cronExpression is not a schedule", "use six fields in UTC, also after `CRON_TZ=<zone>`, or `@every 5m`"
    ),
    "payload-size": Check(ERROR, "a timer's payload is larger than 128 KB", "the deployment is refused"),
    "delivered-twice": Check(
        ERROR, "a trigger and a rule made elsewhere hand events to one function", "each event comes, and is paid, twice"
    ),
    "delivered-never": Check(ERROR, "no trigger and no rule hands events to a function", "no event arrives"),
    # --------------------------------------------------------------------------------------------- patterns
    "pattern": Check(ERROR, "eventRuleFilterPattern is not a valid pattern", "the rule is refused, or matches nothing"),
    "pattern-product": Check(
        WARNING, "a function's patterns match no type of the source they name", "no event arrives"
    ),
    "pattern-type": Check(WARNING, "no pattern matches a type that the library handles", "its events do not arrive"),
    # --------------------------------------------------------------------------------------- what is deployed
    "not-deployed": Check(ERROR, "a function or trigger is not deployed (`--remote`)", "run `s deploy`"),
    "deployed-synchronous": Check(
        ERROR,
        "a deployed rule does not invoke asynchronously (`--remote`)",
        "Function Compute does not retry, and its failure queue stays empty: events are lost while the store is down",
    ),
    "rule-disabled": Check(ERROR, "a deployed rule is disabled (`--remote`)", "no event arrives by it"),
    "deployed-differs": Check(
        WARNING, "what is deployed differs (`--remote`)", "somebody changed it there, or the file here"
    ),
}

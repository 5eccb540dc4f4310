"""Who may speak for ECI: the reporters of its Kubernetes events, and the reasons that others use too.

A Kubernetes event names its reporter in `source.component` and `source.host` or, since Kubernetes 1.19, in
`reportingComponent` and `reportingInstance`, with an empty `source`. These two tables are also what the rules in
`infra/ros/template.yaml` and `s.quickstart.yaml` let through; `python -m opsctl.ros` compares them.

Public events of ECI pods, as `kubectl describe pod` shows them, come from:

- `kubelet, eci`: github.com/AliyunContainerService and the ACK page on preemptible instances
  (www.alibabacloud.com/help/doc-detail/186545.htm);
- `EciService`: help.aliyun.com/zh/eci/user-guide/custom-events-of-elastic-container-instance;
- `eci-provider`: public Knative and Spark write-ups on image caches;
- `virtual-kubelet/pod-controller`, `virtual-node-eci-0/pod-controller`: the recorder of virtual-kubelet joins its
  node's name and `pod-controller` (github.com/virtual-kubelet/alibabacloud-eci/issues/8).

In none of them does a scheduler speak for ECI: its `FailedScheduling` says which nodes do not fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger.errors import FieldError, ForeignEventError

if TYPE_CHECKING:
    from collections.abc import Mapping

COMPONENT_PREFIXES: Final = ("Eci", "eci", "virtual")
"""A component that begins so is ECI's own, or the virtual kubelet that runs its pods."""

KUBELET: Final = "kubelet"
HOST_PREFIXES: Final = ("eci", "virtual")
"""A kubelet on a host that begins so is ECI's. An ordinary kubelet always names its node, so no host is ECI's too."""

GENERIC_REASONS: Final = frozenset(
    {
        "CreateBackoff",
        "DiskFull",
        "FailedScheduling",
        "InsufficientBalance",
        "NfsError",
        "NoStock",
        "OOMKilled",
        "ParamLengthExceed",
        "PodOOMKilled",
        "QuotaExceeded",
        "QuotaFull",
        "ResourceInsufficient",
        "RuntimeCrashed",
        "StartingFailed",
        "SystemReboot",
        "Throttling",
        "Unauthorized",
        "UnknownError",
    }
)
"""Reasons of the catalogue that are no words of ECI's: schedulers, operators and other products use them too."""

CONTAINER_REASONS: Final = (
    "Scheduled",
    "SuccessfulMountVolume",
    "Pulling",
    "Pulled",
    "Created",
    "Started",
    "Killing",
    "BackOff",
    "Unhealthy",
    "Failed",
    "FailedMount",
)
"""Reasons of every container's ordinary life, which ECI's kubelet reports as any kubelet does: the rules keep them out.

None is in ECI's list. Source: pkg/kubelet/events/event.go of Kubernetes, and the public events named above.
"""

MAX_SHOWN: Final = 64


class Reporter(NamedTuple):
    """Who reported a Kubernetes event: a component and the host that it runs on; empty where the event names none."""

    component: str
    host: str

    @classmethod
    def of(cls, event: Mapping[str, object]) -> Reporter:
        """The reporter that an event names, in the casing of Kubernetes or of the ECI API."""
        source = _get(event, "source")
        named = source if isinstance(source, dict) else {}
        if component := _text(named, "component"):
            return cls(component, _text(named, "host"))
        return cls(_text(event, "reportingComponent"), _text(event, "reportingInstance"))

    @property
    def is_eci(self) -> bool:
        """Whether ECI speaks through this reporter."""
        if self.component == KUBELET:
            return not self.host or self.host.startswith(HOST_PREFIXES)
        return self.component.startswith(COMPONENT_PREFIXES)


def check(reason: str, event: Mapping[str, object], *, known: bool, claimed: bool) -> None:
    """Refuse an event that somebody else reports under a reason that is not ECI's own.

    Args:
        reason: the event's reason.
        event: the Kubernetes event.
        known: whether the catalogue has the reason.
        claimed: whether the envelope says that it is ECI's, so that the event need not name a reporter.

    Raises:
        ForeignEventError: the reason is generic or unknown, and its reporter is not ECI's; or it is generic, and
            neither a reporter nor the object says that it is ECI's.
    """
    reporter = Reporter.of(event)
    if reporter.is_eci or (known and reason not in GENERIC_REASONS):
        return
    if reporter.component:
        who = reporter.component[:MAX_SHOWN] + (f" on {reporter.host[:MAX_SHOWN]}" if reporter.host else "")
        message = f"{reason[:MAX_SHOWN]!r} is reported by {who!r}, which does not speak for ECI"
    elif known and not claimed and not _is_about_eci(event):
        message = f"{reason[:MAX_SHOWN]!r} is reported by nobody, and others than ECI use this reason"
    else:
        return
    raise ForeignEventError(message, [FieldError("source.component", message)])


def _is_about_eci(event: Mapping[str, object]) -> bool:
    """Whether the object is a container group: ECI gives its id as the uid."""
    about = _get(event, "involvedObject")
    return isinstance(about, dict) and _text(about, "uid").startswith("eci-")


def _get(event: Mapping[str, object], name: str) -> object:
    return event.get(name, event.get(name[:1].upper() + name[1:]))


def _text(event: Mapping[str, object], name: str) -> str:
    value = _get(event, name)
    return value.strip() if isinstance(value, str) else ""

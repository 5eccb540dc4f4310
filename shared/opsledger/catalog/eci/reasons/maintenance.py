"""System O&M events: planned and unplanned reboots, exhausted memory and disk, faults underneath.

Source: "ECI events", section "System O&M events", help.aliyun.com/zh/eci. The section gives an example of
each message, not its text, and no type. What varies in an example is a placeholder here.
"""

from __future__ import annotations

from typing import Final

from opsledger.catalog.eci.reasons.reason import EciReason
from opsledger.catalog.templates import Template, wordings

__all__ = ["REASONS"]

_MAINTENANCE_PLAN: Final = Template(
    "ScheduledMaintenance",
    '{"originReason":"%s","originMessage":"%s","planExecTime":"%s"}',
    ("origin_reason", "origin_message", "plan_exec_time"),
    example=('{"originReason":"Redeploy","originMessage":"Redeploy","planExecTime":"2019-03-12T09:00:00.000+08:00"}'),
    json_fields=("originReason", "originMessage", "planExecTime"),
)

_OUT_OF_MEMORY: Final = (
    # The message of the page's API sample; its table has the kernel's line instead.
    Template("OOMKilled/plain", "Out of memory"),
    Template(
        "OOMKilled/cgroup",
        "Memory cgroup out of memory: Kill process %s (%s) score %s or sacrifice child",
        ("pid", "process", "score"),
        example=("Memory cgroup out of memory: Kill process 15848 (xsim_traffic_fl) score 337 or sacrifice child"),
    ),
    Template(
        "OOMKilled/cgroup",
        "メモリ cgroup のメモリ不足: プロセス %s (%s) スコア %s を強制終了するか、子プロセスを破棄します。",
        ("pid", "process", "score"),
        "ja",
        example=(
            "メモリ cgroup のメモリ不足: プロセス 15848 (xsim_traffic_fl) スコア 337 を強制終了するか、"
            "子プロセスを破棄します。"
        ),
    ),
)

_SYSTEM_OUT_OF_MEMORY: Final = (
    Template(
        "PodOOMKilled",
        "System OOM encountered, victim process: %s, pid: %s",
        ("process", "pid"),
        example="System OOM encountered, victim process: xxx, pid: xxx",
    ),
    Template(
        "PodOOMKilled",
        "システム OOM が発生しました。犠牲プロセス: %s、PID: %s",
        ("process", "pid"),
        "ja",
        example="システム OOM が発生しました。犠牲プロセス: xxx、PID: xxx",
    ),
)

_NFS_SESSION: Final = (
    Template(
        "NfsError",
        "NFS: state manager: bind conn to session failed on NFSv4 server %s with error %s",
        ("nfs_server", "error_code"),
        example=("NFS: state manager: bind conn to session failed on NFSv4 server 172.16.0.1 with error 121"),
    ),
    Template(
        "NfsError",
        "NFS: 状態マネージャ: エラー %s で NFSv4 サーバー %s へのセッションのバインド接続に失敗しました。",
        ("error_code", "nfs_server"),
        "ja",
        example=(
            "NFS: 状態マネージャ: エラー 121 で NFSv4 サーバー 172.16.0.1 へのセッションのバインド接続に失敗しました。"
        ),
    ),
)

REASONS: Final = (
    EciReason(
        "SandboxNotReady",
        None,
        "maintenance",
        wordings(
            "SandboxNotReady",
            "Critical error detected on Host OS",
            ja="ホスト OS で重大なエラーが検出されました。",
        ),
    ),
    EciReason(
        "SandboxNotReadyUnExpected",
        None,
        "maintenance",
        wordings(
            "SandboxNotReadyUnExpected",
            "Unexpected error occurred on underlying infrastructure",
            en="An unexpected error occurred on the underlying infrastructure",
            ja="基盤となるインフラストラクチャで予期しないエラーが発生しました",
        ),
    ),
    EciReason(
        "SandboxRebootCanceled",
        None,
        "maintenance",
        wordings(
            "SandboxRebootCanceled",
            "The reboot of current instance has been canceled",
            en="The reboot of the current instance has been canceled",
            ja="現在のインスタンスの再起動はキャンセルされました",
        ),
    ),
    EciReason(
        "SandboxRebootSucceeded",
        None,
        "maintenance",
        wordings(
            "SandboxRebootSucceeded",
            "Current instance has been rebooted successfully.",
            en="The current instance has been rebooted successfully.",
            ja="現在のインスタンスは正常に再起動されました。",
        ),
    ),
    EciReason("ScheduledMaintenance", None, "maintenance", (_MAINTENANCE_PLAN,)),
    # The page's API sample shows this one as a Warning.
    EciReason("OOMKilled", "Warning", "maintenance", _OUT_OF_MEMORY),
    EciReason("PodOOMKilled", None, "maintenance", _SYSTEM_OUT_OF_MEMORY),
    EciReason(
        "DiskFull",
        None,
        "maintenance",
        wordings(
            "DiskFull",
            "There has insufficient disk space for current eci",
            en="There is insufficient disk space for the current ECI instance",
            ja="現在の ECI インスタンスのディスク領域が不足しています",
        ),
    ),
    EciReason("NfsError", None, "maintenance", _NFS_SESSION),
    EciReason(
        "RuntimeCrashed",
        None,
        "maintenance",
        wordings(
            "RuntimeCrashed",
            "Unexpected crash occurred on underlying infrastructure",
            en="An unexpected crash occurred on the underlying infrastructure",
            ja="基盤となるインフラストラクチャで予期しないクラッシュが発生しました",
        ),
    ),
    EciReason(
        "RuntimeIssueDetected",
        None,
        "maintenance",
        wordings(
            "RuntimeIssueDetected",
            "Unexpected issue occurred on underlying infrastructure",
            en="An unexpected issue occurred on the underlying infrastructure",
            ja="基盤となるインフラストラクチャで予期しない問題が発生しました",
        ),
    ),
    EciReason(
        "GPULostCard",
        None,
        "maintenance",
        wordings(
            "GPULostCard",
            "gpu card lost detected",
            en="GPU card loss detected",
            ja="GPU カードの損失が検出されました",
        ),
    ),
)
"""The rows, in the order of the page."""

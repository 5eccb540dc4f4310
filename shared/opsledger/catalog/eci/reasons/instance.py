"""Events of a container group: stock, scheduling, quotas, spot, restarts.

Source: "ECI events", section "ECI instance (ContainerGroup) events", help.aliyun.com/zh/eci.
"""

from __future__ import annotations

from typing import Final

from opsledger.catalog.eci.reasons.reason import EciReason
from opsledger.catalog.templates import wordings

__all__ = ["REASONS"]

REASONS: Final = (
    EciReason(
        "StockExhaust",
        "Warning",
        "instance",
        wordings(
            "StockExhaust",
            "The stock of the specified zones will be used up. %s",
            ("detail",),
            ja="指定したゾーンの在庫が不足します。 %s",
        ),
    ),
    EciReason(
        "NoStock",
        "Warning",
        "instance",
        wordings(
            "NoStock",
            "Create ECI failed because the specified instance is out of stock. %s",
            ("detail",),
            ja="指定したインスタンスの在庫がないため、ECI の作成に失敗しました。 %s",
            seen=("Create ECI failed because of the specified instance is out of stock. %s",),
        ),
    ),
    EciReason(
        "InsufficientBalance",
        "Warning",
        "instance",
        wordings(
            "InsufficientBalance",
            "Your account does not have enough balance to purchase %s",
            ("item",),
            ja="アカウントの残高が %s の購入に不足しています。",
        ),
    ),
    EciReason(
        "StockClose",
        "Warning",
        "instance",
        wordings(
            "StockClose",
            "Create ECI failed because current zone closed or limited without living instance. %s",
            ("detail",),
            ja="現在のゾーンが閉鎖されているか、稼働中のインスタンスがない状態で制限されているため、"
            "ECI の作成に失敗しました。 %s",
        ),
    ),
    EciReason(
        "FailedScheduling",
        "Warning",
        "instance",
        (
            *wordings(
                "FailedScheduling/unknown",
                "Unknown error occurred.",
                ja="不明なエラーが発生しました。",
            ),
            *wordings(
                "FailedScheduling/failed",
                "Schedule eci failed:%s",
                ("cause",),
                ja="ECI のスケジュールに失敗しました: %s",
            ),
        ),
    ),
    EciReason(
        "UnknownError",
        "Warning",
        "instance",
        (
            *wordings(
                "UnknownError/heavy-load",
                "The ECI service is under heavy load while creating container group resources, "
                "please wait and try again later",
                ja="コンテナグループリソースの作成中に ECI サービスの負荷が高くなっています。"
                "しばらく待ってからもう一度お試しください。",
            ),
            *wordings(
                "UnknownError/unknown",
                "An unknown error occurred for %s",
                ("cause",),
                ja="%s で不明なエラーが発生しました。",
            ),
        ),
    ),
    EciReason(
        "DiskCapacityQuotaFull",
        "Warning",
        "instance",
        (
            *wordings(
                "DiskCapacityQuotaFull/account",
                "Your disk capacity quota is exceeded",
                ja="ディスク容量クォータを超過しました。",
            ),
            *wordings(
                "DiskCapacityQuotaFull/scope",
                "Your disk capacity quota in [%s] is exceeded",
                ("quota_scope",),
                ja="[%s] のディスク容量クォータを超過しました。",
            ),
        ),
    ),
    EciReason(
        "AttachDiskFailed",
        "Warning",
        "instance",
        wordings(
            "AttachDiskFailed",
            "Attach disk %s failed",
            ("disk_id",),
            ja="ディスク %s のアタッチに失敗しました。",
        ),
    ),
    EciReason(
        "CpuOptionsNotSupported",
        "Warning",
        "instance",
        wordings(
            "CpuOptionsNotSupported",
            "The cpu options is not supported for your instanceType[%s] in current region",
            ("instance_type",),
            ja="現在のリージョンでは、instanceType[%s] で CPU オプションはサポートされていません。",
        ),
    ),
    EciReason(
        "CpuOptionsNotValid",
        "Warning",
        "instance",
        wordings(
            "CpuOptionsNotValid",
            "The cpu options is not valid for your instanceType[%s]",
            ("instance_type",),
            ja="instanceType[%s] に対して CPU オプションが無効です。",
        ),
    ),
    EciReason(
        "SYSTEM_FAILURE",
        "Warning",
        "instance",
        wordings(
            "SYSTEM_FAILURE",
            "The ContainerGroup has failed due to a temporary failure of the host",
            ja="ホストの一時的な障害により、ContainerGroup が失敗しました。",
        ),
    ),
    EciReason(
        "SystemFailureReboot",
        "Warning",
        "instance",
        wordings(
            "SystemFailureReboot",
            "The Specified ContainerGroup is rebooting",
            ja="指定された ContainerGroup が再起動しています。",
        ),
    ),
    EciReason(
        "StartingFailed",
        "Warning",
        "instance",
        wordings(
            "StartingFailed",
            "eci starting failed: %s",
            ("cause",),
            ja="ECI の起動に失敗しました: %s",
        ),
    ),
    EciReason(
        "SystemReboot",
        "Warning",
        "instance",
        wordings(
            "SystemReboot",
            "It is strongly recommended that you re-create this instance within 48 hours because of %s, "
            "otherwise, the pod will be forced to restart.",
            ("cause",),
            ja="%s のため、48時間以内にこのインスタンスを再作成することを強くお勧めします。"
            "そうしないと、ポッドが強制的に再起動されます。",
        ),
    ),
    EciReason(
        "Throttling",
        "Warning",
        "instance",
        (
            *wordings(
                "Throttling/plain",
                "The request was denied due to system flow control, please wait and try again later",
                ja="システムのフロー制御によりリクエストが拒否されました。しばらく待ってからもう一度お試しください。",
            ),
            *wordings(
                "Throttling/flow-control-type",
                "The request was denied due to system flow control, please wait and try again later, "
                "flowControlType:%s",
                ("flow_control_type",),
                ja="システムのフロー制御によりリクエストが拒否されました。"
                "しばらく待ってからもう一度お試しください。flowControlType: %s",
            ),
        ),
    ),
    EciReason(
        "SpotDegraded",
        "Warning",
        "instance",
        wordings(
            "SpotDegraded",
            "Spot [%s] will be degraded because the specified instance is out of stock",
            ("spot_spec",),
            ja="指定したインスタンスの在庫がないため、スポット [%s] はダウングレードされます。",
        ),
    ),
    EciReason(
        "SpotToBeReleased",
        "Warning",
        "instance",
        wordings(
            "SpotToBeReleased",
            "Spot ECI will be released in %s minutes",
            ("minutes",),
            ja="スポット ECI は %s 分で解放されます。",
            seen=("Spot ECI will be released in %s minute",),
        ),
    ),
    EciReason("CreateBackoff", "Warning", "instance", wordings("CreateBackoff", "%s", ("detail",))),
    EciReason(
        "QuotaExceeded",
        "Warning",
        "instance",
        wordings(
            "QuotaExceeded",
            "Eci instance type %s or vcpu quota is exceeded",
            ("instance_type",),
            ja="ECI インスタンスタイプ %s または vCPU クォータを超過しました。",
        ),
    ),
    EciReason(
        "ParamLengthExceed",
        "Warning",
        "instance",
        wordings(
            "ParamLengthExceed",
            "The length of input param [%s] is exceeded, which will not be stored in meta",
            ("param_name",),
            ja="入力パラメータ [%s] の長さが超過しているため、メタデータには保存されません。",
        ),
    ),
    EciReason(
        "IgnoreInstanceTypeFeatures",
        "Warning",
        "instance",
        wordings(
            "IgnoreInstanceTypeFeatures",
            "The instance type features will be ignored as the provided specifications, [%s],"
            "correspond exclusively to ECS instance types",
            ("instance_types",),
            ja="指定された仕様 [%s] は ECS インスタンスタイプのみに対応しているため、"
            "インスタンスタイプの機能は無視されます。",
        ),
    ),
    EciReason(
        "EphemeralStorageSizeExceededJobLimit",
        "Warning",
        "instance",
        wordings(
            "EphemeralStorageSizeExceededJobLimit",
            "Ephemeral storage size: %s exceeded the limitation of job instance:%s",
            ("storage_size", "size_limit"),
            ja="一時ストレージサイズ: %s がジョブインスタンスの制限: %s を超過しました。",
        ),
    ),
    EciReason(
        "MultiZoneRecommendations",
        "Normal",
        "instance",
        wordings("MultiZoneRecommendations", "%s", ("detail",)),
    ),
    EciReason(
        "AutoInstanceTypeMatch",
        "Normal",
        "instance",
        wordings(
            "AutoInstanceTypeMatch",
            "The most-matched instanceType for current eci instance is %s",
            ("instance_type",),
            ja="現在の ECI インスタンスに最も一致する instanceType は %s です。",
        ),
    ),
    EciReason(
        "MemoryReservationAdded",
        "Normal",
        "instance",
        wordings(
            "MemoryReservationAdded",
            "Add memory reservation to current eci for the required system components",
            ja="必要なシステムコンポーネントのために、現在の ECI にメモリ予約を追加します。",
        ),
    ),
    EciReason(
        "UserInstanceTypeSpec",
        "Normal",
        "instance",
        wordings(
            "UserInstanceTypeSpec",
            "The user-specified instanceType for current eci instance is %s",
            ("instance_type",),
            ja="現在の ECI インスタンスにユーザーが指定した instanceType は %s です。",
        ),
    ),
    EciReason(
        "DefaultInstanceTypeMatch",
        "Normal",
        "instance",
        wordings(
            "DefaultInstanceTypeMatch",
            "The default instanceType used for current eci instance is %s",
            ("instance_type",),
            ja="現在の ECI インスタンスに使用されるデフォルトの instanceType は %s です。",
        ),
    ),
    EciReason(
        "StopCharge",
        "Normal",
        "instance",
        wordings(
            "StopCharge",
            "The charge of current ECI instance has been stopped, but the related resources are still being cleaned",
            ja="現在の ECI インスタンスの課金は停止されましたが、関連リソースはまだクリーンアップ中です。",
        ),
    ),
)
"""The rows, in the order of the page; the messages of one name are joined in its first row."""

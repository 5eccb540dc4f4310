"""Events of what a container group is built on: RAM role, vSwitch, security group, ENI, EIP, SLS.

Source: "ECI events", section "Other resource-related events", help.aliyun.com/zh/eci.
"""

from __future__ import annotations

from typing import Final

from opsledger.catalog.eci.reasons.reason import EciReason
from opsledger.catalog.templates import wordings

__all__ = ["REASONS"]

REASONS: Final = (
    EciReason(
        "Unauthorized",
        "Warning",
        "ram-role",
        wordings(
            "Unauthorized",
            "No permission granted to eci service account for %s",
            ("permission",),
            ja="%s の ECI サービスアカウントに権限が付与されていません。",
        ),
    ),
    EciReason(
        "ResourceInsufficient",
        "Warning",
        "vswitch",
        wordings(
            "ResourceInsufficient",
            "The maximum number of IP address in the VSwitch %s is exceeded",
            ("vswitch_id",),
            ja="vSwitch %s の IP アドレスの最大数を超えました。",
        ),
    ),
    EciReason(
        "QuotaFull",
        "Warning",
        "security-group",
        wordings(
            "QuotaFull",
            "The maximum number of instances in the security group %s is exceeded",
            ("security_group_id",),
            ja="セキュリティグループ %s のインスタンスの最大数を超えました。",
        ),
    ),
    EciReason("CreateENIFailed", "Warning", "eni", wordings("CreateENIFailed", "%s", ("detail",))),
    EciReason("AttachENIFailed", "Warning", "eni", wordings("AttachENIFailed", "%s", ("detail",))),
    EciReason("AttachENIConflict", "Warning", "eni", wordings("AttachENIConflict", "%s", ("detail",))),
    EciReason("MissDefaultVpc", "Warning", "eni", wordings("MissDefaultVpc", "%s", ("detail",))),
    EciReason("CreateEipFailed", "Warning", "eip", wordings("CreateEipFailed", "%s", ("detail",))),
    EciReason(
        "EipBandwidthPackageQuotaExceeded",
        "Warning",
        "eip",
        wordings("EipBandwidthPackageQuotaExceeded", "%s", ("detail",)),
    ),
    EciReason(
        "EipNotFound",
        "Warning",
        "eip",
        wordings(
            "EipNotFound",
            "The specified eip %s does not exist",
            ("eip_id",),
            ja="指定された EIP %s は存在しません。",
        ),
    ),
    EciReason(
        "EipBoundOtherInstance",
        "Warning",
        "eip",
        wordings(
            "EipBoundOtherInstance",
            "The specified eip %s is already bound to another instance",
            ("eip_id",),
            ja="指定された EIP %s は既に別のインスタンスにバインドされています。",
        ),
    ),
    EciReason(
        "AliyunSlsQuotaExceed",
        "Warning",
        "sls",
        wordings("AliyunSlsQuotaExceed", "%s", ("detail",)),
    ),
    EciReason("AliyunSlsError", "Warning", "sls", wordings("AliyunSlsError", "%s", ("detail",))),
    EciReason(
        "AliyunSlsProjectInvalid",
        "Warning",
        "sls",
        wordings("AliyunSlsProjectInvalid", "%s", ("detail",)),
    ),
    EciReason(
        "AliyunSlsConfigFormatError",
        "Warning",
        "sls",
        wordings(
            "AliyunSlsConfigFormatError",
            "sls config %s value %s is invalid",
            ("config_name", "config_value"),
            ja="SLS 設定 %s 値 %s が無効です。",
        ),
    ),
)
"""The rows, in the order of the page."""

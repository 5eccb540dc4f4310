"""Events of virtual nodes.

Source: "ECI events", section "Virtual node events", help.aliyun.com/zh/eci.
"""

from __future__ import annotations

from typing import Final

from opsledger.catalog.eci.reasons.reason import EciReason
from opsledger.catalog.templates import wordings

__all__ = ["REASONS"]

REASONS: Final = (
    EciReason(
        "CreateEciForVnode",
        "Normal",
        "virtual-node",
        wordings(
            "CreateEciForVnode",
            "Create Eci %s for Vnode",
            ("container_group_id",),
            ja="仮想ノード用に ECI %s を作成します。",
        ),
    ),
    EciReason(
        "CreateVnodeSuccess",
        "Normal",
        "virtual-node",
        wordings("CreateVnodeSuccess", "Create vnode success", ja="仮想ノードの作成に成功しました。"),
    ),
    EciReason(
        "CreateVnodeFailed",
        "Warning",
        "virtual-node",
        wordings("CreateVnodeFailed", "Create vnode failed", ja="仮想ノードの作成に失敗しました。"),
    ),
    EciReason(
        "VnodePullImageFailed",
        "Warning",
        "virtual-node",
        wordings(
            "VnodePullImageFailed",
            "Vnode pull image failed",
            ja="仮想ノードのイメージのプルに失敗しました。",
        ),
    ),
)
"""The rows, in the order of the page."""

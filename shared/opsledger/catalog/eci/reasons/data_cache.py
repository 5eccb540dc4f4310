"""Events of data caches.

Source: "ECI events", section "Data cache events", help.aliyun.com/zh/eci.
"""

from __future__ import annotations

from typing import Final

from opsledger.catalog.eci.reasons.reason import EciReason
from opsledger.catalog.templates import wordings

__all__ = ["REASONS"]

REASONS: Final = (
    EciReason(
        "DataCacheProxyCreateFailed",
        "Warning",
        "data-cache",
        wordings(
            "DataCacheProxyCreateFailed",
            "The proxy of dataCache create failed for %s, please check it again",
            ("cause",),
            ja="%s の DataCache プロキシの作成に失敗しました。もう一度確認してください。",
        ),
    ),
    EciReason(
        "DataCacheSourceIllegal",
        "Warning",
        "data-cache",
        wordings(
            "DataCacheSourceIllegal",
            "The source of dataCache is illegal or un-reachable in you network, please check it again",
            ja="DataCache のソースが無効であるか、ネットワークでアクセスできません。もう一度確認してください。",
        ),
    ),
    EciReason(
        "DataCacheJobCreateFailed",
        "Warning",
        "data-cache",
        wordings(
            "DataCacheJobCreateFailed",
            "The job of dataCache create failed for %s, please check it again",
            ("cause",),
            ja="%s の DataCache ジョブの作成に失敗しました。もう一度確認してください。",
        ),
    ),
    EciReason(
        "DataCacheJobStartFailed",
        "Warning",
        "data-cache",
        wordings(
            "DataCacheJobStartFailed",
            "The job for dataCache start failed, see the detail in the events of job",
            ja="DataCache のジョブの開始に失敗しました。ジョブのイベントで詳細を確認してください。",
        ),
    ),
    EciReason(
        "DataCacheLoadFailed",
        "Warning",
        "data-cache",
        wordings(
            "DataCacheLoadFailed",
            "Some error occurred when loading data cache, see the detail in the log of job",
            ja="データキャッシュのロード中にエラーが発生しました。ジョブのログで詳細を確認してください。",
        ),
    ),
)
"""The rows, in the order of the page."""

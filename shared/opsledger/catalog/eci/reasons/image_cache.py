"""Events of image caches: making, copying, flash caches, matching, elimination.

Source: "ECI events", section "Image cache (ImageCache) events", help.aliyun.com/zh/eci.
"""

from __future__ import annotations

from typing import Final

from opsledger.catalog.eci.reasons.reason import EciReason
from opsledger.catalog.templates import wordings

__all__ = ["REASONS"]

REASONS: Final = (
    EciReason(
        "ImageCacheNotFound",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheNotFound",
            "The specified image cache %s does not exist",
            ("image_cache_id",),
            ja="指定されたイメージキャッシュ %s は存在しません。",
        ),
    ),
    EciReason(
        "ImageCacheMissed",
        "Warning",
        "image-cache",
        wordings("ImageCacheMissed", "Missed image cache", ja="イメージキャッシュが見つかりません。"),
    ),
    EciReason(
        "ImageCacheAutoCreated",
        "Normal",
        "image-cache",
        wordings(
            "ImageCacheAutoCreated",
            "Image cache %s is auto created",
            ("image_cache_id",),
            ja="イメージキャッシュ %s が自動的に作成されました。",
        ),
    ),
    EciReason(
        "ImageCacheAutoEliminated",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheAutoEliminated",
            "Image cache %s is auto eliminated",
            ("image_cache_id",),
            ja="イメージキャッシュ %s が自動的に削除されました。",
        ),
    ),
    EciReason(
        "ImageCacheCapacityUtilization",
        "Normal",
        "image-cache",
        wordings(
            "ImageCacheCapacityUtilization",
            "Total capacity utilization of current CacheDisk is %sGB / %sGB",
            ("used_gb", "total_gb"),
            ja="現在の CacheDisk の合計容量使用率は %sGB / %sGB です。",
        ),
    ),
    EciReason(
        "ImageCacheAutoCreateFailed",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheAutoCreateFailed",
            "Image cache auto create failed for %s",
            ("cause",),
            ja="%s のイメージキャッシュの自動作成に失敗しました。",
        ),
    ),
    EciReason(
        "ImageCacheFlashCreatedFailed",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheFlashCreatedFailed",
            "Flash image cache is failed,standard image cache will be created",
            en="Flash image cache is failed, standard image cache will be created",
            ja="高速イメージキャッシュの作成に失敗しました。標準イメージキャッシュが作成されます",
        ),
    ),
    EciReason(
        "ImageCacheCopyFailed",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheCopyFailed",
            "Image cache copy failed, but its %s/%s copies are still available",
            ("available_copies", "total_copies"),
            ja="イメージキャッシュのコピーに失敗しましたが、%s/%s コピーはまだ使用可能です。",
        ),
    ),
    EciReason(
        "ImageCacheFlashFinished",
        "Normal",
        "image-cache",
        wordings(
            "ImageCacheFlashFinished",
            "Flash image cache is created successfully,standard image cache will be created",
            en="Flash image cache is created successfully, standard image cache will be created",
            ja="高速イメージキャッシュは正常に作成されました。標準イメージキャッシュが作成されます",
        ),
    ),
    EciReason(
        "ImageCacheFlashUsedFailed",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheFlashUsedFailed",
            "Flash image cache can only be used in zones with ESSD, but current zone is %s",
            ("zone",),
            ja="フラッシュイメージキャッシュは ESSD を使用するゾーンでのみ使用できますが、現在のゾーンは %s です。",
        ),
    ),
    EciReason(
        "ImageCacheFlashReplacedFailed",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheFlashReplacedFailed",
            "Standard image cache is failed, flash image cache %s will not be deleted. "
            "But flash image can only be used in zones with ESSD",
            ("image_cache_id",),
            ja="標準イメージキャッシュの作成に失敗しました。"
            "フラッシュイメージキャッシュ %s は削除されません。"
            "ただし、フラッシュイメージは ESSD を使用するゾーンでのみ使用できます。",
        ),
    ),
    EciReason(
        "ImageCacheFlashReplacedSuccess",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheFlashReplacedSuccess",
            "Flash image cache [%s] has been replaced successfully",
            ("image_cache_id",),
            ja="フラッシュイメージキャッシュ [%s] は正常に置き換えられました。",
        ),
    ),
    EciReason(
        "ImageCacheCreate",
        "Normal",
        "image-cache",
        wordings(
            "ImageCacheCreate",
            "Snapshot [%s] of image cache has been created, waiting for the completion of it",
            ("snapshot_id",),
            ja="イメージキャッシュのスナップショット [%s] が作成されました。完了を待機しています。",
        ),
    ),
    EciReason(
        "ImageCacheCopyFinished",
        "Normal",
        "image-cache",
        wordings(
            "ImageCacheCopyFinished",
            "Copy [%s] of image cache has been made successfully",
            ("copy",),
            ja="イメージキャッシュのコピー [%s] が正常に作成されました。",
        ),
    ),
    EciReason(
        "ImageCacheFinished",
        "Normal",
        "image-cache",
        wordings(
            "ImageCacheFinished",
            "Image cache [%s] has been made successfully",
            ("image_cache_id",),
            ja="イメージキャッシュ [%s] が正常に作成されました。",
        ),
    ),
    EciReason(
        "ImageCacheUpdateFinished",
        "Normal",
        "image-cache",
        wordings(
            "ImageCacheUpdateFinished",
            "Image cache [%s] has been updated successfully",
            ("image_cache_id",),
            ja="イメージキャッシュ [%s] が正常に更新されました。",
        ),
    ),
    EciReason(
        "ImageCacheUpdateFailed",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheUpdateFailed",
            "Image cache [%s] update failed, but the old resource is still available",
            ("image_cache_id",),
            ja="イメージキャッシュ [%s] の更新に失敗しましたが、古いリソースはまだ使用可能です。",
        ),
    ),
    EciReason(
        "ImageCacheUnknownError",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheUnknownError",
            "An unknown error occurred while handling the image cache for %s",
            ("cause",),
            ja="%s のイメージキャッシュの処理中に不明なエラーが発生しました。",
        ),
    ),
    EciReason(
        "SuccessfulHitImageCache",
        "Normal",
        "image-cache",
        wordings(
            "SuccessfulHitImageCache",
            "Successfully hit image cache %s",
            ("image_cache_id",),
            ja="イメージキャッシュ %s が正常にヒットしました。",
            seen=("Successfully hit image cache %s, eci will be scheduled with this image cache",),
        ),
    ),
    EciReason(
        "ImageCacheNotComplete",
        "Normal",
        "image-cache",
        wordings(
            "ImageCacheNotComplete",
            "The production for specified image cache %s is not yet complete",
            ("image_cache_id",),
            ja="指定されたイメージキャッシュ %s の作成はまだ完了していません。",
        ),
    ),
    EciReason(
        "ImageCacheArchNotMatch",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheArchNotMatch",
            "The arch type of image cache %s not match the arch of %s",
            ("image_cache_id", "target"),
            ja="イメージキャッシュ %s のアーキテクチャタイプが %s のアーキテクチャと一致しません。",
        ),
    ),
    EciReason(
        "ImageCacheEliminated",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheEliminated",
            "Current imageCache is eliminated",
            ja="現在のイメージキャッシュは削除されました。",
        ),
    ),
    EciReason(
        "ImageCacheNotFullMatch",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheNotFullMatch",
            "Current imageCache %s is still not full-matched, a new imageCache is needed",
            ("image_cache_id",),
            ja="現在のイメージキャッシュ %s はまだ完全には一致していません。新しいイメージキャッシュが必要です。",
        ),
    ),
    EciReason(
        "ImageCacheNotSuited",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheNotSuited",
            "ImageCache is not suited for current eci, imageAccelerateMode:%s will be used",
            ("image_accelerate_mode",),
            ja="ImageCache は現在の ECI に適していません。imageAccelerateMode: %s が使用されます。",
        ),
    ),
    EciReason(
        "ImageCacheConflict",
        "Warning",
        "image-cache",
        wordings(
            "ImageCacheConflict",
            "There are duplicated imc[%s] is creating",
            ("image_cache_id",),
            ja="重複した imc [%s] が作成されています。",
        ),
    ),
    EciReason(
        "ImageCacheQuotaFull",
        "Warning",
        "image-cache",
        wordings("ImageCacheQuotaFull", "%s", ("detail",)),
    ),
)
"""The rows, in the order of the page."""

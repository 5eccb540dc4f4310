"""Imaginary things for samples, and moments as the vendor's envelopes write them."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass
from datetime import datetime, timezone

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True)
class Names:
    """The identifiers of one imaginary thing; equal seeds give equal names."""

    event_id: str
    instance_id: str
    disk_id: str
    source_host: str
    destination_host: str
    envelope_id: str
    container_group_id: str
    image_cache_id: str
    data_cache_id: str
    virtual_node_id: str
    pod: str
    cluster: str
    account: str = "1000000000000001"
    region: str = "cn-hangzhou"

    @classmethod
    def of(cls, seed: str) -> Names:
        """The names that `seed` stands for."""
        rng = random.Random(seed)  # noqa: S311 - names, not secrets

        def word(length: int) -> str:
            return "".join(rng.choices(_ALPHABET, k=length))

        return cls(
            event_id=f"e-bp1{word(15)}",
            instance_id=f"i-bp1{word(15)}",
            disk_id=f"d-bp1{word(15)}",
            source_host=f"dh-bp1{word(14)}",
            destination_host=f"dh-bp1{word(14)}",
            envelope_id=f"{word(8)}-{word(4)}-{word(4)}-{word(4)}-{word(12)}",
            container_group_id=f"eci-bp1{word(13)}",
            image_cache_id=f"imc-bp1{word(13)}",
            data_cache_id=f"edc-bp1{word(13)}",
            virtual_node_id=f"vnd-bp1{word(13)}",
            pod=f"web-{word(5)}",
            cluster=f"c{word(32)}",
        )


def china(moment: int, form: str, offset: str) -> str:
    """The moment on a clock in China, as the vendor's envelopes show it."""
    local = datetime.fromtimestamp((moment + 8 * HOUR) / 1000, tz=timezone.utc)
    return f"{local.strftime(form)}.{moment % 1000:03d}{offset}"

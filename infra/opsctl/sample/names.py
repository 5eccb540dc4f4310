"""Imaginary identifiers for samples, and moments as the vendor's envelopes write them."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_PREFIXES = {
    "command_id": "c",
    "image_id": "m",
    "network_interface_id": "eni",
    "snapshot_id": "s",
    "task_id": "t",
    "vpc_id": "vpc",
    "vswitch_id": "vsw",
}
"""Identifier → how the vendor's begin, where that is not the initials of its name."""
_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True)
class Names:
    """The identifiers of one imaginary resource and its surroundings; equal seeds give equal names."""

    seed: str
    event_id: str
    instance_id: str
    disk_id: str
    source_host_id: str
    destination_host_id: str
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
    @lru_cache(maxsize=256)
    def of(cls, seed: str) -> Names:
        """The names that `seed` gives."""
        rng = random.Random(seed)  # noqa: S311 - names, not secrets
        return cls(
            seed,
            event_id=f"e-bp1{_random_text(rng, 15)}",
            instance_id=f"i-bp1{_random_text(rng, 15)}",
            disk_id=f"d-bp1{_random_text(rng, 15)}",
            source_host_id=f"dh-bp1{_random_text(rng, 14)}",
            destination_host_id=f"dh-bp1{_random_text(rng, 14)}",
            envelope_id="-".join(_random_text(rng, length) for length in (8, 4, 4, 4, 12)),
            container_group_id=f"eci-bp1{_random_text(rng, 13)}",
            image_cache_id=f"imc-bp1{_random_text(rng, 13)}",
            data_cache_id=f"edc-bp1{_random_text(rng, 13)}",
            virtual_node_id=f"vnd-bp1{_random_text(rng, 13)}",
            pod=f"web-{_random_text(rng, 5)}",
            cluster=f"c{_random_text(rng, 32)}",
        )

    def identifier(self, name: str) -> str:
        """The identifier called `name`; one that has no field here is made from the seed."""
        if name in self.__slots__:
            return str(getattr(self, name))
        initials = "".join(part[:1] for part in name.removesuffix("_id").split("_"))
        prefix = _PREFIXES.get(name, initials)
        return f"{prefix}-bp1{_random_text(random.Random(f'{self.seed}/{name}'), 15)}"  # noqa: S311 - names, not secrets


def _random_text(rng: random.Random, length: int) -> str:
    return "".join(rng.choices(_ALPHABET, k=length))


def china(moment: int, form: str, offset: str) -> str:
    """The moment on a clock in China, as the vendor's envelopes show it."""
    local = datetime.fromtimestamp((moment + 8 * HOUR) / 1000, tz=timezone.utc)
    return f"{local.strftime(form)}.{moment % 1000:03d}{offset}"

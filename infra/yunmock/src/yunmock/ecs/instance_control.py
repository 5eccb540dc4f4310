"""The control of instances and disks: create, operate, interrupt, lock and release them.

What is created is there already: only operations reach the event bus.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.checks import json_copy, one_of, region_of
from yunmock.ecs import instance_json, lives
from yunmock.ecs.course_control import CourseControl
from yunmock.ecs.model import Disk, EcsInstance
from yunmock.identifiers import resource_id
from yunmock.timestamps import milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from yunmock.checks import AnyJson
    from yunmock.timestamps import Timestamp


class InstanceControl(CourseControl):
    """Create, operate and release instances and disks; a time left out is the cloud's present."""

    def create_instance(
        self,
        region: str,
        name: str,
        *,
        status: str = "Running",
        instance_id: str | None = None,
        at: Timestamp | None = None,
        zone_id: str | None = None,
        instance_type: str = "ecs.g7.large",
        host_name: str | None = None,
        description: str = "",
        resource_group_id: str = "",
        spot_strategy: str = "NoSpot",
        spot_interruption_behavior: str = "Terminate",
        expires_at: Timestamp | None = None,
        tags: Mapping[str, str] | None = None,
        attributes: Mapping[str, object] | None = None,
    ) -> str:
        """Create an instance and return its id; the event bus does not hear of it.

        Args:
            status: `Pending`, `Starting`, `Running`, `Stopping` or `Stopped`.
            instance_id: its id; generated when None.
            at: when it was created and started.
            zone_id: `<region>-h` when None.
            host_name: the instance's id when None.
            spot_strategy: `NoSpot`, `SpotWithPriceLimit` or `SpotAsPriceGo`.
            spot_interruption_behavior: `Terminate` or `Stop`.
            expires_at: the end of a subscription; without it, the instance is pay-as-you-go.
            attributes: further fields of DescribeInstances by their API names (`{"ImageId": …}`).

        Raises:
            ValueError: unknown status, strategy or behaviour, invalid region, or an id that exists.
        """
        one_of("status", status, lives.INSTANCE_STATUSES)
        created_ms = self._ms(at)
        with self.state.atomic():
            sequence = self.state.next_sequence()
            made = resource_id("i", region_of(region), sequence)
            instance = EcsInstance(
                id=instance_id or made,
                region=region,
                sequence=sequence,
                name=name,
                status=status,
                created_ms=created_ms,
                zone_id=f"{region}-h" if zone_id is None else zone_id,
                instance_type=instance_type,
                host_name=(instance_id or made) if host_name is None else host_name,
                description=description,
                resource_group_id=resource_group_id,
                spot_strategy=one_of("spot_strategy", spot_strategy, lives.SPOT_STRATEGIES),
                spot_behavior=one_of("spot_interruption_behavior", spot_interruption_behavior, lives.SPOT_BEHAVIORS),
                expires_ms=None if expires_at is None else milliseconds(expires_at),
                started_ms=created_ms if status == "Running" else None,
                tags=dict(tags or {}),
                attributes=json_copy(attributes or {}),
            )
            self.state.instances.add(instance)
        return instance.id

    def create_disk(
        self,
        region: str,
        name: str,
        *,
        instance_id: str = "",
        kind: str = "data",
        status: str | None = None,
        disk_id: str | None = None,
        at: Timestamp | None = None,
        category: str = "cloud_essd",
        size_gib: int = 40,
        device: str | None = None,
        resource_group_id: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Create a disk and return its id.

        Args:
            instance_id: the instance that it is attached to; empty for none.
            kind: `system` or `data`.
            status: `In_use` if it is attached and `Available` if not, when None.
            device: `/dev/xvda` for an attached system disk and `/dev/xvdb` for any other, when None.

        Raises:
            ResourceNotFoundError: there is no such instance.
            ValueError: unknown kind or status, invalid region, or an id that exists.
        """
        one_of("kind", kind, ("system", "data"))
        with self.state.atomic():
            if instance_id:
                self.state.instance(instance_id)
            usual = "/dev/xvda" if kind == "system" else "/dev/xvdb"
            sequence = self.state.next_sequence()
            disk = Disk(
                id=disk_id or resource_id("d", region_of(region), sequence),
                region=region,
                sequence=sequence,
                name=name,
                status=one_of("status", status or ("In_use" if instance_id else "Available"), lives.DISK_STATUSES),
                created_ms=self._ms(at),
                kind=kind,
                category=category,
                size_gib=size_gib,
                device=(usual if instance_id else "") if device is None else device,
                instance_id=instance_id,
                resource_group_id=resource_group_id,
                tags=dict(tags or {}),
            )
            self.state.disks.add(disk)
        return disk.id

    def set_tags(self, instance_id: str, tags: Mapping[str, str]) -> None:
        """Replace the tags of an instance.

        Raises:
            ResourceNotFoundError: there is no such instance.
        """
        with self.state.atomic():
            self.state.instances.replace(replace(self.state.instance(instance_id), tags=dict(tags)))

    def rename_instance(self, instance_id: str, name: str) -> None:
        """Give an instance another name.

        Raises:
            ResourceNotFoundError: there is no such instance.
        """
        with self.state.atomic():
            self.state.instances.replace(replace(self.state.instance(instance_id), name=name))

    def start_instance(self, instance_id: str) -> None:
        """Start an instance that is stopped or pending: Starting, Running.

        Raises:
            ResourceNotFoundError: there is no such instance.
            ValueError: its status does not allow it.
        """
        self._operate(instance_id, "start")

    def stop_instance(self, instance_id: str) -> None:
        """Stop a running instance, as its user does: Stopping, Stopped. A planned stop is avoided.

        Raises:
            ResourceNotFoundError: there is no such instance.
            ValueError: its status does not allow it.
        """
        self._operate(instance_id, lives.STOP)

    def reboot_instance(self, instance_id: str) -> None:
        """Reboot a running instance, as its user does: Stopping, Starting, Running. A planned reboot is avoided.

        Raises:
            ResourceNotFoundError: there is no such instance.
            ValueError: its status does not allow it.
        """
        self._operate(instance_id, lives.REBOOT)

    def redeploy_instance(self, instance_id: str) -> None:
        """Redeploy an instance, as its user does. A planned redeployment is avoided.

        Raises:
            ResourceNotFoundError: there is no such instance.
            ValueError: its status does not allow it.
        """
        self._operate(instance_id, lives.REDEPLOY)

    def release_instance(self, instance_id: str) -> None:
        """Release an instance, as its user does: it is Deleted, and its open events are avoided where that is possible.

        Raises:
            ResourceNotFoundError: there is no such instance.
        """
        with self.state.atomic():
            self.course.settle()
            self.course.release(self.state.instance(instance_id), self.state.now_ms())

    def interrupt_instance(self, instance_id: str) -> None:
        """Interrupt a spot instance: notified and locked at once, released (or stopped) five minutes later.

        Raises:
            ResourceNotFoundError: there is no such instance.
            ValueError: it is no spot instance, or is about to be released.
        """
        with self.state.atomic():
            self.course.settle()
            instance = self.state.instance(instance_id)
            if instance.spot_strategy == "NoSpot" or lives.RECYCLING in instance.locks:
                raise ValueError(f"{instance_id} is no spot instance, or is interrupted already")
            self.course.interrupt(instance, self.state.now_ms())

    def lock_instance(self, instance_id: str, reasons: Sequence[str] = ()) -> None:
        """Replace the operation locks of an instance (`financial`, `security` …); without reasons, unlock it.

        Raises:
            ResourceNotFoundError: there is no such instance.
            ValueError: an unknown reason.
        """
        locks = tuple(one_of("reasons", reason, lives.LOCK_REASONS) for reason in reasons)
        with self.state.atomic():
            self.state.instances.replace(replace(self.state.instance(instance_id), locks=locks))

    def instance(self, instance_id: str) -> AnyJson:
        """An instance as DescribeInstances writes it.

        Raises:
            ResourceNotFoundError: there is no such instance.
        """
        self.course.settle()
        return json_copy(instance_json.instance_row(self.state.instance(instance_id)))

    def list_instances(self, region: str | None = None) -> list[AnyJson]:
        """The instances of a region, or of all, as `instance` writes them; oldest first within a region."""
        self.course.settle()
        regions = self.state.instances.regions() if region is None else [region]
        return [
            json_copy(instance_json.instance_row(each)) for name in regions for each in self.state.instances.after(name)
        ]

    def _operate(self, instance_id: str, operation: str) -> None:
        with self.state.atomic():
            self.course.settle()
            instance, now_ms = self.state.instance(instance_id), self.state.now_ms()
            if instance.status not in lives.STEPS_FROM[operation]:
                needed = " or ".join(lives.STEPS_FROM[operation])
                raise ValueError(f"{instance_id} is {instance.status}: {operation} needs {needed}")
            self.course.avoid(instance_id, operation, now_ms)
            self.course.operate(instance, operation, now_ms)

"""Read the maintenances in the calendar on the standard input, and print them as JSON."""

from __future__ import annotations

import json
import sys

from circuit_maintenance_parser import NotificationData, init_provider

if __name__ == "__main__":
    data = NotificationData.init_from_raw("ical", sys.stdin.buffer.read())
    json.dump([json.loads(one.to_json()) for one in init_provider().get_maintenances(data)], sys.stdout)

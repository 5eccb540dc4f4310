"""The function answers at its address, and its timer fires when the cloud's clock says so."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from yunmock import mock_aliyun

if TYPE_CHECKING:
    from yunmock import LocalCloud

TEMPLATE = Path(__file__).with_name("s.yaml")
DAY_S = 24 * 60 * 60


class ReportTest(unittest.TestCase):
    """Each test has a cloud of its own, on which `s.yaml` is deployed."""

    @mock_aliyun(template=TEMPLATE)
    def test_the_address_answers(self) -> None:
        """Any name in front of the region that begins with the function's is its address."""
        answer = requests.get("https://report-abc.cn-hangzhou.fcapp.run/?name=Ada", timeout=5)

        self.assertEqual((answer.status_code, answer.text), (200, "Hello, Ada!"))

    @mock_aliyun(template=TEMPLATE)
    def test_the_timer_fires_once_a_day(self, cloud: LocalCloud) -> None:
        """Nothing waits: `advance` moves the clock and runs what is due on the way."""
        cloud.clock.freeze()

        cloud.advance(2 * DAY_S)

        logs = [run.invocation.log for run in cloud.invocations_of("report")]
        self.assertEqual(len(logs), 2)
        self.assertIn("morning: the daily report", logs[0])


if __name__ == "__main__":
    unittest.main()

"""OpsLedger: a record of every operational event of Alibaba Cloud ECS and ECI, from announcement to outcome."""

__version__ = "0.1.0"

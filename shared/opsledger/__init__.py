"""OpsLedger: what became of every operational event of Alibaba Cloud ECS and ECI."""

__version__ = "0.1.0"

"""OpsLedger: a record of every operational event of Alibaba Cloud ECS and ECI, from announcement to outcome."""

import logging

# The Tablestore SDK warns on standard error, at import, that its compiled codec exists for one Python version alone.
logging.getLogger("tablestore").addHandler(logging.NullHandler())

__version__ = "0.1.0"

"""Runs a handler as Function Compute would, with nothing on the path but what is named; prints what came of it.

Arguments: the code's folder, the folder with the layers, and the event's file. Started with `-I -S`, so that neither
installed packages nor the environment add to the path. The environment's OpsLedger variables are the function's.
"""

import importlib
import json
import os
import sys
from types import SimpleNamespace

CODE, LAYERS, EVENT = sys.argv[1:]
sys.path[:0] = [CODE, f"{LAYERS}/python"]
STANDARD = tuple({sys.prefix, sys.base_prefix, sys.exec_prefix})

context = SimpleNamespace(
    request_id="r-1",
    account_id="1000000000000001",
    region="cn-hangzhou",
    function=SimpleNamespace(name="packaged", handler="index.handler", memory=512, timeout=60),
    credentials=None,
)
index = importlib.import_module("index")
index.initializer(context)
with open(EVENT, "rb") as event:  # noqa: PTH123 - loads nothing that the function did not
    answer = index.handler(event.read(), context)
loaded = {
    name: (str(getattr(module, "__file__", None) or ""), str(getattr(module, "__cached__", None) or ""))
    for name, module in list(sys.modules.items())
}
foreign = [file for file, _ in loaded.values() if file and not file.startswith((CODE, LAYERS, *STANDARD, __file__))]
report = {
    "answer": answer,
    "foreign": foreign,
    "uncompiled": [
        name
        for name, (file, cached) in loaded.items()
        if file.startswith(LAYERS) and file.endswith(".py") and not os.path.exists(cached)  # noqa: PTH110 - as above
    ],
    "modules": sorted(loaded),
}
print(json.dumps(report))  # noqa: T201 - the test reads it

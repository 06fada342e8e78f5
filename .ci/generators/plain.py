"""Says of the parameters that are sent as JSON that they are text, for generators that do not know OpenAPI's `content` of parameters.

    plain.py < openapi.json > plain.json
"""

import json
import sys

contract = json.load(sys.stdin)
for item in contract["paths"].values():
    for operation in item.values():
        for parameter in operation.get("parameters", []) if isinstance(operation, dict) else []:
            if parameter.pop("content", None):
                parameter["schema"] = {"type": "string"}
json.dump(contract, sys.stdout)

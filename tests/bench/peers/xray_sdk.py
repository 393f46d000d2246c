"""A handler that does nothing but trace: the X-Ray SDK as its README shows it, with the facts that every read tells.

What is above the bare handler here is the least that a traced read costs with this SDK used so.
https://github.com/aws/aws-xray-sdk-python#add-annotations-or-metadata
"""

import os
import time
from datetime import UTC, datetime
from typing import Any, Final

from aws_xray_sdk.core import xray_recorder

from shared.names import PATH_MOCK, XRAY_METADATA_NAMESPACE

VERSION: Final = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    started_s = time.perf_counter()
    with xray_recorder.in_subsegment("read") as subsegment:
        subsegment.put_annotation("canary", value=False)
        subsegment.put_annotation("path", PATH_MOCK)
        subsegment.put_annotation("userId", event["userId"])
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for key, value in {
            "timestamp": now,
            "version": VERSION,
            "duration_ms": round((time.perf_counter() - started_s) * 1000, 3),
            "canaryEnabled": True,
        }.items():
            subsegment.put_metadata(key, value, XRAY_METADATA_NAMESPACE)
    return {"statusCode": 200}

"""mock-read on Powertools for AWS Lambda: Logger, Tracer, Metrics, and FeatureFlags on AppConfig.

Written as its documentation shows each of them, for what mock-read tells of a read: the same sentence and fields, the
same metrics by the same dimensions, the same annotations and metadata. What is not the tools' business is mock-read's
own: the request's check, the mock, the keyed digests of the line that asks for a comparison.

Where the documentation leaves a choice, the quicker one: the switch is one more feature of one document instead of a
configuration of its own, all metrics leave in one object with several dimension sets (which CloudWatch bills for more
metrics than mock-read writes), and the answer is not captured into the trace. `max_age` is mock-read's own second, so
that a flag takes effect as soon here as there; the documentation's 5 s would change no median.

https://docs.powertools.aws.dev/lambda/python/latest/
"""

import os
import time
from datetime import UTC, datetime
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.feature_flags import AppConfigStore, FeatureFlags
from aws_lambda_powertools.utilities.typing import LambdaContext

from mock_read.request import BadRequest, parse_request
from shared.canonical import CANONICAL_VERSION
from shared.digests import Digester
from shared.mock_reader import MockReader
from shared.names import (
    METRIC_NAMESPACE,
    PATH_MOCK,
    XRAY_METADATA_NAMESPACE,
    Dimension,
    LogToken,
    Metric,
    ResourceNames,
)
from tests.bench.peers.powertools_flags import PROFILE_POWERTOOLS

ENVIRONMENT: Final = os.environ["HUNTAZE_ENVIRONMENT"]
VERSION: Final = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
FLAG_MAX_AGE_S: Final = 1

names = ResourceNames(ENVIRONMENT)
logger = Logger(service=names.mock_read_function)
tracer = Tracer(service=names.mock_read_function)
metrics = Metrics(namespace=METRIC_NAMESPACE)
features = FeatureFlags(
    store=AppConfigStore(
        environment=names.appconfig_environment,
        application=names.appconfig_application,
        name=PROFILE_POWERTOOLS,
        max_age=FLAG_MAX_AGE_S,
    )
)
mock = MockReader()
digester = Digester(os.environ["HUNTAZE_DIGEST_KEY"])


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    request = parse_request(event)
    if isinstance(request, BadRequest):
        return {"statusCode": 400, "error": {"code": "BAD_REQUEST", "message": request.message}}
    user_id = request.user_id
    feature_context = {"user_number": int(user_id.rpartition("-")[2])}
    killed = features.evaluate(name="prisma_kill_switch", default=False)
    on_prisma = features.evaluate(name="prisma_adapter", context=feature_context, default=False)
    compared = features.evaluate(name="shadow", default=False)
    if on_prisma and not killed:
        raise NotImplementedError("the benchmark's users are the mock's")

    started_s = time.perf_counter()
    document = mock.read(user_id)
    duration_ms = round((time.perf_counter() - started_s) * 1000, 3)

    tracer.put_annotation(key="canary", value=False)
    tracer.put_annotation(key="path", value=PATH_MOCK)
    tracer.put_annotation(key="userId", value=user_id)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for key, value in {
        "timestamp": now,
        "version": VERSION,
        "duration_ms": duration_ms,
        "canaryEnabled": True,
    }.items():
        tracer.put_metadata(key=key, value=value, namespace=XRAY_METADATA_NAMESPACE)

    metrics.add_dimension(name=Dimension.ENVIRONMENT, value=ENVIRONMENT)
    metrics.add_dimension(name=Dimension.PATH, value=PATH_MOCK)
    metrics.add_dimensions(environment=ENVIRONMENT, function=names.mock_read_function, version=VERSION)
    metrics.add_dimensions(environment=ENVIRONMENT)
    metrics.add_metric(name=Metric.REQUESTS, unit=MetricUnit.Count, value=1)
    metrics.add_metric(name=Metric.ERRORS, unit=MetricUnit.Count, value=0)
    metrics.add_metric(name=Metric.LATENCY, unit=MetricUnit.Milliseconds, value=duration_ms)

    logger.info(
        "[%s] userId: '%s', duration: %s",
        LogToken.MOCK_SUCCESS,
        user_id,
        duration_ms,
        extra={"event": LogToken.MOCK_SUCCESS, "userId": user_id, "path": PATH_MOCK, "duration": duration_ms},
    )
    if compared:
        metrics.add_metric(name=Metric.SHADOW_REQUESTS, unit=MetricUnit.Count, value=1)
        logger.info(
            "[%s] userId: '%s', path: '%s'",
            LogToken.SHADOW_REQUEST,
            user_id,
            PATH_MOCK,
            extra={
                "event": LogToken.SHADOW_REQUEST,
                "userId": user_id,
                "path": PATH_MOCK,
                "time": time.time_ns() // 1_000_000,
                "canonicalVersion": CANONICAL_VERSION,
                "digests": digester.digests(context.aws_request_id, document),
            },
        )
    return {"statusCode": 200, "user": document}

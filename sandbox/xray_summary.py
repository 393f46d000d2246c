"""A trace's summary, as GetTraceSummaries shows it. Pure.

https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html; root causes, which X-Ray derives, are left out.
"""

from typing import Any

from sandbox.xray_facts import AnnotationValue, Http, Service, TraceFacts

Document = dict[str, Any]


def summary(trace: TraceFacts, *, account_id: str, revision: int) -> Document:
    root = trace.root
    services = list(dict.fromkeys(segment.service for segment in trace.segments))
    return {
        "Id": trace.trace_id,
        "StartTime": trace.began_at,
        "Duration": _milliseconds(trace.duration_s),
        "ResponseTime": _milliseconds(root.duration_s),
        "HasFault": root.fault,
        "HasError": root.error,
        "HasThrottle": trace.throttle,
        "IsPartial": trace.partial,
        "Http": _http(root.http),
        "Annotations": {
            key: [
                {"AnnotationValue": _typed(value), "ServiceIds": [service.document(account_id) for service in found]}
                for value, found in _by_value(trace, key).items()
            ]
            for key in trace.annotations
        },
        "Users": [
            {"UserName": user, "ServiceIds": [service.document(account_id) for service in found]}
            for user, found in _users(trace).items()
        ],
        "ServiceIds": [service.document(account_id) for service in services],
        "ResourceARNs": [{"ARN": arn} for arn in _distinct(trace, "resource_arn")],
        "InstanceIds": [{"Id": identifier} for identifier in _distinct(trace, "instance_id")],
        "AvailabilityZones": [{"Name": name} for name in _distinct(trace, "availability_zone")],
        "EntryPoint": root.service.document(account_id),
        "Revision": revision,
    }


def _milliseconds(seconds: float) -> float:
    return round(seconds, 3)


def _http(http: Http) -> Document:
    named = {
        "HttpURL": http.url,
        "HttpStatus": http.status,
        "HttpMethod": http.method,
        "UserAgent": http.user_agent,
        "ClientIp": http.client_ip,
    }
    return {name: value for name, value in named.items() if value is not None}


def _by_value(trace: TraceFacts, key: str) -> dict[AnnotationValue, list[Service]]:
    found: dict[tuple[type, AnnotationValue], list[Service]] = {}
    for annotation in trace.annotations[key]:
        # True equals 1, and is another value.
        services = found.setdefault((type(annotation.value), annotation.value), [])
        if annotation.service not in services:
            services.append(annotation.service)
    return {value: services for (_, value), services in found.items()}


def _typed(value: AnnotationValue) -> Document:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    return {"StringValue": value} if isinstance(value, str) else {"NumberValue": float(value)}


def _users(trace: TraceFacts) -> dict[str, list[Service]]:
    found: dict[str, list[Service]] = {}
    for segment in trace.segments:
        if segment.user is not None:
            found.setdefault(segment.user, []).append(segment.service)
    return found


def _distinct(trace: TraceFacts, field: str) -> list[str]:
    values = (getattr(segment, field) for segment in trace.segments)
    return list(dict.fromkeys(value for value in values if value))

"""CloudWatch's query protocol (form-encoded requests, XML answers), by the service model botocore ships. Pure.

Today's boto3 and AWS CLI speak JSON to CloudWatch; older ones, AWS CLI 2.9 among them, speak this.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape


@cache
def _service() -> ServiceModel:
    return botocore.session.get_session().get_service_model("cloudwatch")


@cache
def _operation(name: str) -> OperationModel:
    return _service().operation_model(name)


def decode_query(operation: str, params: Mapping[str, list[str]]) -> dict[str, Any]:
    """A form-encoded request. Values that are not of the model's type raise `ValueError`."""
    decoded = _decode(_operation(operation).input_shape, params, "")
    return decoded if isinstance(decoded, dict) else {}


def _decode(shape: Shape | None, params: Mapping[str, list[str]], prefix: str) -> Any:
    if isinstance(shape, StructureShape):
        head = f"{prefix}." if prefix else ""
        members = {name: _decode(member, params, head + name) for name, member in shape.members.items()}
        return {name: value for name, value in members.items() if value is not None} or None
    if isinstance(shape, ListShape):
        items: list[Any] = []
        while (item := _decode(shape.member, params, f"{prefix}.member.{len(items) + 1}")) is not None:
            items.append(item)
        # An empty list arrives as its bare name.
        return items if items or prefix in params else None
    return _typed(shape, params[prefix][0]) if shape and prefix in params else None


def coerce(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """`request` with the model's types and without members the model does not know.

    Templates may spell numbers and booleans as strings.
    """
    coerced = _coerce(_operation(operation).input_shape, request)
    return coerced if isinstance(coerced, dict) else {}


def _coerce(shape: Shape | None, value: Any) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return {
            name: _coerce(member, value[name]) for name, member in shape.members.items() if value.get(name) is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_coerce(shape.member, item) for item in value]
    return _typed(shape, value) if shape else value


def _typed(shape: Shape, value: Any) -> Any:
    if shape.type_name in {"integer", "long"}:
        return int(value)
    if shape.type_name in {"float", "double"}:
        return float(value)
    if shape.type_name == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    return value


def encode_xml(operation: str, result: Mapping[str, Any]) -> str:
    """The inner XML of an answer; timestamps in `result` are epoch seconds."""
    shape = _operation(operation).output_shape
    if shape is None:
        return ""
    wrapper = shape.serialization.get("resultWrapper", f"{operation}Result")
    return f"<{wrapper}>{_encode(shape, result)}</{wrapper}>"


def _encode(shape: Shape, value: Any) -> str:
    if isinstance(shape, StructureShape):
        return "".join(
            f"<{name}>{_encode(member, value[name])}</{name}>"
            for name, member in shape.members.items()
            if value.get(name) is not None
        )
    if isinstance(shape, ListShape):
        return "".join(f"<member>{_encode(shape.member, item)}</member>" for item in value)
    if isinstance(shape, MapShape):
        return "".join(
            f"<entry><key>{escape(str(key))}</key><value>{_encode(shape.value, item)}</value></entry>"
            for key, item in value.items()
        )
    if shape.type_name == "timestamp":
        moment = datetime.fromtimestamp(value, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if shape.type_name == "boolean":
        return "true" if value else "false"
    return escape(str(value))

# ruff: noqa: SLF001  # MiniStack offers no other way in, and this file is how the CloudWatch parts share it.
"""How an operation of CloudWatch is put into MiniStack, for clients of the JSON and of the query protocol."""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import cloudwatch

from sandbox.alarm_protocol import coerce, decode_query, encode_xml

Answer = tuple[int, dict[str, str], bytes]
Request = dict[str, Any]
Operation = Callable[[Request], Mapping[str, Any]]
"""Raises `ValueError` for what CloudWatch answers with `ValidationError`, and `RefusedError`."""


class RefusedError(Exception):
    """An answer of MiniStack's own that is an error."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def replace(operation: str, handler: Operation) -> None:
    """Have `handler` answer the operation from now on."""
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation)
    setattr(cloudwatch, name, _serve(operation, handler))


def _serve(operation: str, handler: Operation) -> Callable[..., Answer]:
    """`handler` as MiniStack calls a CloudWatch operation."""

    def respond(
        params: Mapping[str, list[str]],
        document: Request,
        is_cbor: bool,  # noqa: FBT001  # MiniStack's signature
        is_json: bool = False,  # noqa: FBT001, FBT002  # MiniStack's signature
    ) -> Answer:
        def error(code: str, message: str, status: int) -> Answer:
            answer: Answer = cloudwatch._error(code, message, status, use_json=is_json, use_cbor=is_cbor)
            return answer

        if is_cbor:
            return error("UnsupportedProtocol", "CBOR is not supported here; JSON and query are", 400)
        try:
            request = coerce(operation, document) if is_json else decode_query(operation, params)
            result = handler(request)
        except ValueError as invalid:  # a `ValidationError`, or a number that is none
            return error("ValidationError", str(invalid), 400)
        except RefusedError as refused:
            return error(refused.code, refused.message, refused.status)
        answer: Answer = (
            cloudwatch._json_ok(result)
            if is_json
            else cloudwatch._xml(200, f"{operation}Response", encode_xml(operation, result))
        )
        return answer

    return respond

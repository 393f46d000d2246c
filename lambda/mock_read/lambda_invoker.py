"""Invokes a function through the AWS SDK. The only file here that knows the SDK, and it imports it late.

The import and the client take some 250 ms on a machine of one's own, so a function that only ever reads from the mock
never pays them, and one that may need the candidate pays them in the background.
"""

import threading
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from mock_read.candidate import Reply
from shared.names import LIVE_ALIAS
from shared.reader import CandidateError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_lambda import LambdaClient

TRACE_HEADER: Final = "X-Amzn-Trace-Id"

# By HTTP status: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
_CODES: Final[Mapping[int, str]] = {
    HTTPStatus.TOO_MANY_REQUESTS: "throttled",
    HTTPStatus.UNAUTHORIZED: "access-denied",
    HTTPStatus.FORBIDDEN: "access-denied",
    HTTPStatus.NOT_FOUND: "not-found",
}


class LambdaInvoker:
    """Invokes the `live` alias of a function and waits for its answer.

    `timeout_ms` limits each wait on the network, not their sum: the caller bounds that, and this lets go of the
    threads that the caller gave up.
    """

    def __init__(self, *, function_name: str, timeout_ms: int) -> None:
        self._function_name = function_name
        self._timeout_s = timeout_ms / 1000
        self._preparation: threading.Thread | None = None
        self._client: LambdaClient | None = None
        self._client_lock = threading.Lock()
        self._call = threading.local()

    def prepare(self) -> None:
        """Starts making the client in the background, once. Never raises."""
        if self._preparation is None:
            self._preparation = threading.Thread(target=self._make_ready, name="lambda-client", daemon=True)
            with suppress(RuntimeError):  # no thread to be had: the first call makes the client
                self._preparation.start()

    def invoke(self, payload: bytes, trace_header: str | None) -> Reply:
        """The function's answer, which has a trace header only where there is one to give.

        Raises TimeoutError, and CandidateError with the codes `throttled`, `access-denied`, `not-found`,
        `invoke-error` and `unreachable`.
        """
        client = self._ready_client()
        # Here, because importing them is importing the SDK.
        from botocore.exceptions import (  # noqa: PLC0415
            BotoCoreError,
            ClientError,
            ConnectionError,  # noqa: A004 — botocore's, and none of Python's
            ConnectTimeoutError,
            HTTPClientError,
            NoCredentialsError,
            ReadTimeoutError,
        )

        self._call.trace_header = trace_header
        try:
            response = client.invoke(FunctionName=self._function_name, Qualifier=LIVE_ALIAS, Payload=payload)
            return Reply(payload=response["Payload"].read(), function_error="FunctionError" in response)
        except ClientError as error:
            raise CandidateError(_code(error)) from None
        except (ConnectTimeoutError, ReadTimeoutError):
            raise TimeoutError("no answer in time") from None
        except (ConnectionError, HTTPClientError):
            raise CandidateError("unreachable") from None
        except NoCredentialsError:
            raise CandidateError("access-denied") from None
        except BotoCoreError:
            raise CandidateError("invoke-error") from None

    def _make_ready(self) -> None:
        # A client that cannot be made fails again, and is reported, in the first call.
        with suppress(Exception):
            self._ready_client()

    def _ready_client(self) -> "LambdaClient":
        with self._client_lock:
            if self._client is None:
                self._client = self._make_client()
            return self._client

    def _make_client(self) -> "LambdaClient":
        import boto3  # noqa: PLC0415 — late: see above
        from botocore.config import Config  # noqa: PLC0415

        config = Config(
            connect_timeout=self._timeout_s,
            read_timeout=self._timeout_s,
            # A retry would be the third wait of a user who waits for two already.
            retries={"mode": "standard", "total_max_attempts": 1},
        )
        client = boto3.session.Session().client("lambda", config=config)
        client.meta.events.register("before-call.lambda.Invoke", self._set_trace_header)
        return client

    def _set_trace_header(self, params: dict[str, Any], **_: Any) -> None:
        """In the place of the environment's, which botocore sends and whose parent is Lambda's own segment."""
        if self._call.trace_header is not None:
            params["headers"][TRACE_HEADER] = self._call.trace_header


def _code(error: "ClientError") -> str:
    return _CODES.get(error.response["ResponseMetadata"]["HTTPStatusCode"], "invoke-error")

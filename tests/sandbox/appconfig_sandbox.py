"""MiniStack on a free loopback port with the sandbox's AppConfig parts, and a gate before its data plane."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import threading
import urllib.request
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

import boto3
import ministack.app
from botocore.config import Config as BotoConfig

from sandbox import appconfig_authorization, appconfig_monitors, appconfig_retrieval, appconfig_validation
from sandbox.appconfig_agent import AppConfigAgent
from sandbox.clock import Clock
from tests.sandbox.served_app import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_appconfig.client import AppConfigClient
    from mypy_boto3_appconfigdata.client import AppConfigDataClient

REGION: Final = "us-east-1"
# https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-versions.html
LAYER: Final = "arn:aws:lambda:us-east-1:027255383542:layer:AWS-AppConfig-Extension:329"
FEATURE_FLAGS: Final = "AWS.AppConfig.FeatureFlags"
TIMEOUT_SECONDS: Final = 20


@dataclass
class Gate:
    """Sees every request to the data plane and can answer in its place."""

    session_requests: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    # What the data plane answers instead of MiniStack: a status with an error's name, or nothing at all.
    refuse_sessions: tuple[int, str] | None = None
    refuse_polls: tuple[int, str] | None = None
    silent: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path")
        if path not in ("/configurationsessions", "/configuration"):
            await ministack.app.app(scope, receive, send)
            return
        first = await receive()
        while path == "/configurationsessions" and first.get("more_body"):
            more = await receive()
            first = {**more, "body": first["body"] + more["body"]}
        self._see(path, scope, first)
        refusal = self.refuse_sessions if path == "/configurationsessions" else self.refuse_polls
        if self.silent:
            # A body that is announced and never sent; the client gives up first.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
            while (await receive())["type"] != "http.disconnect":
                pass
        elif refusal is not None:
            await self._refuse(*refusal, send)
        else:
            messages = iter([first])

            async def replay() -> Any:
                return next(messages, None) or await receive()

            await ministack.app.app(scope, replay, send)

    def _see(self, path: str, scope: Any, request: Any) -> None:
        with self._changed:
            if path == "/configuration":
                self.tokens += parse_qs(scope["query_string"].decode())["configuration_token"]
            else:
                self.session_requests.append(json.loads(request["body"]))
            self._changed.notify_all()

    async def _refuse(self, status: int, code: str, send: Any) -> None:
        headers = [(b"content-type", b"application/json"), (b"x-amzn-errortype", code.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps({"Message": code}).encode()})

    def wait_for_polls(self, count: int) -> None:
        """Wait until the data plane has been polled `count` more times."""
        with self._changed:
            wanted = len(self.tokens) + count
            assert self._changed.wait_for(lambda: len(self.tokens) >= wanted, TIMEOUT_SECONDS)

    def wait_until_polled(self, times: int) -> None:
        """Wait until the data plane has been polled so many times in all."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.tokens) >= times, TIMEOUT_SECONDS)

    def wait_for_sessions(self, count: int) -> None:
        """Wait until `count` sessions have been asked for in all."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.session_requests) >= count, TIMEOUT_SECONDS)


@dataclass(frozen=True)
class Deployed:
    """A profile with a deployed version; parts by id."""

    application: str
    application_id: str
    environment_id: str
    profile_id: str
    strategy_id: str

    @property
    def path(self) -> str:
        return f"/applications/{self.application}/environments/live/configurations/flags"

    @property
    def path_by_id(self) -> str:
        return (
            f"/applications/{self.application_id}/environments/{self.environment_id}/configurations/{self.profile_id}"
        )


@dataclass(frozen=True)
class Sandbox:
    endpoint_url: str
    gate: Gate

    def client(self, service: Any, **credentials: Any) -> Any:
        """A client of the root user, or of `credentials`, that does not try again."""
        root = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            config=BotoConfig(retries={"total_max_attempts": 1}),
            **(root | credentials),
        )

    @property
    def appconfig(self) -> AppConfigClient:
        client: AppConfigClient = self.client("appconfig")
        return client

    @property
    def data_plane(self) -> AppConfigDataClient:
        client: AppConfigDataClient = self.client("appconfigdata")
        return client

    def create_configuration(
        self,
        application: str,
        *,
        profile_type: str = FEATURE_FLAGS,
        monitors: Sequence[str] = (),
        bake_minutes: int = 0,
    ) -> Deployed:
        """An application with environment `live` and profile `flags`, nothing deployed yet."""
        api = self.appconfig
        application_id = api.create_application(Name=application)["Id"]
        environment_id = api.create_environment(
            ApplicationId=application_id, Name="live", Monitors=[{"AlarmArn": arn} for arn in monitors]
        )["Id"]
        profile_id = api.create_configuration_profile(
            ApplicationId=application_id, Name="flags", LocationUri="hosted", Type=profile_type
        )["Id"]
        strategy_id = api.create_deployment_strategy(
            Name=f"{application}-at-once",
            DeploymentDurationInMinutes=0,
            FinalBakeTimeInMinutes=bake_minutes,
            GrowthFactor=100,
            ReplicateTo="NONE",
        )["Id"]
        return Deployed(application, application_id, environment_id, profile_id, strategy_id)

    def deploy(self, to: Deployed, content: bytes) -> int:
        """Deploy a new version; the deployment's number."""
        version = self.appconfig.create_hosted_configuration_version(
            ApplicationId=to.application_id,
            ConfigurationProfileId=to.profile_id,
            Content=content,
            ContentType="application/json",
        )["VersionNumber"]
        return self.appconfig.start_deployment(
            ApplicationId=to.application_id,
            EnvironmentId=to.environment_id,
            ConfigurationProfileId=to.profile_id,
            DeploymentStrategyId=to.strategy_id,
            ConfigurationVersion=str(version),
        )["DeploymentNumber"]

    def create_function(
        self, name: str, *, layers: Sequence[str] = (LAYER,), role: str = "reader", **variables: str
    ) -> None:
        """A function with the extension layer; `variables` are the extension's, without their prefix."""
        self.client("lambda").create_function(
            FunctionName=name,
            Role=f"arn:aws:iam::000000000000:role/{role}",
            Runtime="python3.13",
            Handler="index.handler",
            Code={"ZipFile": _code()},
            Layers=list(layers),
            Environment={"Variables": extension_variables(variables)},
        )


def flags(values: Mapping[str, Any], attributes: Mapping[str, Any] | None = None) -> bytes:
    """A feature-flag document with these values; attributes per flag default to none."""
    definitions = {key: {"name": key, "attributes": (attributes or {}).get(key, {})} for key in values}
    return json.dumps({"version": "1", "flags": definitions, "values": values}).encode()


def extension_variables(variables: Mapping[str, str]) -> dict[str, str]:
    return {f"AWS_APPCONFIG_EXTENSION_{key}": value for key, value in variables.items()}


def get(port: int, target: str) -> tuple[int, str, bytes]:
    """Status, content type and body of GET `target` on the agent."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)) as client:
        client.request("GET", target)
        response = client.getresponse()
        return response.status, response.headers["Content-Type"], response.read()


@contextlib.contextmanager
def running_agent(sandbox: Sandbox, clock: Clock | None = None) -> Iterator[int]:
    """An agent of the sandbox; its port."""
    agent = AppConfigAgent(sandbox.endpoint_url, REGION, 0, clock or Clock())
    agent.start()
    try:
        yield agent.port
    finally:
        agent.stop()


@contextlib.contextmanager
def running_sandbox() -> Iterator[Sandbox]:
    """MiniStack with the sandbox's AppConfig parts, empty before and after."""
    for part in (
        appconfig_authorization,
        appconfig_monitors,
        appconfig_retrieval,
        appconfig_validation,
    ):
        part.install()
    gate = Gate()
    with served(gate) as url:
        _reset(url)
        yield Sandbox(url, gate)
        _reset(url)


@contextlib.contextmanager
def iam_enforced() -> Iterator[None]:
    """What MiniStack does when it is started with AUTH=true."""
    ministack.app.AUTH = True
    try:
        yield
    finally:
        ministack.app.AUTH = False


def _reset(url: str) -> None:
    request = urllib.request.Request(f"{url}/_ministack/reset", method="POST")  # noqa: S310 - http, loopback
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310 - as above
        pass


def _code() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return None")
    return buffer.getvalue()

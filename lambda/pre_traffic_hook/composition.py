"""Which parts make the function. Built once per execution environment, at the cold start."""

from collections.abc import Mapping

import boto3

from pre_traffic_hook.aws import CODEDEPLOY_CONFIG, INVOKE_CONFIG, CodeDeployDeployments, LambdaVersions
from pre_traffic_hook.hook import Hook
from pre_traffic_hook.settings import Settings
from shared.event_log import EventLog
from shared.mock_reader import MockReader
from shared.names import ResourceNames


def build_hook(environ: Mapping[str, str]) -> Hook:
    """Raises SettingsError when a variable is missing."""
    settings = Settings.from_environ(environ)
    names = ResourceNames(settings.environment)
    return Hook(
        names=names,
        deployments=CodeDeployDeployments(boto3.client("codedeploy", config=CODEDEPLOY_CONFIG)),
        versions=LambdaVersions(boto3.client("lambda", config=INVOKE_CONFIG)),
        mock=MockReader(),
        log=EventLog(
            environment=settings.environment,
            function=names.pre_traffic_hook_function,
            version=settings.function_version,
        ),
    )

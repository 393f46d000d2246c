"""What the AppConfig parts use of MiniStack's inside; a failure here means that a release has moved it."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from ministack.core import iam_actions, lambda_runtime
from ministack.services import appconfig, cloudwatch
from ministack.services.cloudformation import provisioners

from sandbox import (
    appconfig_agent_credentials,
    appconfig_authorization,
    appconfig_monitors,
    appconfig_retrieval,
    appconfig_validation,
)

REQUEST = ["service", "method", "path", "headers", "body", "query_params"]


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (lambda_runtime.execution_credentials, ["config"]),
        (iam_actions.extract_iam_action, REQUEST),
        (iam_actions.extract_resource_arn, [*REQUEST, "region", "account_id"]),
        (
            appconfig_validation._create_version,
            ["app_id", "profile_id", "body", "content_type", "version_label"],
        ),
        (appconfig_validation._create_resource, ["logical_id", "props", "stack_name"]),
        (appconfig_retrieval._retrieval_time_content, ["app_id", "profile_id", "content"]),
        (appconfig._latest_hosted_version_number, ["app_id", "profile_id"]),
        (appconfig._resolve_application_id, ["identifier"]),
        (appconfig._resolve_environment_id, ["app_id", "identifier"]),
        (appconfig._resolve_configuration_profile_id, ["app_id", "identifier"]),
        (cloudwatch._alarm_name_from_local_arn, ["arn"]),
        (cloudwatch._history_entries, []),
    ],
)
def test_the_functions_have_the_parameters_they_are_given(function: Callable[..., Any], parameters: list[str]) -> None:
    assert list(inspect.signature(function).parameters) == parameters


def test_the_stores_are_there() -> None:
    for module, name in [
        (appconfig, "_config_profiles"),
        (appconfig, "_hosted_versions"),
        (appconfig, "_sessions"),
        (cloudwatch, "_alarms"),
        (cloudwatch, "_composite_alarms"),
    ]:
        assert hasattr(getattr(module, name), "get")


def test_installing_twice_is_installing_once() -> None:
    appconfig_authorization.install()
    authorized = iam_actions.extract_iam_action, iam_actions.extract_resource_arn
    for _ in range(2):
        appconfig_authorization.install()
        appconfig_monitors.install()
        appconfig_retrieval.install()
        appconfig_validation.install()
    version_type = "AWS::AppConfig::HostedConfigurationVersion"
    replaced: list[Any] = [
        cloudwatch.first_alarm_time,
        appconfig._retrieval_time_content,
        appconfig._create_hosted_configuration_version,
        provisioners._RESOURCE_HANDLERS[version_type]["create"],
    ]
    assert authorized == (iam_actions.extract_iam_action, iam_actions.extract_resource_arn)
    assert all(function.__module__.startswith("sandbox.appconfig_") for function in replaced)
    assert appconfig_validation._create_version.__module__ == "ministack.services.appconfig"


def test_a_function_without_enforcement_has_the_credentials_of_its_account() -> None:
    credentials = appconfig_agent_credentials.execution_role_credentials(
        {
            "FunctionName": "reader",
            "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:reader",
            "Role": "arn:aws:iam::000000000000:role/reader",
        }
    )
    assert credentials.access_key_id == "000000000000"
    assert credentials.secret_access_key

"""Contract with MiniStack: each of its internals that the sandbox uses is where, and what, the sandbox thinks.

When one of these fails after an update of MiniStack, `sandbox/ministack_internals.py` is the file to mend. That each
one still has its effect is shown by the other tests of this folder, through a running sandbox.
"""

import inspect
from typing import Any

import pytest
from ministack import app
from ministack.core import iam_actions, lambda_runtime, responses, router
from ministack.services import iam, lambda_svc
from ministack.services.cloudformation import provisioners


def moved(internal: str) -> str:
    return f"MiniStack moved {internal}: mend sandbox/ministack_internals.py"


@pytest.mark.parametrize(
    ("module", "name", "parameters"),
    [
        (app, "app", ["scope", "receive", "send"]),
        (responses, "get_account_id", []),
        (responses, "get_region", []),
        (router, "_is_aws_service_name", ["scope_name"]),
        (lambda_svc, "handle_request", ["method", "path", "headers", "body", "query_params"]),
        (lambda_svc, "_resolve_request_scoped_name_and_qualifier", ["name_or_arn"]),
        (lambda_svc, "_execute_function", ["func", "event"]),
        (lambda_runtime, "reset", []),
        (lambda_runtime, "execution_credentials", ["config"]),
        (responses, "request_scope", ["account_id", "region"]),
        (
            iam_actions,
            "extract_iam_action",
            ["service", "method", "path", "headers", "body", "query_params"],
        ),
        (
            iam_actions,
            "extract_resource_arn",
            ["service", "method", "path", "headers", "body", "query_params", "region", "account_id"],
        ),
    ],
)
def test_a_function_that_is_called_or_replaced_takes_what_it_took(
    module: Any, name: str, parameters: list[str]
) -> None:
    function = getattr(module, name, None)
    assert function is not None, moved(f"{module.__name__}.{name}")
    assert list(inspect.signature(function).parameters) == parameters, moved(f"{module.__name__}.{name}")


def test_services_are_found_by_their_signing_name() -> None:
    assert {"lambda", "logs"} <= set(app.SERVICE_HANDLERS), moved("app.SERVICE_HANDLERS")
    assert not {"codedeploy", "chatbot", "xray"} & set(app.SERVICE_HANDLERS), (
        "MiniStack now has a service that the sandbox adds: see which of the two is the better"
    )


def test_handlers_are_looked_up_at_each_request() -> None:
    source = inspect.getsource(app._dispatch_service_request)
    assert "SERVICE_HANDLERS.get(service)" in source, moved("the look-up in app.SERVICE_HANDLERS")
    assert "Unsupported service: " in source, moved("the answer for a service it lacks")


def test_a_signed_request_is_routed_by_the_service_patterns() -> None:
    assert "target_prefixes" in router.SERVICE_PATTERNS["logs"], moved("router.SERVICE_PATTERNS")
    headers = {"authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/logs/aws4_request"}
    assert router.detect_service("POST", "/", headers, {}) == "logs", moved("router.detect_service")


def test_iam_actions_are_named_by_service() -> None:
    assert iam_actions.SERVICE_TO_IAM_NAMESPACE["logs"] == "logs", moved("iam_actions.SERVICE_TO_IAM_NAMESPACE")


def test_a_regional_store_keeps_accounts_and_regions_apart() -> None:
    store = responses.AccountRegionScopedDict()
    with responses.request_scope("111111111111", "us-east-1"):
        store["key"] = "value"
        assert dict(store.items()) == {"key": "value"}
    with responses.request_scope("111111111111", "eu-west-1"):
        assert "key" not in store
    with responses.request_scope("222222222222", "us-east-1"):
        assert "key" not in store


def test_a_function_has_versions_and_aliases_beside_its_configuration() -> None:
    source = inspect.getsource(lambda_svc._publish_version) + inspect.getsource(lambda_svc._create_alias)
    for stored in ('func["versions"]', 'func["aliases"]', 'func["config"]', '"AliasArn"'):
        assert stored in source, moved(f"lambda_svc._functions[…]: {stored}")


def test_an_invocation_takes_its_version_from_the_qualifier() -> None:
    source = inspect.getsource(lambda_svc._invoke)
    assert '_qp_first(query_params or {}, "Qualifier")' in source, moved("the qualifier of lambda_svc._invoke")
    for path in (lambda_svc._execute_function_with_config_scope, lambda_svc.invoke_async_with_retry):
        assert "_execute_function" in inspect.getsource(path), moved("lambda_svc._execute_function")


def test_resource_handlers_are_tables_of_functions() -> None:
    alias = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Alias"]
    assert {"create", "update", "delete"} <= set(alias), moved("provisioners._RESOURCE_HANDLERS")
    create, update = inspect.signature(alias["create"]), inspect.signature(alias["update"])
    assert list(create.parameters) == ["logical_id", "props", "stack_name"]
    assert list(update.parameters)[:4] == ["physical_id", "old_props", "new_props", "stack_name"]
    source = inspect.getsource(provisioners._update_resource)
    assert "update_with_logical_id" in source, moved("update_with_logical_id of provisioners._RESOURCE_HANDLERS")


def test_a_role_has_its_trust_policy_beside_it() -> None:
    assert '"AssumeRolePolicyDocument"' in inspect.getsource(iam), moved("iam._roles")
    assert list(inspect.signature(iam._roles.get_scoped).parameters)[:3] == ["account_id", "region", "key"]


def test_no_resource_type_that_the_sandbox_adds_is_ministacks_own() -> None:
    added = ("AWS::CodeDeploy::", "AWS::Logs::QueryDefinition", "AWS::Chatbot::", "AWS::XRay::")
    own = [name for name in provisioners._RESOURCE_HANDLERS if name.startswith(added)]
    assert own == [], "MiniStack now has a type that the sandbox adds: see which of the two is the better"


def test_replacing_properties_and_names_are_tables_by_type() -> None:
    assert isinstance(provisioners._REPLACING_PROPERTIES["AWS::DocDB::DBInstance"], tuple)
    assert provisioners._CUSTOM_NAME_REPLACEMENT["AWS::DynamoDB::Table"]["name"] == "TableName"


def test_generated_names_start_with_stack_and_logical_id() -> None:
    name = provisioners._physical_name("stack", "Logical", max_len=100)
    assert name.startswith("stack-Logical-"), moved("provisioners._physical_name")

import re

from playbook.read_log import read_log
from playbook.traffic import beta_users, send_reads
from shared.names import LogToken
from tests.e2e.conftest import NAMES, Deployment


def test_every_user_of_the_beta_reads_through_the_live_alias(deployment: Deployment) -> None:
    results = send_reads(
        deployment.client("lambda"),
        NAMES.mock_read_function,
        users=beta_users(50),
        reads=100,
        concurrency=4,
        on_read=lambda _: None,
    )

    assert [result.error for result in results if result.error] == []
    assert {result.user_id for result in results} == set(beta_users(50))
    assert {result.version for result in results} == {"1"}


def test_a_bad_request_is_a_clear_400_and_is_not_repeated_in_the_log(deployment: Deployment) -> None:
    answer, lines = deployment.read({"userId": "someone@example.com"})

    assert answer["statusCode"] == 400
    assert answer["error"]["code"] == "BAD_REQUEST"
    assert [line["event"] for line in lines] == [LogToken.BAD_REQUEST]
    assert "someone" not in str(lines)
    assert "Errors" not in lines[0]


def test_an_unknown_user_is_a_404_and_no_error_of_the_system(deployment: Deployment) -> None:
    answer, lines = deployment.read({"userId": "user-51"})

    assert answer["statusCode"] == 404
    assert answer["error"]["code"] == "USER_NOT_FOUND"
    assert lines[-1]["event"] == LogToken.MOCK_SUCCESS
    assert lines[-1]["Errors"] == 0


def test_the_operators_count_of_reads_is_what_the_function_logged(deployment: Deployment) -> None:
    deployment.read({"userId": "user-1"})

    log = read_log(deployment.client("logs"), f"/aws/lambda/{NAMES.mock_read_function}")

    assert sum(log.served.values()) == len(log.durations_ms) > 0
    assert all(re.fullmatch(r"\d+|\$LATEST", version) for version, _ in log.served)


def test_a_version_published_and_weighted_at_10_percent_gets_7_to_13_percent_of_2000_reads(
    deployment: Deployment,
) -> None:
    lambda_client = deployment.client("lambda")
    function = NAMES.mock_read_function
    lambda_client.update_function_configuration(FunctionName=function, Description="a version to weigh")
    lambda_client.get_waiter("function_updated_v2").wait(FunctionName=function)
    new = lambda_client.publish_version(FunctionName=function)["Version"]
    lambda_client.update_alias(
        FunctionName=function, Name="live", RoutingConfig={"AdditionalVersionWeights": {new: 0.1}}
    )
    try:
        results = send_reads(
            lambda_client, function, users=beta_users(50), reads=2000, concurrency=4, on_read=lambda _: None
        )
    finally:
        lambda_client.update_alias(FunctionName=function, Name="live", RoutingConfig={"AdditionalVersionWeights": {}})

    assert [result.error for result in results if result.error] == []
    share = sum(1 for result in results if result.version == new) / len(results)
    assert 0.07 <= share <= 0.13

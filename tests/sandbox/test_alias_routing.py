"""Expected values: https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html and
https://docs.aws.amazon.com/lambda/latest/api/API_AliasRoutingConfiguration.html.
"""

import random
from collections import Counter
from typing import Any

import pytest

from sandbox.alias_routing import Routing, check_routing, pick_version, routing_of
from sandbox.aws_api import AwsError

ARN = "arn:aws:lambda:us-east-1:123456789012:function:myfunction"
CONFIGURATION = {"Role": "arn:aws:iam::123456789012:role/one"}
VERSIONS: dict[str, Any] = {"1": CONFIGURATION, "2": CONFIGURATION, "3": CONFIGURATION}


def refused(routing: Routing, versions: dict[str, Any] = VERSIONS) -> AwsError:
    with pytest.raises(AwsError) as refused_with:
        check_routing(routing, function_arn=ARN, versions=versions)
    return refused_with.value


@pytest.mark.parametrize(("draw", "version"), [(0.0, "2"), (0.0299, "2"), (0.03, "1"), (0.5, "1"), (0.9999, "1")])
def test_the_weight_is_the_share_of_the_additional_version(draw: float, version: str) -> None:
    # The page's own example: version 2 gets 3 % of invocations, version 1 the rest.
    assert pick_version(Routing("1", {"2": 0.03}), draw) == version


def test_draws_split_by_weight() -> None:
    draw = random.Random(7).random  # noqa: S311 - no secret
    picked = Counter(pick_version(Routing("1", {"2": 0.1}), draw()) for _ in range(20_000))
    assert 0.09 < picked["2"] / 20_000 < 0.11


@pytest.mark.parametrize(("weight", "version"), [(0.0, "1"), (1.0, "2")])
def test_the_ends_of_the_valid_range_send_everything_one_way(weight: float, version: str) -> None:
    routing = Routing("1", {"2": weight})
    check_routing(routing, function_arn=ARN, versions=VERSIONS)
    assert {pick_version(routing, draw) for draw in (0.0, 0.5, 0.999_999)} == {version}


def test_an_alias_without_weights_is_its_primary_version() -> None:
    routing = routing_of({"FunctionVersion": "3", "RoutingConfig": {"AdditionalVersionWeights": {}}})
    assert pick_version(routing, 0.0) == "3"


def test_an_alias_document_gives_its_routing() -> None:
    document = {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.03}}}
    assert routing_of(document) == Routing("1", {"2": 0.03})


def test_an_alias_without_weights_may_point_to_the_latest_code() -> None:
    check_routing(Routing("$LATEST", {}), function_arn=ARN, versions=VERSIONS)


def test_an_alias_points_to_two_versions_at_most() -> None:
    error = refused(Routing("1", {"2": 0.1, "3": 0.1}))
    assert (error.code, error.status) == ("InvalidParameterValueException", 400)
    assert error.message == "Number of items in AdditionalVersionWeights cannot be greater than 1"


@pytest.mark.parametrize("weight", [-0.01, 1.01, 10.0])
def test_a_weight_is_from_zero_to_one(weight: float) -> None:
    error = refused(Routing("1", {"2": weight}))
    assert error.code == "ValidationException"
    assert f"{{2={weight}}}" in error.message
    assert "less than or equal to 1.0" in error.message


@pytest.mark.parametrize("version", ["$LATEST", "live", "", "v2"])
def test_the_additional_version_is_a_published_one(version: str) -> None:
    error = refused(Routing("1", {version: 0.1}))
    assert error.code == "ValidationException"
    assert "[0-9]+" in error.message


def test_an_alias_that_points_to_two_versions_cannot_point_to_the_latest_code() -> None:
    error = refused(Routing("$LATEST", {"2": 0.1}))
    assert error.code == "InvalidParameterValueException"
    assert error.message == "$LATEST is not supported for an alias pointing to more than 1 version"


def test_the_two_versions_differ() -> None:
    assert refused(Routing("2", {"2": 0.1})).code == "InvalidParameterValueException"


@pytest.mark.parametrize("routing", [Routing("9", {}), Routing("1", {"9": 0.1})])
def test_a_version_that_does_not_exist_is_not_found(routing: Routing) -> None:
    error = refused(routing)
    assert (error.code, error.status) == ("ResourceNotFoundException", 404)
    assert error.message == f"Function not found: {ARN}:9"


def test_both_versions_have_the_same_execution_role() -> None:
    versions = {**VERSIONS, "2": {"Role": "arn:aws:iam::123456789012:role/other"}}
    error = refused(Routing("1", {"2": 0.1}), versions)
    assert error.code == "InvalidParameterValueException"
    assert "execution role" in error.message


def test_both_versions_have_the_same_dead_letter_queue_or_none() -> None:
    queue = {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:queue"}}
    with_queue = {**CONFIGURATION, **queue}
    error = refused(Routing("1", {"2": 0.1}), {**VERSIONS, "2": with_queue})
    assert error.code == "InvalidParameterValueException"
    assert "dead-letter queue" in error.message
    check_routing(Routing("1", {"2": 0.1}), function_arn=ARN, versions={"1": with_queue, "2": with_queue})

"""Saved Logs Insights queries.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-querydefinition.html
"""

import pytest

from tests.sandbox.templates import refusal, stack, update
from tests.sandbox_process import RunningSandbox

QUERY = "fields @timestamp\n| filter path = 'prisma'\n| limit 20"


def query(**properties: object) -> dict[str, object]:
    defaults = {"Name": "reads/errors", "QueryString": QUERY, "LogGroupNames": ["/aws/lambda/read"]}
    return {"Query": {"Type": "AWS::Logs::QueryDefinition", "Properties": {**defaults, **properties}}}


def test_a_stack_saves_a_query_and_removes_it(sandbox: RunningSandbox) -> None:
    client = sandbox.client("logs")
    ids = {"ref": {"Ref": "Query"}, "attribute": {"Fn::GetAtt": ["Query", "QueryDefinitionId"]}}
    with stack(sandbox, "query", query(), **ids) as outputs:
        assert outputs["ref"] == outputs["attribute"]
        (saved,) = client.describe_query_definitions(queryDefinitionNamePrefix="reads/")["queryDefinitions"]
        assert saved["queryDefinitionId"] == outputs["ref"]
        assert saved["name"] == "reads/errors"
        assert saved["queryString"] == QUERY
        assert saved["queryLanguage"] == "CWLI"
        assert saved["logGroupNames"] == ["/aws/lambda/read"]

        assert update(sandbox, "query", query(QueryString="limit 1"), **ids) == outputs
        (saved,) = client.describe_query_definitions(queryDefinitionNamePrefix="reads/")["queryDefinitions"]
        assert saved["queryString"] == "limit 1"
    assert client.describe_query_definitions(queryDefinitionNamePrefix="reads/")["queryDefinitions"] == []


def test_a_query_needs_a_name_and_a_query(sandbox: RunningSandbox) -> None:
    bare = {"Query": {"Type": "AWS::Logs::QueryDefinition", "Properties": {"Name": "bare"}}}
    assert "#: required key [QueryString] not found" in refusal(sandbox, "query-bare", bare)


def test_queries_are_saved_listed_in_pages_and_deleted_through_the_api(sandbox: RunningSandbox) -> None:
    client = sandbox.client("logs")
    ids = [client.put_query_definition(name=f"api/{name}", queryString="limit 1")["queryDefinitionId"] for name in "ba"]
    first = client.describe_query_definitions(queryDefinitionNamePrefix="api/", maxResults=1)
    assert [saved["name"] for saved in first["queryDefinitions"]] == ["api/a"]
    second = client.describe_query_definitions(
        queryDefinitionNamePrefix="api/", maxResults=1, nextToken=first["nextToken"]
    )
    assert [saved["name"] for saved in second["queryDefinitions"]] == ["api/b"]
    assert "nextToken" not in second
    for query_id in ids:
        assert client.delete_query_definition(queryDefinitionId=query_id)["success"]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_query_definition(queryDefinitionId=ids[0])


def test_the_rest_of_cloudwatch_logs_is_still_answered(sandbox: RunningSandbox) -> None:
    client = sandbox.client("logs")
    client.create_log_group(logGroupName="/beside/queries")
    (group,) = client.describe_log_groups(logGroupNamePrefix="/beside/")["logGroups"]
    assert group["logGroupName"] == "/beside/queries"

"""The saved queries are deployed as their files have them, on log groups that the stage has."""

import pytest

from dashboards.queries import FOLDER
from stacks.environments import ENVIRONMENTS
from tests.stacks.conftest import Synthesis


@pytest.mark.parametrize("stage", ENVIRONMENTS)
def test_each_query_file_is_deployed_on_log_groups_of_its_stage(stage: str, synthesis: Synthesis) -> None:
    groups = {
        resource["Properties"]["LogGroupName"]
        for resource in synthesis.resources(stage, "AWS::Logs::LogGroup").values()
    }
    deployed = [item["Properties"] for item in synthesis.resources(stage, "AWS::Logs::QueryDefinition").values()]

    assert {query["QueryString"] for query in deployed} == {file.read_text() for file in FOLDER.glob("*.cwli")}
    for query in deployed:
        assert query["Name"].startswith(f"{ENVIRONMENTS[stage].names.prefix}/")
        assert query["LogGroupNames"]
        assert set(query["LogGroupNames"]) <= groups

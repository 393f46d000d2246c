"""https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-slackchannelconfiguration.html"""

from typing import Any

from tests.sandbox.templates import refusal, stack
from tests.sandbox_process import RunningSandbox

ROLE = "arn:aws:iam::000000000000:role/slack"
TOPIC = "arn:aws:sns:us-east-1:000000000000:alarms"


def channel(**properties: Any) -> dict[str, Any]:
    required = {
        "ConfigurationName": "alarms",
        "IamRoleArn": ROLE,
        "SlackChannelId": "C0123456789",
        "SlackWorkspaceId": "T0123456789",
    }
    kept = {name: value for name, value in {**required, **properties}.items() if value is not None}
    return {"Channel": {"Type": "AWS::Chatbot::SlackChannelConfiguration", "Properties": kept}}


def test_a_stack_configures_a_channel_and_removes_it(sandbox: RunningSandbox) -> None:
    client = sandbox.client("chatbot")
    arns = {"ref": {"Ref": "Channel"}, "attribute": {"Fn::GetAtt": ["Channel", "Arn"]}}
    with stack(sandbox, "slack", channel(SnsTopicArns=[TOPIC]), **arns) as outputs:
        arn = "arn:aws:chatbot::000000000000:chat-configuration/slack-channel/alarms"
        assert outputs == {"ref": arn, "attribute": arn}
        (described,) = client.describe_slack_channel_configurations(ChatConfigurationArn=arn)[
            "SlackChannelConfigurations"
        ]
        assert described["SlackTeamId"] == "T0123456789"
        assert described["SlackChannelId"] == "C0123456789"
        assert described["IamRoleArn"] == ROLE
        assert described["SnsTopicArns"] == [TOPIC]
        # The page: "Default value is NONE."
        assert described["LoggingLevel"] == "NONE"
    assert client.describe_slack_channel_configurations()["SlackChannelConfigurations"] == []


def test_a_channel_needs_its_workspace(sandbox: RunningSandbox) -> None:
    reason = refusal(sandbox, "slack-bare", channel(SlackWorkspaceId=None))
    assert "#: required key [SlackWorkspaceId] not found" in reason

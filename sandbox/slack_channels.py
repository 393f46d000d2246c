"""Slack channels that get notifications: AWS::Chatbot::SlackChannelConfiguration and its description.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-slackchannelconfiguration.html
https://docs.aws.amazon.com/chatbot/latest/APIReference/API_DescribeSlackChannelConfigurations.html

Nothing is sent to Slack.
"""

from typing import Any, Final

from sandbox.aws_api import AwsError, Extension, rest_operations
from sandbox.cloudformation_types import Properties, Resource, ResourceType
from sandbox.ministack_internals import account_id, regional_store
from sandbox.resource_properties import TAGS, array, flag, text

Document = dict[str, Any]

_RULES: Final = {
    "ConfigurationName": text(required=True, max_length=128),
    "IamRoleArn": text(required=True),
    "SlackChannelId": text(required=True, max_length=256),
    "SlackWorkspaceId": text(required=True, max_length=256),
    "SnsTopicArns": array(text()),
    "GuardrailPolicies": array(text()),
    "CustomizationResourceArns": array(text()),
    "LoggingLevel": text(values=("ERROR", "INFO", "NONE")),
    "UserRoleRequired": flag(),
    "Tags": TAGS,
}


class SlackChannels:
    """The channel configurations of each account and region, by ARN."""

    def __init__(self) -> None:
        self._by_arn = regional_store()

    def extension(self) -> Extension:
        return rest_operations({"/describe-slack-channel-configurations": self._describe})

    def resource_type(self) -> ResourceType:
        return ResourceType(
            "AWS::Chatbot::SlackChannelConfiguration", _RULES, self._create, self._put,
            lambda ref, _properties: self._by_arn.pop(ref, None),
            replacing=("ConfigurationName", "SlackWorkspaceId"), name_property="ConfigurationName",
        )  # fmt: skip

    def _create(self, properties: Properties, _generated_name: str) -> Resource:
        name = properties["ConfigurationName"]
        # A configuration belongs to no region.
        arn = f"arn:aws:chatbot::{account_id()}:chat-configuration/slack-channel/{name}"
        if arn in self._by_arn:
            raise ValueError(f"A Slack channel configuration named {name} already exists")
        return self._put(arn, properties)

    def _put(self, ref: str, properties: Properties) -> Resource:
        self._by_arn[ref] = {
            "ChatConfigurationArn": ref,
            "ConfigurationName": properties["ConfigurationName"],
            "IamRoleArn": properties["IamRoleArn"],
            "SlackTeamId": properties["SlackWorkspaceId"],
            # Slack knows the names; the template has the ids only.
            "SlackTeamName": properties["SlackWorkspaceId"],
            "SlackChannelId": properties["SlackChannelId"],
            "SlackChannelName": properties["SlackChannelId"],
            "SnsTopicArns": properties.get("SnsTopicArns", []),
            "LoggingLevel": properties.get("LoggingLevel", "NONE"),
            "GuardrailPolicyArns": properties.get("GuardrailPolicies", []),
            "UserAuthorizationRequired": properties.get("UserRoleRequired", False),
            "State": "ENABLED",
        }
        return Resource(ref, {"Arn": ref})

    def _describe(self, request: Document) -> Document:
        arn = request.get("ChatConfigurationArn")
        if arn is None:
            return {"SlackChannelConfigurations": list(self._by_arn.values())}
        if arn not in self._by_arn:
            raise AwsError("InvalidRequestException", f"No channel configuration has the ARN {arn}")
        return {"SlackChannelConfigurations": [self._by_arn[arn]]}

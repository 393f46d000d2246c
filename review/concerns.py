"""Which changes a reviewer reads first, and under which heading."""

import re
from enum import Enum
from typing import Final


class Concern(Enum):
    """In the order of the comment."""

    PERMISSIONS = "Permissions"
    NETWORK = "Network"
    ALARMS = "Alarms"
    ROLLBACK = "Rollback and rollout"
    THRESHOLDS = "Thresholds and limits"
    DATA = "Data protection"


# Resource types, then the properties or attributes of them; the first rule that fits decides.
_RULES: Final = tuple(
    (concern, re.compile(types), re.compile(names))
    for concern, types, names in (
        # Words for people change nothing.
        (None, r".*", r"Tags|Description|AlarmDescription|Metadata"),
        (Concern.DATA, r".*", r"DeletionPolicy|UpdateReplacePolicy|DeletionProtection\w*|BackupRetentionPeriod"),
        (Concern.DATA, r".*", r"RetentionInDays|MessageRetentionPeriod|RecoveryWindowInDays"),
        (Concern.NETWORK, r"AWS::EC2::(SecurityGroup|NetworkAcl|Route|InternetGateway|NatGateway).*", r".*"),
        (Concern.NETWORK, r".*", r"VpcConfig|VpcSecurityGroupIds|SecurityGroup\w*|PubliclyAccessible|\w*Subnet\w*"),
        (Concern.PERMISSIONS, r"AWS::IAM::.*|AWS::KMS::(Key|Alias)|AWS::Lambda::(Permission|Url)", r".*"),
        (Concern.PERMISSIONS, r"AWS::\w+::(\w*Policy|PolicyAssociation)", r".*"),
        (Concern.PERMISSIONS, r".*", r"\w*Policy(Document)?|Policies|ManagedPolicyArns|\w*Role(Arn|Name)?"),
        (Concern.PERMISSIONS, r".*", r"\w*(Kms|KMS|Encrypt|Sse|SSE|IAMDatabaseAuth)\w*"),
        (Concern.ALARMS, r"AWS::CloudWatch::(Composite)?Alarm|AWS::SNS::Subscription", r".*"),
        (Concern.ROLLBACK, r"AWS::CodeDeploy::.*|AWS::AppConfig::.*", r".*"),
        (Concern.ROLLBACK, r"AWS::Lambda::Alias", r"UpdatePolicy|RoutingConfig"),
        (Concern.THRESHOLDS, r"AWS::SSM::Parameter", r"Value"),
        (Concern.THRESHOLDS, r"AWS::Lambda::.*", r"Timeout|MemorySize|\w*Concurren\w*|Maximum\w*"),
        (Concern.THRESHOLDS, r".*", r"\w*(Threshold|Limit|Budget|Timeout)\w*|ServerlessV2ScalingConfiguration"),
    )
)
_VARIABLE: Final = re.compile(r"\w*(LIMIT|THRESHOLD|BUDGET|TIMEOUT|PERCENT|WINDOW|INTERVAL|HOLD|ALLOW|CACHE)\w*")


def concern_of(resource_type: str, name: str) -> Concern | None:
    """Where a change of this property or attribute belongs; None where it needs no attention of its own."""
    for concern, types, names in _RULES:
        if types.fullmatch(resource_type) and names.fullmatch(name):
            return concern
    return None


def concern_of_type(resource_type: str) -> Concern | None:
    """Where such a resource belongs when it comes or goes as a whole."""
    return next((concern for concern, types, names in _RULES if concern and _whole(types, names, resource_type)), None)


def is_limit(variable: str) -> bool:
    """Whether a function's environment variable is a figure that it decides by."""
    return _VARIABLE.fullmatch(variable) is not None


def _whole(types: re.Pattern[str], names: re.Pattern[str], resource_type: str) -> bool:
    return names.pattern == ".*" and types.fullmatch(resource_type) is not None

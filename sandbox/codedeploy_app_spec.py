"""The AppSpec of a Lambda deployment, as YAML or JSON: which alias goes from which version to which, and its hooks.

https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import yaml

from sandbox.aws_api import AwsError, refusal

Document = dict[str, Any]

BEFORE_ALLOW_TRAFFIC: Final = "BeforeAllowTraffic"
AFTER_ALLOW_TRAFFIC: Final = "AfterAllowTraffic"
_HOOKS: Final = (BEFORE_ALLOW_TRAFFIC, AFTER_ALLOW_TRAFFIC)
_FUNCTION_TYPE: Final = "AWS::Lambda::Function"
_PROPERTIES: Final = ("Name", "Alias", "CurrentVersion", "TargetVersion")


@dataclass(frozen=True)
class AppSpec:
    """An alias's way from one version to another. `hooks` maps a lifecycle event to its validation function."""

    function: str
    alias: str
    current_version: str
    target_version: str
    hooks: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, content: str) -> Self:
        """Raises `AwsError` where CodeDeploy refuses the revision."""
        try:
            document = yaml.safe_load(content)
        except yaml.YAMLError as error:
            raise _invalid("The AppSpec file is neither YAML nor JSON") from error
        if not isinstance(document, dict):
            raise _invalid("The AppSpec file is no mapping")
        # Both spellings stand in AWS's own examples.
        sections = {str(key).lower(): value for key, value in document.items()}
        if sections.get("version") not in (0, 0.0, "0.0"):
            raise _invalid("The AppSpec file's version must be 0.0")
        properties = _function_properties(sections.get("resources"))
        name, alias, current, target = (str(properties[key]) for key in _PROPERTIES)
        return cls(name, alias, current, target, _hooks(sections.get("hooks")))

    def back(self) -> Self:
        """The way back. A rollback runs no validation functions."""
        return type(self)(self.function, self.alias, self.target_version, self.current_version)

    def revision(self) -> Document:
        """Return the revision of a deployment that takes this way."""
        properties = dict(
            zip(
                _PROPERTIES,
                (self.function, self.alias, self.current_version, self.target_version),
                strict=True,
            )
        )
        document = {
            "version": 0.0,
            "Resources": [{self.function: {"Type": _FUNCTION_TYPE, "Properties": properties}}],
            "Hooks": [{event: function} for event, function in self.hooks.items()],
        }
        return {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(document)}}


def app_spec_of(revision: Document | None) -> AppSpec:
    """Return the AppSpec in a RevisionLocation. Raises `AwsError`."""
    if not revision:
        raise AwsError("RevisionRequiredException", "The revision is required.")
    kind = revision.get("revisionType")
    if kind == "S3":
        raise refusal("codedeploy", "CreateDeployment with a revision in S3")
    location = {"AppSpecContent": "appSpecContent", "String": "string"}.get(str(kind))
    content = (revision.get(location) or {}).get("content") if location else None
    if not content:
        raise _invalid("A Lambda deployment takes a revision of type AppSpecContent or String, with its content")
    return AppSpec.parse(content)


def shown_revision(revision: Document) -> Document:
    """Return a revision as GetDeployment answers it: an AppSpec's content is always null.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_GetDeployment.html
    """
    if "appSpecContent" not in revision:
        return revision
    content: str = revision["appSpecContent"]["content"]
    digest = hashlib.sha256(content.encode()).hexdigest()
    return {"revisionType": revision["revisionType"], "appSpecContent": {"sha256": digest}}


def _function_properties(resources: Any) -> Document:
    match resources:
        case [dict() as entry] if len(entry) == 1:
            (resource,) = entry.values()
        case dict() if len(resources) == 1:
            (resource,) = resources.values()
        case _:
            raise _invalid("The AppSpec file of a Lambda deployment has one resource")
    if not isinstance(resource, dict) or resource.get("Type") != _FUNCTION_TYPE:
        raise _invalid(f"The resource of a Lambda deployment is of type {_FUNCTION_TYPE}")
    properties = {str(key).lower(): value for key, value in (resource.get("Properties") or {}).items()}
    found = {key: properties.get(key.lower()) for key in _PROPERTIES}
    missing = [key for key, value in found.items() if value in (None, "")]
    if missing:
        raise _invalid(f"The AppSpec file lacks {', '.join(missing)}")
    return found


def _hooks(section: Any) -> dict[str, str]:
    if not isinstance(section or [], list) or not all(isinstance(entry, dict) for entry in section or []):
        raise _invalid("The AppSpec file's hooks are no list of lifecycle events")
    hooks = {str(event): str(function) for entry in section or [] for event, function in entry.items()}
    unknown = sorted(set(hooks) - set(_HOOKS))
    if unknown:
        raise _invalid(f"A Lambda deployment has no lifecycle event {', '.join(unknown)}")
    return hooks


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRevisionException", f"{message}.")

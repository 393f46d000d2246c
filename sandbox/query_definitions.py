"""CloudWatch Logs Insights queries that are saved by name: AWS::Logs::QueryDefinition and its API.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-querydefinition.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueryDefinitions.html
"""

import time
import uuid
from typing import Any, Final

from sandbox.aws_api import AwsError, Extension, json_operations
from sandbox.cloudformation_types import Properties, Resource, ResourceType
from sandbox.ministack_internals import regional_store
from sandbox.resource_properties import array, structure, text

Document = dict[str, Any]

_LANGUAGES: Final = ("CWLI", "SQL", "PPL")
_RULES: Final = {
    "Name": text(required=True, max_length=255),
    "QueryString": text(required=True, max_length=10_000),
    "QueryLanguage": text(values=_LANGUAGES),
    "LogGroupNames": array(text()),
    "Parameters": array(structure({"Name": text(), "DefaultValue": text(), "Description": text()})),
}


class QueryDefinitions:
    """The saved queries of each account and region."""

    def __init__(self) -> None:
        self._by_id = regional_store()

    def extension(self) -> Extension:
        return json_operations(
            {
                "DescribeQueryDefinitions": self._describe,
                "PutQueryDefinition": self._put,
                "DeleteQueryDefinition": self._delete,
            }
        )

    def resource_type(self) -> ResourceType:
        return ResourceType(
            "AWS::Logs::QueryDefinition", _RULES, self._create_resource, self._update_resource,
            lambda ref, _properties: self._by_id.pop(ref, None),
        )  # fmt: skip

    def _create_resource(self, properties: Properties, _generated_name: str) -> Resource:
        return self._update_resource(str(uuid.uuid4()), properties)

    def _update_resource(self, ref: str, properties: Properties) -> Resource:
        self._by_id[ref] = _definition(ref, {key[:1].lower() + key[1:]: value for key, value in properties.items()})
        return Resource(ref, {"QueryDefinitionId": ref})

    def _describe(self, request: Document) -> Document:
        prefix = request.get("queryDefinitionNamePrefix", "")
        language = request.get("queryLanguage")
        found = [
            definition
            for definition in self._by_id.values()
            if definition["name"].startswith(prefix) and language in (None, definition["queryLanguage"])
        ]
        limit = request.get("maxResults", 1000)
        start = int(request.get("nextToken") or 0)
        page = sorted(found, key=lambda definition: str(definition["name"]))[start : start + limit]
        more = {"nextToken": str(start + limit)} if start + limit < len(found) else {}
        return {"queryDefinitions": page, **more}

    def _put(self, request: Document) -> Document:
        for member in ("name", "queryString"):
            if not request.get(member):
                raise AwsError("InvalidParameterException", f"{member} is required.")
        query_id = request.get("queryDefinitionId") or str(uuid.uuid4())
        if "queryDefinitionId" in request:
            self._require(query_id)
        self._by_id[query_id] = _definition(query_id, request)
        return {"queryDefinitionId": query_id}

    def _delete(self, request: Document) -> Document:
        query_id = request.get("queryDefinitionId", "")
        self._require(query_id)
        del self._by_id[query_id]
        return {"success": True}

    def _require(self, query_id: str) -> None:
        if query_id not in self._by_id:
            raise AwsError("ResourceNotFoundException", f"The query definition {query_id} does not exist.")


def _definition(query_id: str, fields: Document) -> Document:
    members = ("name", "queryString", "logGroupNames", "parameters")
    return {
        **{member: fields[member] for member in members if member in fields},
        "queryLanguage": fields.get("queryLanguage", "CWLI"),
        "queryDefinitionId": query_id,
        "lastModified": int(time.time() * 1000),
    }

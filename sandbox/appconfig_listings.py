"""AppConfig's lists of deployments and of versions page by page, as AWS answers them.

MiniStack answers the oldest 50 and no token, so that nothing after them can be found. Deployments come in descending
order of their number, as AWS says; of versions it says nothing, and the newest come first likewise.
https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_ListDeployments.html
https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_ListHostedConfigurationVersions.html
"""

import dataclasses
import json
import re
from typing import Any, Final

from sandbox.aws_api import AwsError, Extension, Proceed, Request, Response, error_response

MOST_ITEMS: Final = 50
_NUMBER_BY_PATH: Final = {
    re.compile(r"/applications/[^/]+/environments/[^/]+/deployments"): "DeploymentNumber",
    re.compile(r"/applications/[^/]+/configurationprofiles/[^/]+/hostedconfigurationversions"): "VersionNumber",
}
# More than MiniStack will ever hold.
_ALL: Final = "1000000000"


def extension() -> Extension:
    """Answers ListDeployments and ListHostedConfigurationVersions by asking MiniStack for everything."""

    async def answer(request: Request, proceed: Proceed) -> Response:
        number = next((name for path, name in _NUMBER_BY_PATH.items() if path.fullmatch(request.path)), None)
        if number is None or request.method != "GET":
            return await proceed(request)
        asked = {name: values[0] for name, values in request.query.items()}
        try:
            size = int(asked.get("max_results", MOST_ITEMS))
            # The number of the last item of the page before.
            before = int(asked.get("next_token", _ALL))
        except ValueError:
            size = before = 0
        if not 1 <= size <= MOST_ITEMS or before < 1:
            return error_response(AwsError("BadRequestException", f"MaxResults is not 1 to {MOST_ITEMS}, or NextToken"))
        everything = dataclasses.replace(request, query={**request.query, "max_results": [_ALL]})
        status, headers, body = await proceed(everything)
        if status != 200:  # noqa: PLR2004 - HTTP's own
            return status, headers, body
        items = [item for item in json.loads(body)["Items"] if item[number] < before]
        items.sort(key=lambda item: -int(item[number]))
        page: dict[str, Any] = {"Items": items[:size]}
        if len(items) > size:
            page["NextToken"] = str(items[size - 1][number])
        return status, headers, json.dumps(page).encode()

    return answer

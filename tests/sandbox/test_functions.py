"""What a function finds around it in the sandbox, beyond what MiniStack gives it."""

import json

from tests.sandbox.lambda_functions import create_function
from tests.sandbox_process import RunningSandbox


def test_a_function_reaches_this_sandbox_and_its_appconfig_agent(sandbox: RunningSandbox) -> None:
    create_function(sandbox, "around")
    answer = sandbox.client("lambda").invoke(FunctionName="around")
    environment = json.loads(answer["Payload"].read())["environment"]
    assert environment["AWS_ENDPOINT_URL"] == sandbox.endpoint_url
    assert environment["AWS_APPCONFIG_EXTENSION_HTTP_PORT"] == str(sandbox.agent_port)
    assert environment["AWS_REGION"] == sandbox.region
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "around"
    assert "AWS_PROFILE" not in environment

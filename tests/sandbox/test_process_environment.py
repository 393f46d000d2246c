from pathlib import Path

from sandbox.process_environment import client_environment, sandbox_environment

CALLERS = {
    "PATH": "/bin",
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SESSION_TOKEN": "token",
    "AWS_ENDPOINT_URL_S3": "https://elsewhere",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "PERSIST_STATE": "1",
    "LAMBDA_EXECUTOR": "docker",
    "LAMBDA_STRICT": "1",
    "SERVICES": "s3",
    "PYTHONPATH": "/home/me/src",
    "SANDBOX_POSTGRES_URL": "postgresql://another/sandbox",
    "NO_PROXY": "internal.example",
}


def test_nothing_of_the_callers_aws_reaches_the_sandbox_or_its_functions(tmp_path: Path) -> None:
    environment = sandbox_environment(CALLERS, state=tmp_path, port=4566, enforce_iam=False)
    assert environment["PATH"] == "/bin"
    assert environment["AWS_ACCESS_KEY_ID"] == "test"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_LAMBDA_FUNCTION_VERSION"):
        assert name not in environment
    assert not Path(environment["AWS_CONFIG_FILE"]).exists()
    assert not Path(environment["AWS_SHARED_CREDENTIALS_FILE"]).exists()


def test_nothing_that_changes_ministack_is_inherited(tmp_path: Path) -> None:
    environment = sandbox_environment(CALLERS, state=tmp_path, port=4566, enforce_iam=False)
    assert environment["PERSIST_STATE"] == "0"
    assert environment["LAMBDA_EXECUTOR"] == "local"
    for name in ("LAMBDA_STRICT", "SERVICES", "PYTHONPATH", "SANDBOX_POSTGRES_URL"):
        assert name not in environment


def test_everything_is_written_below_the_state_directory(tmp_path: Path) -> None:
    environment = sandbox_environment(CALLERS, state=tmp_path, port=4566, enforce_iam=False)
    for name in ("TMPDIR", "STATE_DIR", "S3_DATA_DIR"):
        assert Path(environment[name]).is_relative_to(tmp_path)


def test_a_client_sees_the_sandbox_and_no_other_aws() -> None:
    environment = client_environment(CALLERS, port=4567, agent_port=2773, postgres_url=None)
    assert {name: value for name, value in environment.items() if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4567",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_APPCONFIG_EXTENSION_HTTP_PORT": "2773",
    }
    assert "SANDBOX_POSTGRES_URL" not in environment
    assert environment["PATH"] == "/bin"
    assert environment["NO_PROXY"] == "internal.example,127.0.0.1,localhost"


def test_a_client_is_told_where_postgres_is_if_there_is_one() -> None:
    url = "postgresql://postgres:password@127.0.0.1:5432/postgres"
    environment = client_environment(CALLERS, port=4567, agent_port=2773, postgres_url=url)
    assert environment["SANDBOX_POSTGRES_URL"] == url

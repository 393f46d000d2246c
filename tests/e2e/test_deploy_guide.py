"""The commands of docs/DEPLOY.md, typed in their order into an account that has seen nothing yet.

Once for a database that is there and once for a new one, as far as the sandbox has one; then for an environment of
another region and architecture in a VPC that is there, whose one difference is its value.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from stacks.environments import SANDBOX
from tests.e2e.conftest import REPOSITORY
from tests.playbook_command import PLAYBOOK
from tests.sandbox_process import RunningSandbox, running_sandbox
from tests.stacks.variants import ELSEWHERE

GUIDE: Final = (REPOSITORY / "docs" / "DEPLOY.md").read_text()
USER: Final = "user-7"
TIMEOUT_SECONDS: Final = 300
# What the sandbox does not make, and what stands in for it.
STAND_IN: Final = "huntaze/database/stand-in"


def _commands(heading: str) -> str:
    """Those before the first section, or of a section."""
    section = (
        GUIDE.partition("\n## ")[0] if not heading else GUIDE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    )
    (block,) = re.findall(r"(?ms)^```sh\n(.*?)^```$", section)
    return str(block).replace("'beta/*'", "'sandbox/*'")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A working directory whose `aws` and `npx` are the project's own."""
    (tmp_path / "bin").mkdir()
    programs = {
        "aws": f'exec "{sys.executable}" -m awscli "$@"',
        "npx": f'program=$1; shift; cd "{REPOSITORY}" && exec "node_modules/.bin/$program" "$@"',
        "playbook": f'exec "{PLAYBOOK}" "$@"',
    }
    for name, line in programs.items():
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)
    return tmp_path


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """An account of this test's own."""
    with running_sandbox("--postgres") as running:
        yield running


def _type(sandbox: RunningSandbox, desk: Path, commands: str, **variables: str) -> str:
    """What was printed. A command that fails ends the test."""
    environment = {
        **sandbox.environment,
        "PATH": f"{desk / 'bin'}:{os.environ['PATH']}",
        "AWS_PAGER": "",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        # As options of each `cdk`: nobody is there to be asked, and the folder is this test's.
        "CDK_REQUIRE_APPROVAL": "never",
        "CDK_OUTPUT": str(desk / "cdk.out"),
        **variables,
    }
    ended = subprocess.run(
        ["bash", "-euxc", commands],
        cwd=desk,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-4000:]
    return ended.stdout


def _first_reads_are_right(desk: Path) -> None:
    candidate, read = (json.loads((desk / f"{name}.json").read_text()) for name in ("candidate", "read"))
    assert (candidate["statusCode"], read["statusCode"]) == (200, 200), (candidate, read)
    assert candidate["user"]["id"] == read["user"]["id"] == USER


def _reader_url(admin_url: str) -> str:
    parts = urlsplit(admin_url)
    return parts._replace(netloc=f"huntaze_reader:s3cret@{parts.netloc.rpartition('@')[2]}").geturl()


def test_the_guide_has_no_commands_that_nobody_tries() -> None:
    tried = ("", "You have a database", "Deploy, migrate, read", "Another password for the reader")
    assert GUIDE.count("```sh") == len([_commands(heading) for heading in tried])


def test_someone_with_a_database_gets_from_an_empty_account_to_the_first_read(
    sandbox: RunningSandbox, desk: Path
) -> None:
    assert sandbox.postgres_url
    (desk / "admin-url").write_text(f"{sandbox.postgres_url}\n")

    _type(sandbox, desk, _commands(""))
    _type(sandbox, desk, _commands("You have a database"))
    _type(sandbox, desk, _commands("Deploy, migrate, read"))

    _first_reads_are_right(desk)
    assert not [path for path in desk.iterdir() if path.name.endswith("-url")], "no password stays behind"

    secrets = sandbox.client("secretsmanager")
    before = secrets.get_secret_value(SecretId=SANDBOX.names.database_reader_secret)["SecretString"]
    _type(sandbox, desk, _commands("Another password for the reader"))
    after = secrets.get_secret_value(SecretId=SANDBOX.names.database_reader_secret)["SecretString"]
    assert urlsplit(after).password != urlsplit(before).password
    assert urlsplit(after.strip())._replace(netloc="") == urlsplit(before.strip())._replace(netloc="")
    _type(sandbox, desk, _commands("Deploy, migrate, read").partition("playbook db seed\n")[2])
    _first_reads_are_right(desk)


def test_someone_without_one_gets_there_as_far_as_the_sandbox_has_databases(
    sandbox: RunningSandbox, desk: Path
) -> None:
    assert sandbox.postgres_url
    secrets = sandbox.client("secretsmanager")
    # As RDS keeps it: no host, which is in the reader's.
    admin = urlsplit(sandbox.postgres_url)
    managed = json.dumps({"username": admin.username, "password": admin.password})
    stand_in = secrets.create_secret(Name=STAND_IN, SecretString=managed)["ARN"]
    app = shlex.join([sys.executable, "-m", "tests.e2e.apps.new_database", stand_in])
    deploy, _, first_read = _commands("Deploy, migrate, read").partition("\n")

    _type(sandbox, desk, _commands(""), CDK_APP=app)
    _type(sandbox, desk, deploy, CDK_APP=app)
    cluster = sandbox.client("rds").describe_db_clusters()["DBClusters"][0]
    told = json.loads(secrets.get_secret_value(SecretId=SANDBOX.names.database_reader_secret)["SecretString"])
    assert (told["host"], told["dbname"]) == (cluster["Endpoint"], cluster["DatabaseName"])
    # Behind the sandbox's cluster there is no server.
    secrets.put_secret_value(
        SecretId=SANDBOX.names.database_reader_secret, SecretString=_reader_url(sandbox.postgres_url)
    )
    _type(sandbox, desk, first_read, CDK_APP=app)

    _first_reads_are_right(desk)
    (endpoint,) = sandbox.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    (subnets,) = sandbox.client("rds").describe_db_subnet_groups()["DBSubnetGroups"]
    assert endpoint["ServiceName"] == f"com.amazonaws.{SANDBOX.region}.secretsmanager"
    assert sorted(endpoint["SubnetIds"]) == sorted(subnet["SubnetIdentifier"] for subnet in subnets["Subnets"])


def test_an_environment_added_by_one_value_deploys_with_no_other_change(sandbox: RunningSandbox, desk: Path) -> None:
    assert sandbox.postgres_url
    there = replace(sandbox, region=ELSEWHERE.region)
    names, database = ELSEWHERE.names, ELSEWHERE.database
    app = shlex.join([sys.executable, "-m", "tests.e2e.apps.elsewhere"])
    admin = urlsplit(sandbox.postgres_url)
    secrets = there.client("secretsmanager")
    managed = json.dumps({"username": admin.username, "password": admin.password})
    secrets.create_secret(Name=database.admin_secret_name, SecretString=managed)  # type: ignore[union-attr]
    secrets.create_secret(
        Name=database.reader_secret_name,  # type: ignore[union-attr]
        SecretString=_reader_url(sandbox.postgres_url),
    )

    _type(there, desk, _commands(""), CDK_APP=app)
    _type(there, desk, "npx cdk deploy 'elsewhere/*'", CDK_APP=app)
    _type(there, desk, "playbook --env elsewhere db migrate && playbook --env elsewhere db seed")

    functions = there.client("lambda")

    def invoke(name: str) -> Mapping[str, Any]:
        response = functions.invoke(FunctionName=name, Qualifier="live", Payload=json.dumps({"userId": USER}))
        answer: Mapping[str, Any] = json.loads(response["Payload"].read())
        return answer

    assert invoke(names.prisma_read_function)["user"]["id"] == USER
    assert invoke(names.mock_read_function)["user"]["id"] == USER

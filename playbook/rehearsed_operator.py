"""The operator of a rehearsal: a role that has the deployed policy for operators, and nothing else."""

import contextlib
import json
from typing import Final

from playbook.clients import Clients
from shared.names import ResourceNames

_ROLE: Final = "rehearsal-operator"


def operator_credentials(clients: Clients, names: ResourceNames) -> dict[str, str]:
    """Of a session of the role, which is made if it is not there, by the names of their environment variables.

    Raises botocore's errors.
    """
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"AWS": f"arn:aws:iam::{clients.account}:root"},
            }
        ],
    }
    roles = clients.roles
    with contextlib.suppress(roles.exceptions.EntityAlreadyExistsException):
        roles.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    policy_arn = f"arn:aws:iam::{clients.account}:policy/{names.operator_policy}"
    roles.attach_role_policy(RoleName=_ROLE, PolicyArn=policy_arn)
    role_arn = f"arn:aws:iam::{clients.account}:role/{_ROLE}"
    session = clients.identity.assume_role(RoleArn=role_arn, RoleSessionName="rehearsal")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }

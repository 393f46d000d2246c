"""A database for an environment that has none."""

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from stacks.database_access import DatabaseAccess, SecretAccess
from stacks.database_cluster import DATABASE_NAME, DatabaseCluster
from stacks.database_key import database_key
from stacks.database_network import DatabaseNetwork
from stacks.databases import NewDatabase
from stacks.environments import Environment
from stacks.reader_secret import reader_secret


class DatabaseStack(Stack):
    """A VPC of its own, a cluster in it, and the two secrets. `access` is what the functions need of all that."""

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, database: NewDatabase, **stack: Any
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        key = database_key(self, "Key", environment=environment)
        network = DatabaseNetwork(self, "Network")
        cluster = DatabaseCluster(
            self, "Database", environment=environment, database=database, network=network, key=key
        )
        reader_secret(
            self,
            "ReaderSecret",
            environment=environment,
            key=key,
            host=cluster.host,
            port=cluster.port,
            database=DATABASE_NAME,
        )
        self.access = DatabaseAccess(
            reader=SecretAccess(name=environment.names.database_reader_secret),
            admin=SecretAccess(arn=cluster.admin_secret_arn),
            secrets_key_arn=key.key_arn,
            network=network.functions,
        )

"""Aurora PostgreSQL Serverless v2, as an environment asks for it."""

from typing import Final

from aws_cdk import CfnDeletionPolicy, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from constructs import Construct

from stacks.acknowledgements import acknowledge
from stacks.database_network import POSTGRESQL_PORT, DatabaseNetwork
from stacks.databases import NewDatabase
from stacks.environments import Environment

DATABASE_NAME: Final = "huntaze"
_ADMINISTRATOR: Final = "huntaze_admin"
_ENGINE: Final = "aurora-postgresql"
# The newest major version that Prisma 5.17 is tested with; of its releases the one with long-term support.
# https://www.prisma.io/docs/orm/reference/supported-databases
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Updates.LTS.html
_VERSION: Final = rds.AuroraPostgresEngineVersion.VER_16_8
_FAMILY: Final = "aurora-postgresql16"
# The shortest that there is.
_SECONDS_UNTIL_PAUSE: Final = 300
# When nobody is at work in Europe or America. Universal time.
_BACKUP_WINDOW: Final = "06:00-07:00"
_MAINTENANCE_WINDOW: Final = "sun:07:30-sun:08:30"


class DatabaseCluster(Construct):
    """`host` and `port` are the writer's; `admin_secret_arn` is the secret that RDS keeps and renews every week.

    RDS tells the administrator's password to nobody else, so that no template, and no stack's event, has ever had it.
    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        database: NewDatabase,
        network: DatabaseNetwork,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._environment = environment
        cluster = self._cluster(database, network, key)
        for index in range(database.instances):
            self._instance(index + 1, cluster)
        self.host = cluster.attr_endpoint_address
        self.port = POSTGRESQL_PORT
        self.admin_secret_arn = cluster.attr_master_user_secret_secret_arn

    def _cluster(self, database: NewDatabase, network: DatabaseNetwork, key: kms.IKey) -> rds.CfnDBCluster:
        name = f"{self._environment.names.prefix}-database"
        subnets = rds.CfnDBSubnetGroup(
            self,
            "Subnets",
            db_subnet_group_description="Where the database of the Prisma migration may be",
            subnet_ids=list(network.subnet_ids),
        )
        parameters = rds.CfnDBClusterParameterGroup(
            self,
            "Parameters",
            description="The database of the Prisma migration",
            family=_FAMILY,
            # No connection in the clear, and a line for each that begins or ends.
            parameters={"rds.force_ssl": "1", "log_connections": "1", "log_disconnections": "1"},
        )
        cluster = rds.CfnDBCluster(
            self,
            "Cluster",
            db_cluster_identifier=name,
            engine=_ENGINE,
            engine_version=_VERSION.aurora_postgres_full_version,
            database_name=DATABASE_NAME,
            port=POSTGRESQL_PORT,
            master_username=_ADMINISTRATOR,
            manage_master_user_password=True,
            master_user_secret=rds.CfnDBCluster.MasterUserSecretProperty(kms_key_id=key.key_arn),
            serverless_v2_scaling_configuration=rds.CfnDBCluster.ServerlessV2ScalingConfigurationProperty(
                min_capacity=database.min_capacity_acu,
                max_capacity=database.max_capacity_acu,
                seconds_until_auto_pause=_SECONDS_UNTIL_PAUSE if database.pauses else None,
            ),
            db_subnet_group_name=subnets.ref,
            vpc_security_group_ids=[network.database_group_id],
            db_cluster_parameter_group_name=parameters.ref,
            storage_encrypted=True,
            kms_key_id=key.key_arn,
            # For people with roles; the functions have passwords, which Prisma's engine can be told.
            enable_iam_database_authentication=True,
            enable_cloudwatch_logs_exports=["postgresql"],
            backup_retention_period=database.backup_retention_days,
            preferred_backup_window=_BACKUP_WINDOW,
            preferred_maintenance_window=_MAINTENANCE_WINDOW,
            copy_tags_to_snapshot=True,
            deletion_protection=self._environment.retain_data,
        )
        cluster.add_resource_dependency(self._log_group(name))
        kept = CfnDeletionPolicy.SNAPSHOT if self._environment.retain_data else CfnDeletionPolicy.DELETE
        cluster.cfn_options.deletion_policy = cluster.cfn_options.update_replace_policy = kept
        acknowledge(
            cluster,
            "AwsSolutions-RDS11",
            reason="The port is no secret; only the group of our functions reaches it, over TLS.",
        )
        if not self._environment.retain_data:
            acknowledge(
                cluster,
                "AwsSolutions-RDS10",
                "NIST.800.53.R5-RDSInstanceDeletionProtectionEnabled",
                reason="What this environment holds is seeded again; it is to go with its stack, without a trace.",
            )
        return cluster

    def _log_group(self, cluster_name: str) -> logs.CfnLogGroup:
        """Made before RDS makes one that keeps lines for ever."""
        group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/rds/cluster/{cluster_name}/postgresql",
            retention=self._environment.log_retention,
            removal_policy=RemovalPolicy.RETAIN if self._environment.retain_data else RemovalPolicy.DESTROY,
        )
        acknowledge(
            group,
            "NIST.800.53.R5-CloudWatchLogGroupEncrypted",
            reason="CloudWatch Logs encrypts at rest with its own key; statements and their values are not logged.",
        )
        return group.node.default_child  # type: ignore[return-value]  # a LogGroup's resource

    def _instance(self, number: int, cluster: rds.CfnDBCluster) -> None:
        instance = rds.CfnDBInstance(
            self,
            f"Instance{number}",
            db_cluster_identifier=cluster.ref,
            db_instance_class="db.serverless",
            engine=_ENGINE,
            # Follows the writer's capacity, so that it can take over.
            # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html
            promotion_tier=1,
            publicly_accessible=False,
            auto_minor_version_upgrade=True,
        )
        acknowledge(
            instance,
            "NIST.800.53.R5-RDSEnhancedMonitoringEnabled",
            reason="Its agent keeps half a unit from being enough; the cluster's own metrics show capacity and load.",
        )
        acknowledge(
            instance,
            "NIST.800.53.R5-RDSInBackupPlan",
            reason="Aurora keeps every second of the last days by itself; a plan would copy that once a day.",
        )

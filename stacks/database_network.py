"""A VPC for the database and the functions that talk to it, from which no route leads out.

No NAT and no internet gateway: the functions call one service of AWS, Secrets Manager, and that has an endpoint inside.
What Lambda does for them needs none: it writes their logs, hands what failed to the queue and runs the X-Ray daemon
outside the VPC. The reads themselves come in through Lambda's own API.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html
"""

from typing import Final

from aws_cdk import Fn, Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from stacks.acknowledgements import acknowledge
from stacks.arns import arn_here
from stacks.function_network import Network

POSTGRESQL_PORT: Final = 5432
_HTTPS: Final = 443
_CIDR: Final = "10.0.0.0/24"
# Aurora and Lambda both want two zones. 64 addresses each: Lambda shares an interface among a function's environments.
_SUBNET_CIDRS: Final = ("10.0.0.0/26", "10.0.0.64/26")


class DatabaseNetwork(Construct):
    """`functions` is where functions go; `subnet_ids` and `database_group_id` are the database's.

    The functions may open connections to the database's port and to the endpoint, both inside the VPC, and nobody else
    may; nothing may open one to a function.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        # In CDK's constructs of a higher level, an account that is known makes a look-up of its zones.
        self._vpc = ec2.CfnVPC(
            self, "Vpc", cidr_block=_CIDR, enable_dns_support=True, enable_dns_hostnames=True, tags=[]
        )
        acknowledge(
            self._vpc,
            "AwsSolutions-VPC7",
            "NIST.800.53.R5-VPCFlowLogsEnabled",
            reason="No route leaves it: four groups of ours talk to each other, and PostgreSQL logs who connects.",
        )
        acknowledge(
            self._vpc,
            "NIST.800.53.R5-VPCDefaultSecurityGroupClosed",
            reason="CloudFormation cannot close the default group; nothing is in it, and the VPC has no way out.",
        )
        self.subnet_ids = tuple(
            ec2.CfnSubnet(
                self,
                f"Subnet{index + 1}",
                vpc_id=self._vpc.ref,
                cidr_block=cidr,
                availability_zone=Fn.select(index, Fn.get_azs()),
                map_public_ip_on_launch=False,
            ).ref
            for index, cidr in enumerate(_SUBNET_CIDRS)
        )
        functions = self._group(
            "Functions",
            "The functions that talk to the database",
            egress=[
                self._to_the_vpc(POSTGRESQL_PORT, "PostgreSQL"),
                self._to_the_vpc(_HTTPS, "The endpoint of Secrets Manager"),
            ],
        )
        self.database_group_id = self._group(
            "Database", "The database", ingress=[self._from(functions, POSTGRESQL_PORT, "The functions")]
        )
        endpoint_group = self._group(
            "Endpoint", "The endpoint of Secrets Manager", ingress=[self._from(functions, _HTTPS, "The functions")]
        )
        self._secrets_endpoint(endpoint_group)
        self.functions = Network(subnet_ids=self.subnet_ids, security_group_ids=(functions,))

    def _group(
        self,
        construct_id: str,
        description: str,
        *,
        ingress: list[ec2.CfnSecurityGroup.IngressProperty] | None = None,
        egress: list[ec2.CfnSecurityGroup.EgressProperty] | None = None,
    ) -> str:
        """The group's id. Groups keep connections' state, so that answers need no rule."""
        return ec2.CfnSecurityGroup(
            self,
            construct_id,
            group_description=description,
            vpc_id=self._vpc.ref,
            security_group_ingress=ingress or [],
            # Without any rule CloudFormation allows everything, so there is one that allows nothing.
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
            security_group_egress=egress
            or [ec2.CfnSecurityGroup.EgressProperty(ip_protocol="-1", cidr_ip="127.0.0.1/32", description="Nowhere")],
        ).attr_group_id

    @staticmethod
    def _to_the_vpc(port: int, description: str) -> ec2.CfnSecurityGroup.EgressProperty:
        """By address, since groups that name each other are a circle; whom the other side lets in is up to it."""
        return ec2.CfnSecurityGroup.EgressProperty(
            ip_protocol="tcp", from_port=port, to_port=port, cidr_ip=_CIDR, description=description
        )

    @staticmethod
    def _from(group_id: str, port: int, description: str) -> ec2.CfnSecurityGroup.IngressProperty:
        return ec2.CfnSecurityGroup.IngressProperty(
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            source_security_group_id=group_id,
            description=description,
        )

    def _secrets_endpoint(self, group_id: str) -> None:
        stack = Stack.of(self)
        ec2.CfnVPCEndpoint(
            self,
            "SecretsManager",
            vpc_id=self._vpc.ref,
            service_name=f"com.amazonaws.{stack.region}.secretsmanager",
            vpc_endpoint_type="Interface",
            subnet_ids=list(self.subnet_ids),
            security_group_ids=[group_id],
            private_dns_enabled=True,
            # Besides what each function's role says: through here, nothing but reading secrets of this account.
            policy_document={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": "*",
                        "Action": "secretsmanager:GetSecretValue",
                        "Resource": arn_here(self, "secretsmanager", "secret:*"),
                    }
                ],
            },
        )

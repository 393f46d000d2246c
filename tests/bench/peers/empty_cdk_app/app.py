"""The app that `cdk init app --language python` makes, without its comments: one stack with nothing in it."""

import aws_cdk as cdk
from constructs import Construct


class EmptyStack(cdk.Stack):
    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)


app = cdk.App()
EmptyStack(app, "EmptyStack")
app.synth()

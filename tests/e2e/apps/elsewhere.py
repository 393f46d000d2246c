"""An environment of another region and architecture, in a VPC that is there, as a stage of the sandbox."""

from dataclasses import replace

from app import build_app
from stacks.environments import SANDBOX_OVERRIDES
from tests.stacks.variants import ELSEWHERE

build_app({"elsewhere": replace(ELSEWHERE, **SANDBOX_OVERRIDES)}, caller_account=None).synth()

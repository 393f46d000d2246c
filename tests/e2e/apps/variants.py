"""The environments that exist for tests alone, for `make scan` to look at what none of ours shows: a new database."""

from app import build_app
from tests.stacks.variants import VARIANTS

build_app(VARIANTS, caller_account=None).synth()

"""The name of an environment, as a command line takes it."""

import re
from typing import Any, Final

import click

# As stacks/environments.py has it: whoever adds an environment there need not come here.
_NAME: Final = re.compile(r"[a-z][a-z0-9]{1,11}")


class EnvironmentName(click.ParamType[str]):
    """Any that may be deployed. Whether it is, the account says."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not _NAME.fullmatch(text):
            self.fail(f"{text!r} is no environment's name, which is 2 to 12 of a–z and 0–9", param, ctx)
        return text

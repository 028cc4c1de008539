"""Every operation and frame has a row in the table of who may do what, `tests/integration/matrix/table.py`: add yours
there. `tests/integration/matrix` tries it in all roles and at all places.
"""

from typing import get_args

from intervene.core.wire.contact import ContactIn
from intervene.core.wire.staff import StaffIn
from intervene.edge.http.api import OPERATIONS
from intervene.edge.http.operations import Caller
from tests.integration.matrix import table


def test_every_operation_is_in_the_table() -> None:
    listed = {f"{each.method} {each.path}" for each in OPERATIONS if each.caller is Caller.STAFF}
    assert listed == {_with_id(operation) for operation in table.OPERATIONS}
    assert {f"{each.method} {each.path}" for each in OPERATIONS if each.caller is not Caller.STAFF} == table.OF_OTHERS


def _with_id(operation: str) -> str:
    head, brace, rest = operation.partition("{")
    name, _, tail = rest.partition("}")
    return operation if not brace or name == "conversation" else f"{head}{{id}}{tail}"


def test_every_frame_is_in_the_table() -> None:
    tags = [{str(each.__struct_config__.tag) for each in get_args(union)} for union in (StaffIn, ContactIn)]
    ours = table.OF_SESSIONS - {"hello"} | table.SILENT.keys()
    staff = ours | table.OF_STAFF_THEMSELVES | table.OF_LISTS.keys() | table.FRAMES.keys()
    assert tags == [staff, ours | table.OF_CUSTOMERS.keys() | table.OF_ONES_OWN]

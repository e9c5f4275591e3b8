"""Whether an answer is what the API's own description says of the call."""

import re
from functools import lru_cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from openapi_schema_validator import OAS30Validator


@lru_cache(maxsize=1)
def calls() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """(path, its operations by method); those without places first, as they are the more special."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    paths = sorted(document["paths"].items(), key=lambda item: (item[0].count("{"), -len(item[0])))
    return [
        (re.compile(re.sub(r"\\\{(\w+)\\\}", place, re.escape(path)), re.DOTALL), operations)
        for path, operations in paths
    ]


def place(found: re.Match[str]) -> str:
    """Ids of rows are one part of an address; people's own ids may hold slashes."""
    return ".+" if found[1] in ("ident", "field") else "[^/]+"


def check_answer(method: str, path: str, response: Any) -> None:
    """Raises AssertionError where the description lacks the status or says something else of the body."""
    operations = next((found for pattern, found in calls() if pattern.fullmatch(path)), None)
    operation = (operations or {}).get(method.lower())
    if operation is None:
        assert response.status_code in (404, 405), f"{method} {path} is not described"
        return
    described = operation["responses"].get(str(response.status_code))
    assert described is not None, f"{operation['operationId']} does not say that it answers {response.status_code}"
    schema = described.get("content", {}).get("application/json", {}).get("schema")
    if schema is None or not response["Content-Type"].startswith("application/json"):
        return
    errors = list(OAS30Validator(schema).iter_errors(response.json()))
    told = "; ".join(f"{error.json_path}: {error.message[:300]}" for error in errors[:5])
    assert not errors, f"{operation['operationId']} answers {response.status_code} otherwise than described: {told}"

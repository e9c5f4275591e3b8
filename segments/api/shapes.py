"""What the OpenAPI document says of rules and of people given in a call; operators come from the operator table."""

from typing import Any

from segments.language.operators import TYPES, Operator

FIELD: dict[str, Any] = {
    "type": "string",
    "description": "native.KEY, custom.KEY, CONNECTOR.KEY, segment, event.NAME or group.KEY",
    "example": "custom.plan",
}


def condition_schema(operator: Operator) -> dict[str, Any]:
    """A condition with this operator."""
    absent = (
        " Also matches users without a value, unless require_value." if operator.negative and operator.requires else ""
    )
    made: dict[str, Any] = {
        "type": "object", "title": f"{operator.type}: {operator.name}", "required": ["field", "operator"],
        "description": f"For {operator.type} fields: {operator.words}.{absent}",
        "properties": {"field": FIELD, "operator": {"type": "string", "enum": [operator.name]}},
    }  # fmt: skip
    if operator.operand.schema:
        made["properties"]["value"] = {**operator.operand.schema, "example": operator.operand.example}
        made["required"] += ["value"] if operator.operand.name != "event" else []
    if operator.cased:
        made["properties"]["case_sensitive"] = {"type": "boolean", "default": False}
    if operator.negative and operator.requires:
        made["properties"]["require_value"] = {"type": "boolean", "default": False}
    return made


CONDITION: dict[str, Any] = {"oneOf": [condition_schema(operator) for listed in TYPES.values() for operator in listed]}
EXAMPLE_RULE: dict[str, Any] = {
    "combinator": "and",
    "rules": [
        {"field": "custom.plan", "operator": "is_any_of", "value": ["Pro", "Enterprise"]},
        {"field": "native.created", "operator": "in_last", "value": {"n": 90, "unit": "day"}},
        {"field": "native.tags", "operator": "not_includes", "value": "internal"},
    ],
}
RULE: dict[str, Any] = {
    "type": "object", "required": ["combinator", "rules"],
    "description": "A group. Its rules are conditions, or groups of the same shape; groups nest 10 deep.",
    "properties": {
        "combinator": {"type": "string", "enum": ["and", "or"]}, "not": {"type": "boolean", "default": False},
        "rules": {"type": "array", "minItems": 1, "items": {"anyOf": [CONDITION, {"type": "object", "title": "group"}]}},
    },
    "example": EXAMPLE_RULE,
}  # fmt: skip
ANY_RULE: dict[str, Any] = {
    "type": "object",
    "description": "A rule, as POST /api/v1/segments takes it.",
    "example": EXAMPLE_RULE,
}
PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "native": {"type": "object"}, "custom": {"type": "object"}, "segments": {"type": "array", "items": {"type": "integer"}},
        "groups": {"type": "array", "items": {"type": "object"}}, "events": {"type": "array", "items": {"type": "object"}},
    },
    "example": {"native": {"email": "sam@example.com", "tags": ["vip"]}, "custom": {"plan": "Pro"}},
}  # fmt: skip

"""What the builder asks: the fields and operators, the values that users have, and what a rule does."""

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from segments.counting.audience import audience, sample_audience
from segments.counting.common_values import common_values
from segments.counting.effects import counted
from segments.defining.edit import BadSegment, check_rule, using
from segments.engines.explain import sentence
from segments.language.dates import UNITS
from segments.language.fields import NEVER_ABSENT
from segments.language.operators import TYPES, Operator
from segments.language.rules import Group, conditions, to_json
from segments.models import Segment
from segments.showing.narrow import segment_number
from users.accounts.access import ProjectRequest, project_view
from users.api.bodies import parse_json
from users.api.errors import ApiError
from users.database.limits import TookTooLong
from users.extend import sources
from users.finding.figures import figure
from users.models import Attribute
from users.registry.attributes import Definition, registry_of
from users.registry.naming import shown_name
from users.showing.marks import source_mark
from users.types.table import TYPES as VALUE_TYPES
from users.types.table import compact
from users.types.timestamps import iso

LONGEST: Final = 6000  # characters of an address; servers refuse lines that are much longer


def operator_json(operator: Operator) -> dict[str, Any]:
    return {
        "name": operator.name, "words": operator.words, "menu": operator.menu or operator.words, "operand": operator.operand.name, "cased": operator.cased,
        "heading": operator.heading, "tail": operator.tail,
        "absent": operator.negative and operator.requires, "example": operator.operand.example,
        "needle": bool(operator.operand.schema.get("minLength")),
    }  # fmt: skip


def field_json(definition: Definition, coverage: dict[str, int | None]) -> dict[str, Any]:
    return {
        "field": definition.field, "label": definition.label, "key": definition.key, "source": definition.source,
        "type": definition.type, "typeLabel": VALUE_TYPES[definition.type].label, "coverage": coverage.get(definition.field),
        "sensitive": definition.sensitive, "archived": definition.archived,
        "neverAbsent": definition.source == "native" and definition.key in NEVER_ABSENT,
    }  # fmt: skip


@project_view("users.view")
def fields(request: ProjectRequest) -> HttpResponseBase:
    """Everything that a condition can be made of, from the registry and the operator table.

    ?of=SEGMENT leaves out that segment and those that are built on it, which its own rule cannot use.
    """
    project = request.project
    coverage = {row.field: row.coverage for row in Attribute.objects.filter(project=project)}
    known = [item for item in registry_of(project).all() if not item.sensitive or "values.reveal" in request.can]
    shown = sorted(known, key=lambda item: (item.source != "native", item.source != "custom", item.source))
    total = figure(project, "users")
    own = segment_number(request.GET.get("of", ""))
    segments = Segment.objects.filter(project=project).exclude(pk__in=[own, *using(project, own)]).order_by("name")
    body = {
        "groups": [{"source": slug, "name": source.name, "mark": source_mark(slug)} for slug, source in sources.all().items()],
        "fields": [field_json(item, coverage) for item in shown],
        "types": {name: {"operators": [operator_json(item) for item in listed]} for name, listed in TYPES.items() if name != "event"},
        "units": [{"unit": unit, "many": many} for unit, many in UNITS.items()],
        "segments": [{"id": item.pk, "name": item.name, "archived": item.archived} for item in segments],
        "users": total.value if total else None,
    }  # fmt: skip
    return JsonResponse(body)


@project_view("users.view")
def values(request: ProjectRequest) -> HttpResponseBase:
    definition = registry_of(request.project).find(request.GET.get("field", "")[:200])
    if definition is None:
        return JsonResponse({"values": [], "hidden": False})
    found = common_values(request.project, definition, request.GET.get("q", "").strip())
    at = iso(found.at) if found.at else None
    body: dict[str, Any] = {"values": found.values, "at": at, "hidden": definition.sensitive}
    if found.types is not None and (not definition.sensitive or "values.reveal" in request.can):
        body["types"] = found.types
    return JsonResponse(body)


def read_rule(request: ProjectRequest, text: str, within: tuple[int, ...] = ()) -> Group:
    """The rule that a member sent, of the segment `within`. Raises BadSegment."""
    try:
        raw = parse_json(text) if text.strip() else {"rules": []}
    except ApiError as error:
        raise BadSegment([{"path": "rule", "message": error.message}]) from None
    if isinstance(raw, dict) and raw.get("rules") == []:
        raise BadSegment([{"path": "rule", "message": "Say who is in it: add at least one condition."}])
    tree = check_rule(request.project, raw, within)
    guard(request, tree)
    return tree


def guard(request: ProjectRequest, tree: Group, *, searching: bool = False) -> None:
    """Sensitive values are not found out by filtering: lists never search them, viewers build nothing on them."""
    if "values.reveal" in request.can and not searching:
        return
    known = registry_of(request.project)
    for condition in conditions(tree):
        definition = known.by_ref(condition.field.ref) if condition.field.ref else None
        if definition is not None and definition.sensitive and condition.operator.operand.name != "none":
            message = f"{definition.label} is sensitive: its values are not searched. Editors and admins can build segments on it."
            raise BadSegment([{"path": f"{condition.path}.field", "message": message}])


def in_words(error: dict[str, str]) -> str:
    """A mistake as somebody is told who builds by clicking: without what operators are called in JSON."""
    if error["path"].endswith(".operator"):
        return "This attribute cannot be compared this way. Choose another way."
    return error["message"]


def errors_json(bad: BadSegment) -> HttpResponse:
    """`message` for those who write JSON, `words` for the conditions drawn as chips."""
    errors = [{**error, "words": in_words(error)} for error in bad.errors]
    return JsonResponse({"errors": errors, "message": errors[0]["words"]}, status=422)


def list_of(request: ProjectRequest, tree: Group) -> str:
    """The address of the users whom a rule counts; empty where the list cannot show them."""
    rule = compact(to_json(tree))
    try:
        guard(request, tree, searching=True)
    except BadSegment:
        return ""
    address = f"{reverse('users_list', args=[request.project.slug])}?{urlencode({'rule': rule})}"
    return address if len(address) <= LONGEST else ""


@require_POST
@project_view("users.view")
def preview(request: ProjectRequest) -> HttpResponseBase:
    """POST rule=JSON: the count, a sample, what each condition does, and the rule as a sentence."""
    try:
        tree = read_rule(request, request.POST.get("rule", ""))
    except BadSegment as bad:
        return errors_json(bad)
    found = audience(request.project, tree, timezone.now())
    try:
        result = counted(found)
        users = sample_audience(found)
    except TookTooLong as slow:
        return JsonResponse({"message": str(slow)}, status=503)
    return JsonResponse({
        "count": result.count, "list": list_of(request, tree), "sentence": sentence(tree),
        "effects": [{"path": item.path, "text": item.text, "nobody": item.nobody} for item in result.effects],
        "sample": [
            {"name": shown_name(user, request.project), "url": reverse("user_profile", args=[request.project.slug, user.pk])} for user in users
        ],
    })  # fmt: skip

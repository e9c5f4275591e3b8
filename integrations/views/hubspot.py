"""What HubSpot calls when a record changed: its webhooks."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations.connectors.failures import VendorRefused
from integrations.connectors.hubspot_events import BadMessage, contacts_told, is_signed
from integrations.models import Connection
from integrations.syncing.links import link_of
from integrations.syncing.told import tell


@csrf_exempt
@require_POST
def events(request: HttpRequest, pk: int) -> HttpResponse:
    """Messages of one connection. 401 for all that HubSpot did not sign, whether there is such a connection or not."""
    connection = Connection.objects.select_related("project").filter(pk=pk, connector="hubspot").first()
    if connection is None or not is_hubspots(request, secret_of(connection)):
        return HttpResponse("The signature is missing, wrong, or more than five minutes old.\n", "text/plain", 401)
    try:
        told = contacts_told(request.body, connection.account.get("portal"))
    except BadMessage as bad:
        return HttpResponse(f"{bad}\n", "text/plain", 400)
    tell(connection, [("contacts", one) for one in told])
    return HttpResponse(status=204)


def secret_of(connection: Connection) -> str:
    """The client secret of the app that sends the webhooks: the connection's own, or this server's."""
    try:
        credentials = link_of(connection).credentials
    except VendorRefused:
        return ""
    ours = settings.HUBSPOT_CLIENT_SECRET if credentials.get("refresh_token") else ""
    return str(credentials.get("client_secret") or ours)


def is_hubspots(request: HttpRequest, secret: str) -> bool:
    given = request.headers.get("X-HubSpot-Signature-v3", "")
    timestamp = request.headers.get("X-HubSpot-Request-Timestamp", "")
    return is_signed(
        secret, "POST", request.build_absolute_uri(), request.body, timestamp, given, timezone.now().timestamp()
    )

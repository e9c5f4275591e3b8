"""What identify is measured against: a DRF view that upserts one row, and nothing else."""

import json

from django.db import connection
from django.http import HttpRequest, HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from users.models import EndUser

CREATE = "CREATE TABLE IF NOT EXISTS bench_row (id varchar(255) PRIMARY KEY, data {json} NOT NULL)"
UPSERT = "INSERT INTO bench_row (id, data) VALUES {rows} ON CONFLICT (id) DO UPDATE SET data = excluded.data"


def create_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(CREATE.format(json="jsonb" if connection.vendor == "postgresql" else "text"))


def upsert(rows: list[tuple[str, str]]) -> None:
    with connection.cursor() as cursor:
        marks = ", ".join(["(%s, %s)"] * len(rows))
        cursor.execute(UPSERT.format(rows=marks), [item for row in rows for item in row])


class BareRead(APIView):
    """One row by its key, through the ORM and a renderer."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)

    def get(self, request: HttpRequest, pk: int) -> Response:
        user = EndUser.objects.get(pk=pk)
        return Response({"id": user.pk, "name": user.name, "attributes": user.attributes})


class BareView(APIView):
    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)

    def post(self, request: HttpRequest) -> HttpResponse:
        body = request.data  # type: ignore[attr-defined]
        upsert([(body["user_id"], json.dumps(body["attributes"]))])
        return Response({"ok": True})

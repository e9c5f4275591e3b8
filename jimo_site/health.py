"""/healthz: the process answers. /readyz: the database is reachable and migrated."""

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from users.database.availability import RETRY_AFTER, is_known_away

_migrated = False  # once true it stays: a process does not outlive the code it was started with


def live(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> HttpResponse:
    global _migrated
    if is_known_away():
        return not_ready("database unreachable")
    try:
        if not _migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return not_ready("not migrated")
            _migrated = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return not_ready("database unreachable")
    return JsonResponse({"status": "ok"})


def not_ready(why: str) -> HttpResponse:
    return JsonResponse({"status": why}, status=503, headers={"Retry-After": str(RETRY_AFTER)})

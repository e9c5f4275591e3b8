"""An API that takes files, and imports that have run."""

import json
import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.users.api.conftest import Api
from tests.users.api.described import check_answer
from users.accounts.keys import SCOPES, create_key
from users.jobs.machinery import run_all_jobs


@pytest.fixture(autouse=True)
def _imports_dir(settings, tmp_path):
    settings.IMPORTS_DIR = str(tmp_path / "imports")


class ImportsApi(Api):
    def upload(self, data, name="people.csv", *, raw=None, key=..., **options):
        """POST /api/v1/imports with a file."""
        content = data if isinstance(data, bytes) else data.encode()
        text = raw if raw is not None else json.dumps(options)
        secret = self.secret if key is ... else key
        response = self.client.post(
            "/api/v1/imports", {"file": SimpleUploadedFile(name, content), "options": text},
            HTTP_AUTHORIZATION=f"Bearer {secret}",
        )  # fmt: skip
        response.body = json.loads(response.content)
        check_answer("POST", "/api/v1/imports", response)
        return response

    def imported(self, data, name="people.csv", **options):
        """The import once nothing runs any more."""
        response = self.upload(data, name, **options)
        assert response.status_code == 202, response.body
        return self.after(response.body["id"])

    def after(self, pk):
        run_all_jobs()
        return self.get(f"imports/{pk}").body

    def problems(self, pk):
        return [
            (row["line"], row["column"], row["value"]) for row in self.get(f"imports/{pk}/problems").body["results"]
        ]

    def reasons(self, pk):
        return [row["reason"] for row in self.get(f"imports/{pk}/problems").body["results"]]


@pytest.fixture
def api(project):
    _, secret = create_key(project, "Billing", list(SCOPES), None)
    return ImportsApi(project, secret)


@pytest.fixture
def files(settings):
    """The names of the uploaded files that are kept."""
    return lambda: os.listdir(settings.IMPORTS_DIR) if os.path.isdir(settings.IMPORTS_DIR) else []

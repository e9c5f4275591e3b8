"""An import in the browser: a file that is dropped or chosen by keyboard, progress that moves by itself, its end."""

import pytest
from playwright.sync_api import expect

from integrations.imports import running
from integrations.models import Import
from users.jobs.machinery import claim_job, run_chunk
from users.models import EndUser


@pytest.fixture
def table(settings, tmp_path):
    settings.IMPORTS_DIR = str(tmp_path / "imports")
    path = tmp_path / "april.csv"
    path.write_text("user_id,plan\n" + "".join(f"u{number},Pro\n" for number in range(400)))
    return path


@pytest.fixture
def editor(enter, project):
    page = enter("editor")
    page.goto(f"/p/{project.slug}/imports/new/")
    return page


def drop(page, target, path):
    """As from the desktop: events that scripts make carry no files."""
    box = target.bounding_box()
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **at, "data": data})


def chosen_file(page):
    return page.locator("#file").evaluate("input => input.files[0] && input.files[0].name")


def test_a_dropped_file_is_imported_with_progress_that_moves_by_itself_until_it_is_cancelled(
    editor, table, monkeypatch
):
    monkeypatch.setattr(running, "SLICE", 10)
    monkeypatch.setattr(running, "SECONDS", 0.01)
    page = editor
    drop(page, page.locator("#file"), table)
    assert chosen_file(page) == "april.csv"
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("form", name="Where the columns go").get_by_role("button", name="Import", exact=True).click()
    status = page.locator("#import [role=status]")
    expect(status).to_contain_text("0 done")
    job = claim_job(Import.objects.get().job_id, Import.objects.get().created)
    for _ in range(2):
        run_chunk(job)
        done = Import.objects.get().done
        expect(status).to_contain_text(f"{done} done")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#import .chip").first).to_have_text("Cancelled")
    run_chunk(job)
    assert (Import.objects.get().done, EndUser.objects.count()) == (done, done)
    expect(page.get_by_role("button", name="Undo this import")).to_be_visible()
    expect(page.locator("progress")).to_have_count(0)


def test_a_file_is_chosen_and_tried_out_by_keyboard_alone(editor, table):
    page = editor
    page.locator("#file").focus()
    with page.expect_file_chooser() as chooser:
        page.locator("#file").press("Space")
    chooser.value.set_files(table)
    assert chosen_file(page) == "april.csv"
    page.keyboard.press("Tab")  # past the text to paste
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Continue")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Try it out")).to_be_visible()
    page.get_by_role("button", name="Try it out").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#import .chip").first).to_have_text("Running")
    found = Import.objects.get()
    job = claim_job(found.job_id, found.created)
    while job.state == "running":
        run_chunk(job)
    expect(page.locator(".import-counts")).to_contain_text("400")
    expect(page.get_by_role("button", name="Import", exact=True).first).to_be_visible()

"""The dashboard's addresses of segments."""

from django.urls import include, path

import users.ground.converters  # noqa: F401  `row` below
from segments.views import acts, builder, edit, exports, lists, profile_tab, segment, segment_list, selection

segments = [
    path("", segment_list.segment_list, name="segments"),
    path("new/", edit.new, name="segment_new"),
    path("fields/", builder.fields, name="segment_fields"),
    path("values/", builder.values, name="segment_values"),
    path("preview/", builder.preview, name="segment_preview"),
    path("lists/", selection.choose_list, name="bulk_choose_list"),
    path("lists/add/", selection.add_to_list, name="bulk_add_to_list"),
    path("export-users/", selection.export, name="bulk_export"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<row:pk>/file/", exports.file, name="export_file"),
    path("<row:pk>/", segment.segment, name="segment"),
    path("<row:pk>/rule/", edit.change_rule, name="segment_rule"),
    path("<row:pk>/settings/", edit.settings, name="segment_settings"),
    path("<row:pk>/add/", lists.add, name="segment_add"),
    path("<row:pk>/users/<row:user>/", lists.change_one, name="segment_user"),
    path("<row:pk>/why/<row:user>/", profile_tab.why, name="segment_why"),
    path("<row:pk>/duplicate/", acts.duplicate, name="segment_duplicate"),
    path("<row:pk>/archive/", acts.archive, name="segment_archive"),
    path("<row:pk>/delete/", acts.delete, name="segment_delete"),
    path("<row:pk>/export/", segment.export, name="segment_export"),
]
urlpatterns = [path("p/<slug:slug>/segments/", include(segments))]

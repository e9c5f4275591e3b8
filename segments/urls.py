"""The dashboard's addresses of segments."""

from django.urls import include, path

from segments.views import acts, builder, edit, lists, profile_tab, segment, segment_list

segments = [
    path("", segment_list.segment_list, name="segments"),
    path("new/", edit.new, name="segment_new"),
    path("fields/", builder.fields, name="segment_fields"),
    path("values/", builder.values, name="segment_values"),
    path("preview/", builder.preview, name="segment_preview"),
    path("<int:pk>/", segment.segment, name="segment"),
    path("<int:pk>/rule/", edit.change_rule, name="segment_rule"),
    path("<int:pk>/settings/", edit.settings, name="segment_settings"),
    path("<int:pk>/add/", lists.add, name="segment_add"),
    path("<int:pk>/users/<int:user>/", lists.change_one, name="segment_user"),
    path("<int:pk>/why/<int:user>/", profile_tab.why, name="segment_why"),
    path("<int:pk>/duplicate/", acts.duplicate, name="segment_duplicate"),
    path("<int:pk>/archive/", acts.archive, name="segment_archive"),
    path("<int:pk>/delete/", acts.delete, name="segment_delete"),
    path("<int:pk>/export/", segment.export, name="segment_export"),
]
urlpatterns = [path("p/<slug:slug>/segments/", include(segments))]

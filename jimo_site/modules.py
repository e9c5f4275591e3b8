"""The pages' ES modules: hashed names in their imports, and pages that ask for all of them at once."""

import posixpath
import re
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from whitenoise.storage import CompressedManifestStaticFilesStorage

register = template.Library()
IMPORT = re.compile(r"""^(?:import|export)\b[^;"']*["'](\.[^"']+)["'];""", re.MULTILINE)


class Storage(CompressedManifestStaticFilesStorage):
    """Names files by what is in them, and the files that modules import likewise."""

    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # each settles one more link of the longest chain of imports


def imported(path: str) -> list[str]:
    """The paths of all modules that the one of this path imports, itself or through others."""
    found: dict[str, None] = {}

    def follow(path: str) -> None:
        file = finders.find(path)
        if file is None:
            raise template.TemplateSyntaxError(f"There is no module {path}.")
        for name in IMPORT.findall(Path(file).read_text()):
            inner = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            if inner not in found:
                found[inner] = None
                follow(inner)

    follow(path)
    return list(found)


def written(path: str) -> SafeString:
    links = format_html_join(
        "\n  ", '<link rel="modulepreload" href="{}">', ((static(name),) for name in imported(path))
    )
    return format_html('{}\n  <script type="module" src="{}"></script>', links, static(path))


kept = cache(written)


@register.simple_tag
def modules(path: str) -> SafeString:
    """Loads a module. What it imports is asked for beside it: else each file would wait for the one that names it. With
    DEBUG each time anew: a file may have been edited."""
    return written(path) if settings.DEBUG else kept(path)

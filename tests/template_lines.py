"""A rule of `djlint --lint`: no long lines, comments and preformatted text included (patterns skip those)."""

MOST = 120


def run(rule, config, html, filepath, line_ends, *args, **kwargs):
    lines = enumerate(html.splitlines(), 1)
    return [
        {"code": rule["name"], "line": f"{number}:{MOST}", "match": line.strip()[:20], "message": rule["message"]}
        for number, line in lines
        if len(line) > MOST
    ]

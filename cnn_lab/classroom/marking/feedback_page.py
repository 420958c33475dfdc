"""The page of feedback: nbgrader's, with the exercises' titles, for every screen, and safe."""

from html import escape

from nbconvert.exporters import HTMLExporter

from cnn_lab.classroom.marking.titles import as_html, titles

_POLICY = (
    "script-src https://cdnjs.cloudflare.com/ajax/libs/mathjax/ 'unsafe-eval'; object-src 'none';"
    " frame-src 'none'; base-uri 'none'; form-action 'none'"
)
_STYLE = """
:root { color-scheme: light dark; }
img { max-width: 100%; height: auto; }
div.output pre { white-space: pre-wrap; overflow-wrap: anywhere; }
div.input_area pre, .rendered_html table { overflow-x: auto; }
.rendered_html table { display: block; max-width: 100%; }
div.output_prompt, div.input:has(.nbgrader_cell) > .prompt { display: none; }
div.nbgrader_cell, .cnn-lab-points { margin-bottom: 10px; }
div.nbgrader_cell .panel-heading { height: auto; display: flow-root; }
div.nbgrader_cell .panel-heading a { color: inherit; text-decoration: underline; }
.panel-heading code { color: inherit; background: none; padding: 0; }
.cnn-lab-points { font-weight: 600; }
@media (max-width: 600px) {
  .container, #notebook-container, .panel-body { padding-left: 4px; padding-right: 4px; }
  h1 { font-size: 26px; } h2 { font-size: 22px; }
}
@media (prefers-color-scheme: dark) {
  body, .panel, #notebook-container, div.cell { background: #1b1b1b; color: #e2e2e2; }
  .panel-default > .panel-heading, pre, code, div.input_area, div.nbgrader_cell .input_area,
  .rendered_html pre, .rendered_html code, div.output_area pre, .highlight {
    background: #262626; color: #e2e2e2; border-color: #444; }
  .panel, .panel-default > .panel-heading, .panel-body { border-color: #444; }
  .panel-heading code { background: none; }
  a, .rendered_html a { color: #7db8f0; }
  .rendered_html :is(th, td, tr, thead, blockquote) { background: none; color: inherit;
    border-color: #555; }
  .score, .prompt { color: #c4c4c4; }
  li.late-penalty { color: #ff8a80; }
  img { background: white; }
  .highlight :is(.k, .kc, .kd, .kn, .kr, .nb, .nt, .bp, .kp) { color: #7fd08a; }
  .highlight :is(.nc, .nf, .nn, .fm) { color: #8ab4ff; }
  .highlight :is(.s, .s1, .s2, .sa, .sd, .sh, .sb, .sc, .dl, .si, .se) { color: #f2a48f; }
  .highlight :is(.m, .mb, .mf, .mh, .mi, .mo, .o, .go) { color: #b8b8b8; }
  .highlight :is(.c, .c1, .cm, .ch, .cs) { color: #8fc1c1; }
  .highlight :is(.ow, .nd, .no, .nv, .vm, .ne, .kt) { color: #d0a5ff; }
  .cnn-lab-check { --jp-success-color1: #66bb6a; --jp-error-color1: #ef7070;
    --jp-border-color1: #9e9e9e; }
}
"""


class FeedbackPage(HTMLExporter):
    """Export a notebook with its grades; the page lets nothing but MathJax run."""

    def from_notebook_node(self, nb, resources=None, **options):
        """Return the page and the resources."""
        names = titles(nb)
        page, resources = super().from_notebook_node(nb, resources, **options)
        policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        screen = '<meta name="viewport" content="width=device-width, initial-scale=1">'
        beginning, head, rest = page.partition("<head>")
        page = f"{beginning}{head}\n{policy}\n{screen}\n{rest}"
        page = page.replace("</head>", f"<style>{_STYLE}</style>\n</head>", 1)
        return _with_titles(page, names), resources


def _with_titles(page, names):
    """Put titles where nbgrader's template says "Test cell", and where it shows an id."""
    for name, title in names.items():
        known, words = escape(name), as_html(title)
        page = page.replace(f'<a href="#{known}">Test cell</a>', f'<a href="#{known}">{words}</a>')
        shown = f'<span title="{known}">{words}</span>'
        page = page.replace(f"Grade cell: <code>{known}</code>", shown)
    return page

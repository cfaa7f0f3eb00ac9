#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a terminal shows, as a picture that follows the reader's choice of light or dark.

    tmux capture-pane -e -p | terminal.py > PICTURE.svg
"""

import re
import sys
from xml.sax.saxutils import escape

COLUMN, LINE, FONT, MARGIN, BAR = 8.43, 19, 14, 16, 30  # px
LIGHT = ['#24292f', '#cf222e', '#1a7f37', '#8a5a00', '#0969da', '#8250df', '#1b7c83', '#57606a']
DARK = ['#c9d1d9', '#ff7b72', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#b1bac4']
STYLE = re.compile(r'\x1b\[([\d;]*)m')


def change(style, codes):
    """The style after a sequence: colour 0 to 7 or None, bold, dim."""
    colour, bold, dim = style
    for code in (int(code or 0) for code in codes.split(';')):
        if code == 0:
            colour, bold, dim = None, False, False
        elif code in (1, 2):
            bold, dim = bold or code == 1, dim or code == 2
        elif code == 22:
            bold = dim = False
        elif 30 <= code <= 37:
            colour = code - 30
        elif 90 <= code <= 97:
            colour = code - 90
        elif code == 39:
            colour = None
    return colour, bold, dim


def pieces(line, style):
    """[(column, text, style)] of a line, and the style after it."""
    found, column, at = [], 0, 0
    for match in [*STYLE.finditer(line), None]:
        text = line[at:match.start() if match else len(line)]
        if text.strip():
            found.append((column + len(text) - len(text.lstrip()), text.strip(' '), style))
        column += len(text)
        if match:
            style, at = change(style, match[1]), match.end()
    return found, style


def rules(colours, ground, ink, frame):
    return (f'.ground{{fill:{ground};stroke:{frame}}}text{{fill:{ink}}}.dot{{fill:{frame}}}' +
            ''.join(f'.c{number}{{fill:{colour}}}' for number, colour in enumerate(colours)))


def draw(lines):
    width = 2 * MARGIN + COLUMN * max(len(STYLE.sub('', line)) for line in lines)
    height = 2 * MARGIN + BAR + LINE * len(lines)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
           f'viewBox="0 0 {width:.0f} {height}" role="img" aria-label="a terminal">',
           '<style>text{font-family:ui-monospace,"Cascadia Code","DejaVu Sans Mono",Menlo,Consolas,monospace;'
           f'font-size:{FONT}px;white-space:pre}}.bold{{font-weight:700}}.dim{{opacity:.65}}',
           rules(LIGHT, '#ffffff', '#24292f', '#d0d7de'),
           f'@media (prefers-color-scheme: dark){{{rules(DARK, "#161b22", "#e6edf3", "#3d444d")}}}', '</style>',
           f'<rect class="ground" x=".5" y=".5" width="{width - 1:.0f}" height="{height - 1}" rx="8"/>']
    out += [f'<circle class="dot" cx="{MARGIN + 6 + 20 * i}" cy="{BAR / 2 + 5}" r="6"/>' for i in range(3)]
    style = (None, False, False)
    for number, line in enumerate(lines):
        found, style = pieces(line, style)
        for column, text, (colour, bold, dim) in found:
            names = ' '.join(filter(None, (f'c{colour}' if colour is not None else '', 'bold' if bold else '',
                                           'dim' if dim else '')))
            out.append(f'<text x="{MARGIN + column * COLUMN:.1f}" y="{MARGIN + BAR + LINE * number + FONT}"'
                       f' textLength="{len(text) * COLUMN:.1f}"' + (f' class="{names}"' if names else '') +
                       f'>{escape(text)}</text>')
    return '\n'.join([*out, '</svg>', ''])


def main():
    lines = sys.stdin.read().rstrip('\n').split('\n')
    while lines and not STYLE.sub('', lines[-1]).strip():
        lines.pop()
    sys.stdout.write(draw(lines))


if __name__ == '__main__':
    main()

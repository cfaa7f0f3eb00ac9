#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every piece of code in the documentation does what it says.

    test_snippets.py BUILD_FOLDER MYRMEX [TEST…]

Takes the fenced blocks of each page in turn: C and Vala are compiled against the built library and run, Python and
JavaScript are run, JSON is a definition that `myrmex validate` takes, INI a configuration that `myrmex config` takes,
and sh is run with the built `myrmex` first on PATH. The blocks of a page share a folder, in which what one of them
leaves the next one finds; HOME is theirs alone.

A comment before a block tells what the text around it tells a reader:

    <!-- test: file NAME -->       it is kept as NAME for the blocks after it
    <!-- test: in NAME -->         it is a piece of `around/NAME`, whose line SNIPPET stands for it
    <!-- test: fails STATUS -->    it ends with that exit status
    <!-- test: output -->          it is what the block before it printed, but for the numbers
    <!-- test: window NAME -->     it is a GTK program, which shows itself until the file NAME is there
    <!-- test: bus -->             it is run on a bus of its own, where the service is started by who calls it
    <!-- test: of FILE -->         it is a part of FILE of the tree, which is tested where it is
    <!-- test: skip, WHY -->       it can not be tried

Several of them are apart by `;`. In an output `…` stands for anything.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parents[1]
sys.path.insert(0, str(TREE / 'tests' / 'tools'))
import tap  # noqa: E402

BUILD = pathlib.Path(sys.argv.pop(1))
MYRMEX = pathlib.Path(sys.argv.pop(1))

PAGES = [TREE / 'README.md', *sorted((TREE / 'lib' / 'docs').glob('*.md')),
         TREE / 'bindings' / 'python' / 'README.md', TREE / 'bindings' / 'gjs' / 'README.md']
FENCE = re.compile(r'^```(\w+)?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
ASIDE = re.compile(r'<!-- test: ([^\n]*) -->\n+\Z')
WAIT = 300  # seconds
# What a newcomer's shell has, and what they see: no block may need more.
PASSED_ON = ('PATH', 'LANG', 'TMPDIR', 'XDG_RUNTIME_DIR')
MOST_SKIPPED = 3
LARGEST_PICTURE = 200_000  # bytes


class Block:
    def __init__(self, page, match, number):
        text = page.read_text(encoding='utf-8')
        before = ASIDE.search(text, 0, match.start())
        self.language, self.text = match[1] or 'none', match[2]
        self.line = text.count('\n', 0, match.start()) + 1
        self.number = number
        self.aside = before[1] if before is not None else ''

    def told(self, word):
        """What follows @word in the comment; or None."""
        return self.asides().get(word)

    def asides(self):
        parts = [part.strip().partition(' ') for part in self.aside.split(';') if part.strip()]
        return {first.rstrip(','): rest for first, _, rest in parts}


def blocks_of(page):
    text = page.read_text(encoding='utf-8')
    return [Block(page, match, number) for number, match in enumerate(FENCE.finditer(text), 1)]


def loose(text):
    """A text without what differs from run to run and from machine to machine."""
    text = re.sub(r'\d+(\.\d+)?( (ms|s)\b)?', 'N', text)
    return '\n'.join(' '.join(line.split()) for line in text.strip().splitlines())


def is_like(text, shown):
    """Whether @text is what is @shown."""
    pattern = '.*?'.join(re.escape(part) for part in loose(shown).split('…'))
    return re.fullmatch(pattern, loose(text), re.DOTALL) is not None


class Page(unittest.TestCase):
    """The blocks of one page, in their order."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix='myrmex-docs-')
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name) / 'work'
        home = pathlib.Path(folder.name) / 'home'
        cls.folder.mkdir()
        home.mkdir()
        cls.environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        cls.environment |= {
            'PATH': f'{MYRMEX.parent}:/usr/bin:/bin', 'HOME': str(home), 'LC_ALL': 'C.UTF-8',
            'G_DEBUG': 'fatal-warnings', 'GSETTINGS_BACKEND': 'memory', 'GIO_USE_VFS': 'local',
            'PYTHONDONTWRITEBYTECODE': '1',
            'LD_LIBRARY_PATH': str(BUILD / 'lib'), 'GI_TYPELIB_PATH': str(BUILD / 'lib'),
            'PYTHONPATH': str(TREE / 'bindings' / 'python'), 'GJS_PATH': str(TREE / 'bindings' / 'gjs'),
            'PKG_CONFIG_PATH': str(BUILD / 'meson-uninstalled'),
        }
        cls.printed = None

    def run_words(self, *words, status=0, **options):
        process = subprocess.run([str(word) for word in words], cwd=self.folder, env=self.environment, text=True,
                                 stdin=subprocess.DEVNULL, capture_output=True, timeout=WAIT, check=False, **options)
        self.assertEqual(process.returncode, status, f'{process.stdout}{process.stderr}')
        return process.stdout + process.stderr

    def check(self, block):
        if block.told('skip') is not None:
            self.skipTest(block.told('skip'))
        if block.told('of') is not None:
            self.assertIn(block.text, (TREE / block.told('of')).read_text(encoding='utf-8'))
            return
        if block.told('output') is not None:
            self.assertIsNotNone(type(self).printed, 'nothing was run before')
            self.assertTrue(is_like(type(self).printed, block.text), f'it was\n{type(self).printed}')
            return

        text = block.text
        if block.told('in') is not None:
            around = (HERE / 'around' / block.told('in')).read_text(encoding='utf-8')
            indent, = re.findall(r'^( *)SNIPPET\n', around, re.MULTILINE)
            lines = [f'{indent}{line}' if line.strip() else line for line in text.splitlines(keepends=True)]
            text = around.replace(f'{indent}SNIPPET\n', ''.join(lines))
        if block.told('file') is not None:
            (self.folder / block.told('file')).write_text(text, encoding='utf-8')
        try_it = getattr(self, f'try_{block.language}', None)
        if try_it is None:
            self.assertIsNotNone(block.told('file'), f'line {block.line}: nobody knows how to try {block.language}')
            return
        type(self).printed = try_it(text, block)

    def write(self, block, ending, text):
        path = self.folder / (block.told('file') or f'block-{block.number}{ending}')
        path.write_text(text, encoding='utf-8')
        return path

    def around(self, block):
        """What the program of a block is run by."""
        if block.told('bus') is None:
            return []
        service = BUILD / 'dbus' / 'service' / 'myrmexd'
        if not service.exists():
            self.skipTest('the service is not built')
        return [sys.executable, '-B', TREE / 'tests' / 'service' / 'on_bus.py', service]

    def status_of(self, block):
        return int(block.told('fails') or 0)

    def try_c(self, text, block):
        packages = ['myrmex-1']
        if '<gtk/gtk.h>' in text:
            packages.append('gtk4')
            if subprocess.run(['pkg-config', '--exists', 'gtk4'], check=False).returncode != 0:
                self.skipTest('GTK 4 is not installed (libgtk-4-dev)')
        source = self.write(block, '.c', text)
        flags = self.run_words('pkg-config', '--cflags', '--libs', *packages).split()
        self.run_words('cc', '-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror', '-o', source.with_suffix(''),
                       source, *flags, f'-Wl,-rpath,{BUILD / "lib"}')
        if block.told('window') is not None:
            return self.show(block, [source.with_suffix('')])
        return self.run_words(source.with_suffix(''), status=self.status_of(block))

    def try_python(self, text, block):
        if 'gi.repository' in text and self.run_shell('/usr/bin/python3 -c "import gi"') != 0:
            self.skipTest('PyGObject is not installed (python3-gi)')
        return self.run_words(*self.around(block), '/usr/bin/python3', self.write(block, '.py', text),
                              status=self.status_of(block))

    def try_vala(self, text, block):
        if shutil.which('valac') is None or not (BUILD / 'lib' / 'myrmex-1.vapi').exists():
            self.skipTest('valac is not installed, or the vapi not built')
        source = self.write(block, '.vala', text)
        self.run_words('valac', '--vapidir', BUILD / 'lib', '--pkg', 'gio-2.0', '--pkg', 'myrmex-1', '-X', '-w',
                       '-X', f'-Wl,-rpath,{BUILD / "lib"}', '-o', source.with_suffix('').name, source)
        return self.run_words(source.with_suffix(''), status=self.status_of(block))

    def try_js(self, text, block):
        if shutil.which('gjs') is None:
            self.skipTest('gjs is not installed')
        source = self.write(block, '.js', text)
        if block.told('window') is not None:
            if self.run_shell("gjs -c \"imports.gi.versions.Gtk = '4.0'; imports.gi.Gtk\"") != 0:
                self.skipTest('GTK 4 is not there for GJS (gir1.2-gtk-4.0)')
            return self.show(block, [*self.around(block), 'gjs', '-m', source])
        return self.run_words(*self.around(block), 'gjs', '-m', source, status=self.status_of(block))

    def run_shell(self, script):
        return subprocess.run(['sh', '-c', script], cwd=self.folder, env=self.environment, check=False,
                              capture_output=True, timeout=WAIT).returncode

    def try_sh(self, text, block):
        return self.run_words(*self.around(block), 'sh', '-e', self.write(block, '.sh', text),
                              status=self.status_of(block))

    def try_ini(self, text, block):
        """It is a configuration, which the command takes."""
        place = pathlib.Path(self.environment['HOME'], '.config', 'myrmex', 'myrmex.conf')
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding='utf-8')
        try:
            return self.run_words(MYRMEX, 'config', status=self.status_of(block))
        finally:
            place.unlink()

    def try_json(self, text, block):
        return self.run_words(MYRMEX, 'validate', self.write(block, '.json', text), status=self.status_of(block))

    def show(self, block, words):
        """Shows a program's window where there is a display for tests, until it has done what it does."""
        if shutil.which('xvfb-run') is None:
            self.skipTest('xvfb-run is not installed (xvfb)')
        done = self.folder / block.told('window')
        environment = self.environment | {'GDK_BACKEND': 'x11', 'GSK_RENDERER': 'cairo', 'GTK_A11Y': 'none'}
        process = subprocess.Popen(['xvfb-run', '-a', *map(str, words)], cwd=self.folder, env=environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, start_new_session=True)
        try:
            deadline = time.monotonic() + WAIT
            while not done.exists():
                self.assertIsNone(process.poll(), process.stdout.read() if process.poll() is not None else '')
                self.assertLess(time.monotonic(), deadline, f'{done.name} did not come')
                time.sleep(0.05)
            self.assertIsNone(process.poll(), 'the window was closed')
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=WAIT)
        done.unlink()
        return ''


def add_block(case, block):
    setattr(case, f'test_{block.number:02}_{block.language}_line_{block.line}', lambda self: self.check(block))


def add_pages():
    for page in PAGES:
        name = re.sub(r'\W', '_', str(page.relative_to(TREE).with_suffix('')))
        case = type(name, (Page,), {'__module__': __name__, '__doc__': f'{page.relative_to(TREE)}'})
        for block in blocks_of(page):
            add_block(case, block)
        globals()[name] = case


class Skipped(unittest.TestCase):
    def test_few_are_skipped(self):
        skipped = [f'{page.name}:{block.line}' for page in PAGES for block in blocks_of(page)
                   if block.told('skip') is not None]
        self.assertLessEqual(len(skipped), MOST_SKIPPED, skipped)

    def test_links_lead_somewhere(self):
        """To files of the tree, and from page to page of the reference, which are called by their slugs."""
        for page in PAGES:
            text = FENCE.sub('', page.read_text(encoding='utf-8'))
            for target in re.findall(r'\]\(([^)#]+)', text):
                if '://' in target or target == 'index.html':
                    continue
                with self.subTest(f'{page.name}: {target}'):
                    path = page.parent / re.sub(r'\.html$', '.md', target)
                    self.assertTrue(path.exists())
                    self.assertLess(path.stat().st_size, LARGEST_PICTURE)

    def test_every_comment_is_understood(self):
        words = {'file', 'in', 'fails', 'output', 'window', 'bus', 'of', 'skip'}
        for page in PAGES:
            for block in blocks_of(page):
                with self.subTest(f'{page.name}:{block.line}'):
                    self.assertLessEqual(set(block.asides()), words)
            text = page.read_text(encoding='utf-8')
            self.assertEqual(text.count('<!-- test:'), sum(block.aside != '' for block in blocks_of(page)), page)


add_pages()


if __name__ == '__main__':
    tap.main()

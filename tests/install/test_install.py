#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is installed is enough, and is used by pkg-config, the compilers and the languages alone.

    test_install.py BUILD_FOLDER
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'tools'))
import tap  # noqa: E402

BUILD = pathlib.Path(os.environ['MYRMEX_BUILD_ROOT'])
PREFIX = os.environ['MYRMEX_PREFIX']
PACKAGE = 'myrmex-1'
STRICT = ['-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror', '-pedantic-errors', '-fsyntax-only']


def run(*command, **options):
    """The output of a command that ends well; otherwise what it said is the failure."""
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f'{command[0]} ended with {done.returncode}\n{done.stdout}{done.stderr}')
    return done.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='myrmex-install-')
        cls.addClassCleanup(cls.folder.cleanup)
        root = pathlib.Path(cls.folder.name)
        run('meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', root)
        cls.prefix = pathlib.Path(f'{root}{PREFIX}')
        cls.pc, = cls.prefix.rglob(PACKAGE + '.pc')
        cls.relocate(cls.pc)
        cls.library, = cls.prefix.rglob(f'lib{PACKAGE}.so')
        cls.headers = cls.prefix / 'include' / PACKAGE
        cls.work = root / 'work'
        cls.work.mkdir()

    @classmethod
    def relocate(cls, path):
        """It was installed into another place than it was built for: that alone is changed."""
        first, rest = path.read_text(encoding='utf-8').split('\n', 1)
        if first != f'prefix={PREFIX}':
            raise AssertionError(f'{path.name} begins with {first}')
        path.write_text(f'prefix={cls.prefix}\n{rest}', encoding='utf-8')

    def setUp(self):
        self.environment = {
            **os.environ,
            'PKG_CONFIG_PATH': str(self.pc.parent),
            'LD_LIBRARY_PATH': str(self.library.parent),
            'GI_TYPELIB_PATH': str(self.library.parent / 'girepository-1.0'),
            'XDG_DATA_DIRS': f'{self.prefix / "share"}:/usr/local/share:/usr/share',
            'G_DEBUG': 'fatal-warnings',
        }
        for name in ('GJS_PATH', 'PYTHONPATH'):
            self.environment.pop(name, None)

    def pkg_config(self, *arguments):
        return run('pkg-config', *arguments, PACKAGE, env=self.environment).split()

    def compile_c(self, text, *arguments, compiler='cc', suffix='.c'):
        source = self.work / f'source{suffix}'
        source.write_text(text, encoding='utf-8')
        run(*os.environ.get(compiler.upper(), compiler).split(), *arguments, source, *self.pkg_config('--cflags'),
            env=self.environment)

    def public_headers(self):
        """All but the one that includes the others, as they are included."""
        return sorted(str(path.relative_to(self.headers)) for path in self.headers.rglob('*.h')
                      if path.name != 'myrmex.h')

    def test_pkg_config(self):
        self.assertEqual(self.pkg_config('--modversion'), [os.environ['MYRMEX_VERSION']])
        run('pkg-config', '--validate', PACKAGE, env=self.environment)
        self.assertEqual(self.pkg_config('--print-requires'), ['gobject-2.0', 'gio-2.0'])
        self.assertIn(f'-I{self.headers}', self.pkg_config('--cflags'))
        self.assertIn(f'-l{PACKAGE}', self.pkg_config('--libs'))

    def test_example(self):
        if shutil.which('curl') is None:
            self.skipTest('curl is missing')
        program = self.work / 'example'
        (self.work / 'remote').mkdir()
        (self.work / 'remote' / 'words.txt').write_text('one two three\n', encoding='utf-8')
        run(*os.environ.get('CC', 'cc').split(), '-std=gnu99', '-Wall', '-Werror', '-o', program, HERE / 'example.c',
            *self.pkg_config('--cflags', '--libs'), env=self.environment)

        output = run(program, (self.work / 'remote' / 'words.txt').as_uri(), cwd=self.work, env=self.environment)
        self.assertEqual(output.splitlines(), ['[workflow] started', '[fetch_data] completed', '[process] completed',
                                               '[workflow] completed', '3 words'])

    def test_strict_c(self):
        self.compile_c('#include <myrmex.h>\nint x;\n', '-std=c99', *STRICT)
        self.compile_c('#include <myrmex.h>\nint x;\n', '-std=c11', *STRICT)

    def test_strict_cpp(self):
        if shutil.which('c++') is None:
            self.skipTest('a C++ compiler is missing')
        self.compile_c('#include <myrmex.h>\nint x;\n', '-std=c++11', *STRICT, compiler='c++', suffix='.cpp')

    def test_each_header_stands_alone(self):
        self.assertGreater(len(self.public_headers()), 15)
        for header in self.public_headers():
            with self.subTest(header):
                self.compile_c(f'#define MYRMEX_INSIDE\n#include <{header}>\nint x;\n', '-std=c99', *STRICT)

    def test_no_header_is_included_directly(self):
        for header in self.public_headers():
            if re.search(r'version|enum-types', header):
                continue
            with self.subTest(header), self.assertRaisesRegex(AssertionError, 'Only <myrmex.h> can be included'):
                self.compile_c(f'#include <{header}>\nint x;\n', '-fsyntax-only')

    def test_headers_are_complete(self):
        text = (self.headers / 'myrmex.h').read_text(encoding='utf-8')
        self.assertEqual(sorted(re.findall(r'#include "(.*)"', text)), self.public_headers())
        self.assertEqual([name for name in self.public_headers() if 'private' in name], [])

    def test_nothing_tells_of_the_build_folder(self):
        for path in self.prefix.rglob('*'):
            if path.is_file() and path.suffix in {'.pc', '.h', '.vapi', '.deps', '.json', '.js', '.py', '.service'}:
                with self.subTest(path.name):
                    self.assertNotIn(str(BUILD), path.read_text(encoding='utf-8'))

    def test_soname(self):
        output = run('readelf', '--dynamic', self.library)
        self.assertIn(f'[lib{PACKAGE}.so.0]', output)
        for needed in re.findall(r'NEEDED.*\[(.*)\]', output):
            self.assertRegex(needed, r'^(lib(c|m|glib-2\.0|gobject-2\.0|gio-2\.0|sqlite3|asan|ubsan)\.so|ld-linux)')

    def test_gjs(self):
        gjs = shutil.which('gjs-console') or shutil.which('gjs')
        if gjs is None or not (self.library.parent / 'girepository-1.0').exists():
            self.skipTest('gjs or the typelib is missing')
        script = self.work / 'script.js'
        script.write_text("import Myrmex from 'gi://Myrmex';\n"
                          "const workflow = new Myrmex.Workflow({name: 'installed'});\n"
                          "print((await workflow.addTask({name: 'a', action: async () => 42}).run()).a.value);\n",
                          encoding='utf-8')
        self.assertEqual(run(gjs, '-m', script, env=self.environment), '42\n')

    def test_vala(self):
        vapi = self.prefix / 'share' / 'vala' / 'vapi'
        if shutil.which('valac') is None or not vapi.exists():
            self.skipTest('valac or the vapi is missing')
        program = self.work / 'vala-example'
        flags = [word for flag in self.pkg_config('--cflags', '--libs') for word in ('-X', flag)]
        run('valac', '--quiet', '--vapidir', vapi, '--pkg', PACKAGE, '-X', '-w', *flags, '-o', program,
            HERE / 'example.vala', env=self.environment, cwd=self.work)
        self.assertEqual(run(program, env=self.environment), '42\n')


if __name__ == '__main__':
    tap.main()

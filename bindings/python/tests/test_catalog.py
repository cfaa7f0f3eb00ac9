# SPDX-License-Identifier: LGPL-2.1-or-later
"""What there is to run: the catalog, folders of scripts, parts of workflows, and what actions tell of their keys."""

import json
import os
import pathlib
import tempfile
import unittest

from gi.repository import Gio, GLib, Myrmex
from gi.repository.Myrmex import Workflow

import tap


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='myrmex-catalog-')
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content, mode=0o644):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding='utf-8')
        path.chmod(mode)
        return path

    def definition(self, name, **more):
        return self.write(name, {'myrmex': 1, 'tasks': {'a': {'shell': 'echo a', 'tags': ['t']}}, **more})

    def catalog(self):
        catalog = Myrmex.Catalog()
        catalog.add_folder(str(self.folder))
        return catalog


class TestCatalog(Case):
    def test_list(self):
        good = self.definition('good.json', description='Good', parameters={'n': {'type': 'integer', 'default': 3}})
        self.write('bad.json', '{ "myrmex": 1, "tusks": {} }')
        catalog = self.catalog()
        self.assertTrue(catalog.load(None))
        self.assertEqual([entry.get_name() for entry in catalog], ['bad', 'good'])

        bad, entry = catalog
        self.assertTrue(bad.is_broken())
        self.assertEqual(bad.get_diagnostics()[0].to_string(),
                         f'{self.folder}/bad.json:1:1: The key “tasks” is missing; it has the tasks by their names')
        self.assertEqual((entry.props.path, entry.props.description, entry.props.n_tasks), (str(good), 'Good', 1))
        self.assertEqual(entry.get_tags(), ['t'])
        self.assertEqual(entry.get_parameters().unpack()['n']['default'], 3)
        self.assertEqual(entry.load(None).run()['a'].value, 'a')

    def test_not_found(self):
        self.definition('build.json')
        catalog = self.catalog()
        catalog.load(None)
        self.assertEqual(catalog.find('build').get_name(), 'build')
        with self.assertRaisesRegex(GLib.Error, '“biuld”; did you mean “build”'):
            catalog.find('biuld')

    def test_without_waiting(self):
        self.definition('a.json')
        catalog = self.catalog()
        loop = GLib.MainLoop()
        changes, ends = [], []
        catalog.connect('items-changed', lambda catalog, *change: changes.append(change))

        def loaded(catalog, result):
            ends.append(catalog.load_finish(result))
            loop.quit()

        catalog.load_async(None, loaded)
        self.assertTrue(catalog.is_loading())
        loop.run()
        self.assertEqual((changes, ends, catalog.get_n_items()), ([(0, 0, 1)], [True], 1))

    def test_cancelled(self):
        catalog = self.catalog()
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        with self.assertRaises(GLib.Error) as caught:
            catalog.load(cancellable)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))


class TestScripts(Case):
    def test_run(self):
        self.write('one.sh', '#!/bin/sh\necho one\n', 0o755)
        self.write('two.sh', '#!/bin/sh\nexit 3\n', 0o755)
        self.write('notes.txt', 'x')
        self.write('myrmex-scripts.json', {'defaults': {'output': 'text'},
                                           'scripts': {'two.sh': {'allowed_exit_codes': [3]}}})
        workflow = Workflow.new_from_scripts(str(self.folder), None)
        self.assertIsInstance(workflow, Workflow)
        self.assertEqual(workflow.run()['one.sh'].value, 'one')

        told, again = Myrmex.scripts_check(str(self.folder), None)
        self.assertEqual(again.get_n_tasks(), 2)
        self.assertEqual([(each.get_line(), each.get_message()) for each in told],
                         [(0, 'left out: it is not executable')])

    def test_nothing(self):
        with self.assertRaisesRegex(GLib.Error, 'There is no executable script in'):
            Workflow.new_from_scripts(str(self.folder), None)


class TestSelect(unittest.TestCase):
    def test_functions(self):
        """A part has the functions of the whole, also when nobody else has the whole any more."""
        ran = []
        workflow = Workflow('w')
        workflow.add_task('a', lambda: ran.append('a'))
        workflow.add_task('b', lambda context: ran.append('b') or list(context.results), dependencies=['a'], tags=['t'])
        workflow.add_task('c', lambda: ran.append('c'))
        part = workflow.select(None, ['t'], None)
        skipping = workflow.select(['b', 'c'], None, ['a'])
        del workflow
        self.assertEqual(part.run()['b'].value, ['a'])
        self.assertEqual(ran, ['a', 'b'])
        results = skipping.run()
        self.assertEqual([results[name].success for name in 'abc'], [False, False, True])
        self.assertEqual(ran, ['a', 'b', 'c'])

    def test_nothing_matches(self):
        with self.assertRaisesRegex(GLib.Error, 'No task of “w” matches “x”'):
            Workflow('w').select(['x'], None, None)


class TestDocumentation(unittest.TestCase):
    def test_described(self):
        command = Myrmex.Action.type_describe('command').unpack()
        self.assertEqual([key['name'] for key in command['keys']],
                         ['command', *Myrmex.Action.type_dup_keys('command')])
        self.assertTrue(all(key['description'].endswith('.') for key in command['keys']))


if __name__ == '__main__':
    os.environ.setdefault('G_DEBUG', 'fatal-warnings')
    tap.main()

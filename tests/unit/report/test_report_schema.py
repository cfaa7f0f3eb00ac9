#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The published schema of JSON reports and what the library writes agree."""

import json
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / 'tests' / 'tools'))

import tap  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMA = ROOT / 'data' / 'schema' / 'myrmex-report-1.schema.json'
REPORT = ROOT / 'tests' / 'fixtures' / 'report' / 'small.json'


@unittest.skipIf(jsonschema is None, 'python3-jsonschema is not installed')
class ReportSchema(unittest.TestCase):
    def setUp(self):
        self.schema = json.loads(SCHEMA.read_text(encoding='utf-8'))
        self.report = json.loads(REPORT.read_text(encoding='utf-8'))
        self.validator = jsonschema.Draft202012Validator(self.schema)

    def test_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(self.schema)

    def test_report_is_valid(self):
        self.assertEqual([error.message for error in self.validator.iter_errors(self.report)], [])

    def test_every_key_is_described(self):
        self.assertLessEqual(set(self.report), set(self.schema['properties']))
        described = set(self.schema['$defs']['task']['properties'])
        for task in self.report['tasks']:
            self.assertLessEqual(set(task), described)

    def test_wrong_ones_are_refused(self):
        for change in ({'status': 'done'}, {'elapsed': -1}, {'started': 'yesterday'}, {'tasks': {}}, {'bound': {}}):
            self.assertFalse(self.validator.is_valid(self.report | change), change)


if __name__ == '__main__':
    tap.main()

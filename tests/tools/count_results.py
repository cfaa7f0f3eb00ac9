#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the tests of one or more passes of `meson test`, and says so in one line.

    count_results.py FOLDER

FOLDER holds a folder for each pass, as tests/run leaves it:

    log.json      what each test program did (meson's testlog.json: one object a line)
    tests.json    how each speaks (meson's intro-tests.json)
    expected.txt  the names that `meson test --list` gave for this pass
    exit          the exit status of `meson test`; `build` where it never came to that
    reports/      what the sanitizers wrote; may be absent

Meson's own totals count programs, and its JUnit file leaves out crashes, so the TAP of each program is
read here again. A test is one TAP line, or one program that speaks no TAP. The same test in two passes
counts once, and its worst result counts.

Each of these is a failure: a `not ok`; a planned test that did not run; a program that crashed, timed
out, bailed out, planned nothing without saying why, said nothing, or was chosen and never ran; a
sanitizer's report; a pass that itself went wrong with nothing else to show for it.
"""

import json
import pathlib
import re
import sys

PASSED, SKIPPED, FAILED = 'passed', 'skipped', 'failed'
RANK = {SKIPPED: 0, PASSED: 1, FAILED: 2}

PLAN = re.compile(r'1\.\.(\d+)(?:\s*#\s*(skip)\S*\s*(.*))?', re.IGNORECASE)
TEST = re.compile(r'(not )?ok\b\s*(\d+)?\s*(?:- )?((?:[^#\\]|\\.)*)(?:#\s*(skip|todo)\S*\s*(.*))?',
                  re.IGNORECASE)
BAIL_OUT = re.compile(r'Bail out!\s*(.*)')

# What meson calls the result of a program that speaks no TAP.
PLAIN_RESULTS = {'OK': PASSED, 'EXPECTEDFAIL': PASSED, 'SKIP': SKIPPED}


def read_tap(text):
    """Reads the TAP in @text: a list of (name, result, why), and what else is wrong, as a list of texts."""
    tests, problems = [], []
    planned = None
    all_skipped = False
    for line in text.splitlines():
        if match := TEST.fullmatch(line.rstrip()):
            not_ok, number, name, directive, why = match.groups()
            directive = (directive or '').lower()
            if directive == 'skip' and not not_ok:
                result = SKIPPED
            elif directive == 'todo':
                # A failure that was foretold is no failure; a success that was not is one.
                result = SKIPPED if not_ok else FAILED
            else:
                result = FAILED if not_ok else PASSED
            tests.append((name.strip() or f'test {number or len(tests) + 1}', result, why or ''))
        elif match := PLAN.fullmatch(line.rstrip()):
            if planned is not None:
                problems.append('it has two plans')
                continue
            planned = int(match[1])
            if match[2] and planned == 0:
                all_skipped = True
                tests.append(('(all of it)', SKIPPED, match[3] or ''))
        elif match := BAIL_OUT.match(line):
            problems.append(f'it bailed out: {match[1]}')
    ran = len(tests)
    if planned is None:
        problems.append('it has no plan' if ran > 0 else 'it ran no tests')
    elif all_skipped:
        if ran > 1:
            problems.append('it ran tests although its plan skips them all')
    elif planned == 0:
        problems.append('it planned no tests')
    elif ran > planned:
        problems.append(f'it planned {planned} tests and ran {ran}')
    elif ran < planned:
        tests += [(f'(planned test {n})', FAILED, 'it did not run') for n in range(ran + 1, planned + 1)]
    return tests, problems


def read_program(entry, speaks_tap):
    """What one line of meson's log is worth: a list of (name, result, why)."""
    meson_result = entry['result']
    status = entry.get('returncode')
    if not speaks_tap:
        result = PLAIN_RESULTS.get(meson_result, FAILED)
        return [('', result, f'{meson_result}, exit status {status}' if result == FAILED else '')]
    tests, problems = read_tap(entry.get('stdout') or '')
    failed = any(result == FAILED for _, result, _ in tests)
    if meson_result == 'TIMEOUT':
        problems.insert(0, 'it took longer than it may')
    elif status is not None and status < 0:
        problems.insert(0, f'signal {-status} ended it')
    elif status != 0 and not failed:
        # A program whose tests failed says so again by its exit status.
        problems.insert(0, f'exit status {status}')
    elif meson_result not in ('OK', 'SKIP') and not failed and not problems:
        problems.append(meson_result)
    if problems:
        tests.append(('(the program)', FAILED, '; '.join(problems)))
    return tests


def program_name(test):
    """The name that meson's log gives to @test, an element of intro-tests.json, where there are suites."""
    if not test['suite']:
        return test['name']
    project = test['suite'][0].split(':', 1)[0]
    suites = '+'.join(suite.partition(':')[2] for suite in test['suite'])
    return f'{project}:{suites} / {test["name"]}' if suites else f'{project} / {test["name"]}'


def read_lines(path):
    try:
        return path.read_text(encoding='utf-8', errors='replace').splitlines()
    except FileNotFoundError:
        return []


def read_pass(folder):
    """All of one pass: a list of (program, name, result, why)."""
    protocols = {}
    for test in json.loads((folder / 'tests.json').read_text(encoding='utf-8')):
        protocols[program_name(test)] = protocols[test['name']] = test['protocol']
    found, ran = [], set()
    for line in read_lines(folder / 'log.json'):
        entry = json.loads(line)
        program = entry['name']
        ran.add(program)
        found += [(program, *test) for test in read_program(entry, protocols.get(program) == 'tap')]
    for program in read_lines(folder / 'expected.txt'):
        if program and program not in ran:
            found.append((program, '(the program)', FAILED, 'it was chosen and did not run'))
    reports = folder / 'reports'
    for report in sorted(reports.iterdir()) if reports.is_dir() else []:
        found.append(('sanitizers', report.name, FAILED, f'a report, which is in {report}'))
    status = (folder / 'exit').read_text(encoding='utf-8').strip()
    if status != '0' and all(result != FAILED for _, _, result, _ in found):
        why = 'it does not build' if status == 'build' else f'meson test ended with status {status}'
        found.append((folder.name, '(the pass)', FAILED, why))
    return found


def merge(passes):
    """Makes one of several @passes, by label: (program, name, n-th of that name) to (result, why, label)."""
    merged = {}
    for label, found in passes.items():
        seen = {}
        for program, name, result, why in found:
            seen[program, name] = seen.get((program, name), 0) + 1
            key = (program, name, seen[program, name])
            if key not in merged or RANK[result] > RANK[merged[key][0]]:
                merged[key] = (result, why, label)
    return merged


def main(folder):
    passes = {path.name: read_pass(path) for path in sorted(pathlib.Path(folder).iterdir()) if path.is_dir()}
    merged = merge(passes)
    counts = dict.fromkeys(RANK, 0)
    lines = {SKIPPED: [], FAILED: []}
    for (program, name, _), (result, why, label) in merged.items():
        counts[result] += 1
        if result in lines:
            text = f'{result}: {program}' + (f': {name}' if name else '') + (f': {why}' if why else '')
            lines[result].append(f'{text} [{label}]')
    for line in lines[SKIPPED] + lines[FAILED]:
        print(line)
    if not merged:
        print('No test ran.')
    print(f'{counts[PASSED]} passed, {counts[FAILED]} failed, {counts[SKIPPED]} skipped')
    return 0 if counts[FAILED] == 0 and counts[PASSED] > 0 else 1


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: count_results.py FOLDER')
    sys.exit(main(sys.argv[1]))

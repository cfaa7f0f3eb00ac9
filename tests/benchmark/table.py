#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Puts the rows that the benchmarks printed into one table, and says which budgets were missed.

    table.py BUILD/meson-logs/benchmark.json

after `meson test --benchmark --logbase benchmark -C BUILD`. A benchmark that failed, or printed no row, is told below
the table.
"""

import json
import platform
import os
import sys

HEADER = ('| what | Myrmex | peer, in the same run | ratio | budget | |', '|---|---|---|---|---|---|')


def main(path):
    rows, silent = [], []
    with open(path, encoding='utf-8') as log:
        for line in log:
            result = json.loads(line)
            found = [row for row in (result.get('stdout') or '').splitlines() if row.startswith('| ')]
            rows += found
            if result['result'] != 'OK' or not found:
                silent.append(f"{result['name']}: {result['result']}" + ('' if found else ', no row'))

    print(f'{platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[2]:.1f}\n')
    print(*HEADER, *rows, sep='\n')
    missed = sum('**missed' in row for row in rows)
    print(f'\n{len(rows)} rows, {missed} budgets missed.')
    for name in silent:
        print(f'Not in the table: {name}')
    return 0 if rows else 1


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a Python task costs, all in: adding it, running it, reading its result.

    benchmark.py [TASKS]

Beside it the same number of calls through concurrent.futures and asyncio, which know nothing of dependencies,
results by name, retries or status. Prints microseconds a task, of the wall clock and of the processors; the best of
three, since a machine has other things to do.
"""

import asyncio
import concurrent.futures
import sys
import time

from gi.repository.Myrmex import Workflow


def nothing():
    return None


def number():
    return 1


def look(context):
    return context.attempt


def add_up(context):
    return sum(result.value for result in context.results.values())


async def coroutine():
    return None


def wide(action):
    def run(count):
        workflow = Workflow('wide')
        for index in range(count):
            workflow.add_task(f't{index}', action)
        results = workflow.run()
        return [result.value for result in results.values()]

    return run


def chain(action):
    def run(count):
        workflow = Workflow('chain').add_task('t0', number)
        for index in range(1, count):
            workflow.add_task(f't{index}', action, [f't{index - 1}'])
        results = workflow.run()
        return [result.value for result in results.values()]

    return run


def executor(workers):
    def run(count):
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            return [future.result() for future in [pool.submit(nothing) for _ in range(count)]]

    return run


def awaited(count):
    async def main():
        workflow = Workflow('awaited')
        for index in range(count):
            workflow.add_task(f't{index}', coroutine)
        return [result.value for result in (await workflow).values()]

    return asyncio.run(main())


def gathered(count):
    async def main():
        return await asyncio.gather(*(asyncio.create_task(coroutine()) for _ in range(count)))

    return asyncio.run(main())


CASES = (
    ('functions, wide', wide(nothing)),
    ('functions, wide, with a value', wide(number)),
    ('functions, wide, with the context', wide(look)),
    ('functions, chain', chain(nothing)),
    ('functions, chain of results', chain(add_up)),
    ('ThreadPoolExecutor(1)', executor(1)),
    ('ThreadPoolExecutor(2)', executor(2)),
    ('ThreadPoolExecutor()', executor(None)),
    ('coroutines', awaited),
    ('asyncio.gather', gathered),
)


def measure(run, count):
    wall, busy = time.perf_counter(), time.process_time()
    if len(run(count)) != count:
        raise AssertionError
    return (time.perf_counter() - wall) / count * 1e6, (time.process_time() - busy) / count * 1e6


def main(count):
    print(f'{count} tasks, µs each{"":19}wall   processors')
    for name, run in CASES:
        measure(run, min(count, 100))
        best = [min(times) for times in zip(*(measure(run, count) for _ in range(3)))]
        print(f'{name:36}{best[0]:8.1f} {best[1]:12.1f}', flush=True)


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10000)

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a Python task costs, all in: adding it, running it, reading its result.

    benchmark.py [TASKS]

Beside it the same number of calls through concurrent.futures and asyncio, which know nothing of dependencies,
results by name, retries or status. Prints rows of the table that tests/benchmark/table.py puts together; the best of
three rounds, in which all have their turn, since a machine has other things to do.
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


FUTURES = ('concurrent.futures', executor(2))
CASES = (
    ('Python functions, wide', wide(nothing), FUTURES),
    ('- wide, with a value', wide(number), FUTURES),
    ('- wide, with the context', wide(look), FUTURES),
    ('- chain', chain(nothing), FUTURES),
    ('- chain of results', chain(add_up), FUTURES),
    ('Python coroutines, wide', awaited, ('asyncio', gathered)),
)


def measure(run, count):
    begin = time.perf_counter()
    if len(run(count)) != count:
        raise AssertionError
    return (time.perf_counter() - begin) / count * 1e6


def main(count):
    for name, run, (peer_name, peer) in CASES:
        measure(run, min(count, 100))
        rounds = [(measure(run, count), measure(peer, count)) for _ in range(3)]
        ours, theirs = (min(times) for times in zip(*rounds))
        print(f'| {name} | {ours:.1f} µs a task | {peer_name} {theirs:.1f} µs a task | {ours / theirs:.2f} | | |',
              flush=True)


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10000)

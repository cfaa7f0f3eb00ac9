# SPDX-License-Identifier: LGPL-2.1-or-later
"""Coroutines in the loop of the program, and a plain function beside them."""

import asyncio

from gi.repository.Myrmex import Workflow


async def main():
    gate = asyncio.Event()

    async def wait_for_gate():
        await gate.wait()
        return 'open'

    async def open_gate():
        gate.set()

    workflow = Workflow('gate')
    workflow.add_task('wait', wait_for_gate)
    workflow.add_task('open', open_gate)
    workflow.add_task('sum', lambda: sum(range(10)))
    results = await workflow
    print(results['wait'].value, results['sum'].value)


asyncio.run(main())

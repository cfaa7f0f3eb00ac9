// SPDX-License-Identifier: LGPL-2.1-or-later
// What is thrown in a task reaches whoever awaits the run, and ends a script that does not look at it.
import Myrmex from 'gi://Myrmex';

await new Myrmex.Workflow({ name: 'fails' })
  .addTask({
    name: 'bad',
    action: () => {
      throw new RangeError('out of it');
    },
  })
  .run();
print('not reached');

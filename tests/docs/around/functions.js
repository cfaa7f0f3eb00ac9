// SPDX-License-Identifier: LGPL-2.1-or-later
async function fetchData() {
  return [3, 1, 2];
}
const [fetchIt, parse] = [fetchData, value => value.length];

SNIPPET
if (results.process.value !== 3)
  throw new Error('process');

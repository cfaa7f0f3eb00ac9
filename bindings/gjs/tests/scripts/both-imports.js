// SPDX-License-Identifier: LGPL-2.1-or-later
// gi://Myrmex and imports.gi.Myrmex are the same.
import Myrmex from 'gi://Myrmex';

print(imports.gi.Myrmex === Myrmex);
print(typeof imports.gi.Myrmex.Workflow.prototype.addTask);

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A type of action of one's own, and a definition that uses it."""

from gi.repository.Myrmex import Action, DefinitionError, Workflow


class Shout(Action):
    def do_prepare(self):
        if not isinstance(self.spec['example.shout'], str):
            raise ValueError('“example.shout” must be a string')

    async def do_start(self, context):
        return context.input['example.shout'].upper() + '!' * context.input.get('volume', 1)


Shout.register('example.shout', keys=['volume'], description='Says it louder')

DEFINITION = """{
  "myrmex": 1,
  "name": "greeting",
  "tasks": {
    "name":  { "command": ["echo", "Ada"] },
    "greet": { "example.shout": "hello ${{ tasks.name.value }}", "volume": 3, "dependencies": ["name"] }
  }
}"""

print(Workflow.from_json(DEFINITION).run()['greet'].value)
try:
    Workflow.from_json(DEFINITION.replace('"hello ', '["hello"], "depend": "'), filename='greeting.json')
except DefinitionError as error:
    print(error)

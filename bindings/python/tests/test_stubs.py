# SPDX-License-Identifier: LGPL-2.1-or-later
"""The type stubs tell of everything that is there, with the names that it has, and it is all documented."""

import ast
import enum
import inspect
import pathlib
import unittest

from gi.repository import Myrmex

import gi.overrides.Myrmex as overrides

import tap

STUBS = pathlib.Path(__file__).resolve().parents[1] / 'gi-stubs' / 'repository' / 'Myrmex.pyi'

# What makes an object behave as one of Python's.
PROTOCOL = ('__len__', '__getitem__', '__contains__', '__iter__', '__await__', '__bool__')


def parameters_of_stub(function):
    arguments = function.args
    names = [argument.arg for argument in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
    names += [argument.arg for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return [name for name in names if name not in ('self', 'cls')]


def parameters_of(function):
    parameters = list(inspect.signature(function).parameters.values())
    order = {inspect.Parameter.VAR_POSITIONAL: 1, inspect.Parameter.VAR_KEYWORD: 2}
    parameters.sort(key=lambda parameter: order.get(parameter.kind, 0))
    return [parameter.name for parameter in parameters if parameter.name not in ('self', 'cls')]


def plain(member):
    return member.__func__ if isinstance(member, (classmethod, staticmethod)) else member


class TestStubs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        tree = ast.parse(STUBS.read_text(encoding='utf-8'))
        cls.classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        cls.functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}

    def members_of_stub(self, name):
        members = {}
        for node in self.classes[name].body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                members.setdefault(node.name, node)
            elif isinstance(node, ast.AnnAssign):
                members[node.target.id] = node
            elif isinstance(node, ast.Assign):
                members[node.targets[0].id] = node
        return members

    def public_members(self, kind):
        for name, member in vars(kind).items():
            if (not name.startswith('_') or name in PROTOCOL) and not name.startswith('do_'):
                yield name, member

    def test_every_name(self):
        for name in overrides.__all__:
            member = getattr(Myrmex, name)
            self.assertIs(member, getattr(overrides, name))
            self.assertIn(name, self.classes if isinstance(member, type) else self.functions)

    def test_members(self):
        for class_name in overrides.__all__:
            kind = getattr(overrides, class_name)
            if not isinstance(kind, type) or issubclass(kind, enum.Enum):
                continue
            stub = self.members_of_stub(class_name)
            for name, member in self.public_members(kind):
                with self.subTest(f'{class_name}.{name}'):
                    self.assertIn(name, stub)
                    if inspect.isfunction(plain(member)):
                        self.assertEqual(parameters_of_stub(stub[name]), parameters_of(plain(member)))
                        self.assertEqual(isinstance(stub[name], ast.AsyncFunctionDef),
                                         inspect.iscoroutinefunction(plain(member)))

    def test_nothing_is_made_up(self):
        for class_name, node in self.classes.items():
            kind = getattr(Myrmex, class_name)
            for name in self.members_of_stub(class_name):
                with self.subTest(f'{class_name}.{name}'):
                    # The value is that of a member, not of its class.
                    is_value = name == 'value' and issubclass(kind, enum.Enum)
                    self.assertTrue(is_value or hasattr(kind, name))
        for name in self.functions:
            if name != '__getattr__':
                self.assertTrue(callable(getattr(Myrmex, name)))

    def test_constructors(self):
        for class_name, function in (('Workflow', Myrmex.Workflow.__init__), ('Task', Myrmex.Task.__new__),
                                     ('RetryPolicy', Myrmex.RetryPolicy.__new__),
                                     ('WorkflowError', Myrmex.WorkflowError.__init__)):
            stub = self.members_of_stub(class_name)['__init__']
            self.assertEqual(parameters_of_stub(stub), parameters_of(function))

    def test_functions(self):
        for name, node in self.functions.items():
            if name in overrides.__all__:
                self.assertEqual(parameters_of_stub(node), parameters_of(getattr(overrides, name)))

    def test_enumerations(self):
        for class_name in overrides.__all__:
            kind = getattr(overrides, class_name)
            if isinstance(kind, type) and issubclass(kind, enum.Enum):
                self.assertLessEqual({member.name for member in kind}, set(self.members_of_stub(class_name)))

    def test_documentation(self):
        for name in overrides.__all__:
            member = getattr(overrides, name)
            self.assertTrue(inspect.getdoc(member), name)
            if not isinstance(member, type):
                continue
            for inner_name, inner in self.public_members(member):
                if inner_name not in PROTOCOL and (inspect.isfunction(plain(inner)) or isinstance(inner, property)):
                    self.assertTrue(inspect.getdoc(inner), f'{name}.{inner_name}')

    def test_every_option_of_a_task_is_explained(self):
        for name in parameters_of(Myrmex.Workflow.add_task):
            self.assertRegex(Myrmex.Workflow.add_task.__doc__, rf'\b{name}\b')


if __name__ == '__main__':
    tap.main()

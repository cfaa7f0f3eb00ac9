#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks what the library offers: nothing missing, nothing too much, nothing untold.

    check_api.py GIR LIBRARY LIST [--update]

The symbols that the introspection data GIR names, those that LIBRARY exports, and those in LIST, which is kept with
the source, are the same. Everything in GIR is documented, with its parameters and what it returns, and says since
when it is there. Prints a line for each thing that is not so; exits with 1 if there is one.

With --update LIST is written anew from GIR. Look at what changed in it: a symbol that was released stays.
"""

import argparse
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

CORE = '{http://www.gtk.org/introspection/core/1.0}'
C = '{http://www.gtk.org/introspection/c/1.0}'
GLIB = '{http://www.gtk.org/introspection/glib/1.0}'

CALLABLES = {CORE + name for name in ('function', 'method', 'constructor', 'virtual-method', 'callback')}
CALLABLES.add(GLIB + 'signal')
TYPES = {CORE + name for name in ('class', 'interface', 'record', 'union', 'enumeration', 'bitfield')}
# What has documentation of its own. Members of an enumeration came with it, unless they say otherwise.
WITH_DOC = CALLABLES | TYPES | {CORE + 'constant', CORE + 'property', CORE + 'alias', CORE + 'member'}
WITH_SINCE = WITH_DOC - {CORE + 'member'}


def read_gir(path):
    return ElementTree.parse(path).getroot().find(CORE + 'namespace')


def symbols_of(namespace):
    """The names of all functions that @namespace tells of."""
    found = set()
    for element in namespace.iter():
        if C + 'identifier' in element.attrib and element.tag in CALLABLES:
            found.add(element.get(C + 'identifier'))
        if element.get(GLIB + 'get-type', 'intern') != 'intern':
            found.add(element.get(GLIB + 'get-type'))
    return found


def exported_by(library):
    output = subprocess.run(['nm', '--dynamic', '--defined-only', '--format=posix', str(library)],
                            check=True, capture_output=True, text=True).stdout
    return {line.split()[0].split('@')[0] for line in output.splitlines()}


def has_doc(element):
    doc = element.find(CORE + 'doc')
    return doc is not None and bool((doc.text or '').strip())


def is_hidden(element):
    """The class structures of types are described with their types, and private ones not at all."""
    return (element.get(GLIB + 'is-gtype-struct-for') is not None
            or element.get('disguised') == '1'
            or element.get('name', '').endswith('Private'))


def check_signature(name, element):
    for parameter in element.iterfind(f'{CORE}parameters/{CORE}parameter'):
        if not has_doc(parameter):
            yield f'{name}: the parameter {parameter.get("name")} is not documented'
    value = element.find(CORE + 'return-value')
    kind = None if value is None else value.find(CORE + 'type')
    returns = value is not None and (kind is None or kind.get('name') != 'none')
    if returns and not has_doc(value):
        yield f'{name}: what it returns is not documented'


def check_documentation(element, inside=''):
    """What is not told in @element and what is in it."""
    for child in element:
        if child.tag not in WITH_DOC or is_hidden(child):
            continue
        name = f'{inside}{child.get(C + "identifier") or child.get("name")}'
        if not has_doc(child):
            yield f'{name}: not documented'
        if child.tag in WITH_SINCE and child.get('version') is None:
            yield f'{name}: no “Since:”'
        if child.tag in CALLABLES:
            yield from check_signature(name, child)
        if child.tag in TYPES:
            yield from check_documentation(child, f'{child.get("name")}.')


def compare(wanted, found, missing, extra):
    yield from (f'{symbol}: {missing}' for symbol in sorted(wanted - found))
    yield from (f'{symbol}: {extra}' for symbol in sorted(found - wanted))


def check(namespace, exported, listed):
    """Everything that is wrong."""
    told = symbols_of(namespace)
    yield from compare(told, listed, 'not in the list of symbols; add it with --update',
                       'in the list of symbols, but gone; what was released has to stay')
    yield from compare(told, exported, 'in the introspection data, but the library does not export it',
                       'exported by the library, but not in the introspection data')
    yield from check_documentation(namespace)


def read_list(path):
    lines = path.read_text(encoding='utf-8').splitlines()
    return {line for line in lines if line and not line.startswith('#')}


def write_list(path, symbols):
    head = [line for line in path.read_text(encoding='utf-8').splitlines() if line.startswith('#')]
    path.write_text('\n'.join([*head, *sorted(symbols), '']), encoding='utf-8')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('gir', type=pathlib.Path)
    parser.add_argument('library', type=pathlib.Path)
    parser.add_argument('list', type=pathlib.Path)
    parser.add_argument('--update', action='store_true')
    options = parser.parse_args()

    namespace = read_gir(options.gir)
    if options.update:
        write_list(options.list, symbols_of(namespace))
    problems = list(check(namespace, exported_by(options.library), read_list(options.list)))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())

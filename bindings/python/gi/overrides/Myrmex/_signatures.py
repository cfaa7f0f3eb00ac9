# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a callable wants to be called: with a context or without, and whether it is to be awaited."""

import functools
import inspect
import types

# Where the context goes; or, by name, the results of the dependencies alone.
NOWHERE, FIRST, BY_NAME, RESULTS_BY_NAME = range(4)

_CONTEXT_NAMES = ('context', 'ctx')
_RESULTS_NAMES = ('_task_results',)
_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def is_coroutine_function(function):
    """Whether calling @function gives a coroutine, as far as that shows before it is called."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.iscoroutinefunction(function):
        return True
    return not inspect.isroutine(function) and not isinstance(function, type) and \
        inspect.iscoroutinefunction(getattr(function, '__call__', None))


def _binds(signature, *args, **kwargs):
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def _wants_context(parameter):
    annotation = parameter.annotation
    name = annotation if isinstance(annotation, str) else getattr(annotation, '__name__', '')
    return parameter.name in _CONTEXT_NAMES or name.rpartition('.')[2] in ('Context', 'TaskContext')


def _find_named(signature, names, args, kwargs):
    """The parameter that has one of @names, where what is given leaves it free."""
    for parameter in signature.parameters.values():
        if parameter.name in names and parameter.kind in _NAMED and parameter.name not in kwargs and \
                _binds(signature, *args, **{parameter.name: None}, **kwargs):
            return parameter.name
    return None


def _quick_mode(function):
    """The answer for the most usual functions, which inspect takes its time for; None for others."""
    if type(function) is types.MethodType:
        bound, function = 1, function.__func__
    else:
        bound = 0
    if type(function) is not types.FunctionType or function.__dict__:
        return None
    code = function.__code__
    if code.co_kwonlyargcount or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return None
    required = code.co_argcount - bound
    if function.__defaults__ or required > 1:
        return None
    if required == 0:
        return NOWHERE
    return None if code.co_varnames[bound] in _RESULTS_NAMES else FIRST


def find_context(function, args, kwargs, what, looks_at_names=False):
    """Where the context goes when @function is called with @args and @kwargs: (place, name of the parameter).

    It goes to a parameter called `context`, or else to the first one, before @args, if the function can not be
    called without. A parameter that has a default is left alone, unless it says that it wants the context. One
    called `_task_results` gets the results of the dependencies. With @looks_at_names, FIRST is the place only where
    the parameter is called otherwise.
    """
    if not args and not kwargs and not looks_at_names:
        mode = _quick_mode(function)
        if mode is not None:
            return mode, None
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return NOWHERE, None

    for place, names in ((BY_NAME, _CONTEXT_NAMES), (RESULTS_BY_NAME, _RESULTS_NAMES)):
        name = _find_named(signature, names, args, kwargs)
        if name is not None:
            return place, name
    if _binds(signature, *args, **kwargs):
        first = next(iter(signature.parameters.values()), None)
        takes = first is not None and first.kind not in _VARIABLE and _wants_context(first)
        return FIRST if takes and _binds(signature, None, *args, **kwargs) else NOWHERE, None
    if _binds(signature, None, *args, **kwargs):
        return FIRST, None
    raise TypeError(f'{what} takes {signature}; it is called with the context or without, '
                    f'and with what args= and kwargs= give')

"""Which test covers which public method of the SDK, checked without a server."""

import importlib
import inspect


def public_methods(client: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(client, inspect.isfunction) if not name.startswith("_")}


def problems(client: type, package: str, covered: dict[str, str]) -> list[str]:
    """`covered`: method to `module.Class.test`. Each public method has a row, and the row's test calls the method."""
    methods = public_methods(client)
    found = [f"{name} is covered by no test" for name in sorted(methods - covered.keys())]
    found += [f"{name} is not a method of this SDK" for name in sorted(covered.keys() - methods)]
    for method, place in covered.items():
        module, case, test = place.split(".")
        body = getattr(getattr(importlib.import_module(f"{package}.{module}"), case, None), test, None)
        if body is None:
            found.append(f"{place} does not exist")
        elif f".{method}(" not in inspect.getsource(body):
            found.append(f"{place} does not call {method}")
    return found

"""Everything that a request may name: whitelisted functions of all installed apps, by each of their names."""

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import frappe
import frappe.handler

OURS = "lab_"


@cache
def load_apps() -> tuple[str, ...]:
	"""Import every module of every installed app; return the names of those that cannot be imported.

	The framework's own tests are left out, except those that publish something: none of them is code of the
	product, and some of them call services when imported.
	"""
	broken = []
	for app in frappe.get_installed_apps():
		package = importlib.import_module(app)
		for found in pkgutil.walk_packages(package.__path__, f"{app}.", onerror=broken.append):
			if _is_wanted(found.name) and not _import(found.name):
				broken.append(found.name)
	return tuple(broken)


def _is_wanted(name: str) -> bool:
	last = name.rsplit(".", 1)[-1]
	if last == "__main__":
		return False
	if not last.startswith("test_") or name.startswith(OURS):
		return True
	spec = importlib.util.find_spec(name)
	return bool(spec and spec.origin and "whitelist" in Path(spec.origin).read_text(encoding="utf-8"))


def _import(name: str) -> bool:
	try:
		importlib.import_module(name)
	except Exception:
		# It cannot be called over the web either; the caller decides which may be broken.
		return False
	return True


def own_functions() -> dict[str, Callable]:
	"""Return the whitelisted functions of our apps by module and qualified name."""
	load_apps()
	return {
		full_name(function): function for function in frappe.whitelisted if _app(function).startswith(OURS)
	}


def full_name(function: Callable) -> str:
	"""Return `module.function` or `module.Class.method`."""
	return f"{function.__module__}.{function.__qualname__}"


def callable_names() -> set[str]:
	"""Return every dotted name under which a request can reach a whitelisted function, re-exports included,
	and the bare names that the framework's handler resolves.
	"""
	load_apps()
	names = {full_name(function) for function in frappe.whitelisted}
	published = {id(function) for function in frappe.whitelisted}
	apps = tuple(frappe.get_installed_apps())
	for module_name, module in list(sys.modules.items()):
		if module_name.split(".")[0] in apps and isinstance(module, ModuleType):
			for name, value in list(vars(module).items()):
				if id(value) in published:
					names.add(f"{module_name}.{name}")
	return names | {name for name in vars(frappe.handler) if not name.startswith("_")}


def _app(function: Callable) -> str:
	return function.__module__.split(".")[0]

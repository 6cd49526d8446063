"""Formulas of pay that people write: arithmetic, comparisons, choices and a few functions. No site needed.

They are never run as Python: the text is parsed, and only what is listed here is reckoned, in Decimal.
"""

import ast
import operator
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from math import ceil, floor
from typing import Any

MOST_CHARACTERS = 1000
BINARY = {
	ast.Add: operator.add,
	ast.Sub: operator.sub,
	ast.Mult: operator.mul,
	ast.Div: operator.truediv,
	ast.FloorDiv: operator.floordiv,
	ast.Mod: operator.mod,
}
COMPARE = {
	ast.Eq: operator.eq,
	ast.NotEq: operator.ne,
	ast.Lt: operator.lt,
	ast.LtE: operator.le,
	ast.Gt: operator.gt,
	ast.GtE: operator.ge,
	ast.In: lambda one, many: one in many,
	ast.NotIn: lambda one, many: one not in many,
}
FUNCTIONS = {
	"min": min,
	"max": max,
	"abs": abs,
	"int": lambda value: Decimal(int(value)),
	"float": lambda value: value,
	"round": lambda value, digits=Decimal(0): round(Decimal(value), int(digits)),
	"ceil": lambda value: Decimal(ceil(value)),
	"floor": lambda value: Decimal(floor(value)),
}


class FormulaRefused(ValueError):
	"""A formula that cannot be reckoned.

	Args:
		part: the part at fault.
	"""

	def __init__(self, part: str):
		super().__init__(part)
		self.part = part


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
	"""Reckon a formula.

	Args:
		text: the formula.
		names: what it may name: numbers as Decimal, texts, truth values.

	Returns:
		Decimal, text or truth value.

	Raises:
		FormulaRefused: unknown names, anything but the listed operations, or a division by zero.
	"""
	if len(text) > MOST_CHARACTERS:
		raise FormulaRefused(text[:40])
	try:
		tree = ast.parse(text.strip(), mode="eval")
	except (SyntaxError, ValueError, RecursionError):
		raise FormulaRefused(text) from None
	try:
		return _value(tree.body, names)
	except (ArithmeticError, InvalidOperation, TypeError, RecursionError):
		raise FormulaRefused(text) from None


def amount(text: str, names: Mapping[str, Any]) -> Decimal:
	"""Reckon a formula that comes to a number."""
	found = evaluate(text, names)
	if isinstance(found, bool) or not isinstance(found, Decimal):
		raise FormulaRefused(text)
	return found


def _value(node: ast.AST, names: Mapping[str, Any]) -> Any:
	for kind, reckon in KINDS.items():
		if isinstance(node, kind):
			return reckon(node, names)
	raise FormulaRefused(ast.unparse(node))


def _constant(node: ast.Constant, _names: Mapping[str, Any]) -> Any:
	if isinstance(node.value, bool | str):
		return node.value
	if isinstance(node.value, int | float):
		return Decimal(str(node.value))
	raise FormulaRefused(ast.unparse(node))


def _name(node: ast.Name, names: Mapping[str, Any]) -> Any:
	if node.id not in names:
		raise FormulaRefused(node.id)
	return names[node.id]


def _binary(node: ast.BinOp, names: Mapping[str, Any]) -> Any:
	left, right = _value(node.left, names), _value(node.right, names)
	if type(node.op) not in BINARY or not isinstance(left, Decimal) or not isinstance(right, Decimal):
		raise FormulaRefused(ast.unparse(node))
	return BINARY[type(node.op)](left, right)


def _unary(node: ast.UnaryOp, names: Mapping[str, Any]) -> Any:
	value = _value(node.operand, names)
	if isinstance(node.op, ast.Not):
		return not value
	if isinstance(node.op, ast.USub) and isinstance(value, Decimal):
		return -value
	raise FormulaRefused(ast.unparse(node))


def _both_or_either(node: ast.BoolOp, names: Mapping[str, Any]) -> Any:
	values = (_value(one, names) for one in node.values)
	return all(values) if isinstance(node.op, ast.And) else any(values)


def _comparison(node: ast.Compare, names: Mapping[str, Any]) -> bool:
	left = _value(node.left, names)
	for op, right_node in zip(node.ops, node.comparators, strict=True):
		right = _value(right_node, names)
		if type(op) not in COMPARE:
			raise FormulaRefused(ast.unparse(node))
		if not COMPARE[type(op)](left, right):
			return False
		left = right
	return True


def _choice(node: ast.IfExp, names: Mapping[str, Any]) -> Any:
	return _value(node.body if _value(node.test, names) else node.orelse, names)


def _call(node: ast.Call, names: Mapping[str, Any]) -> Any:
	known = isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
	if not known or node.keywords:
		raise FormulaRefused(ast.unparse(node))
	return FUNCTIONS[node.func.id](*(_value(one, names) for one in node.args))


def _sequence(node: ast.Tuple | ast.List, names: Mapping[str, Any]) -> tuple:
	return tuple(_value(one, names) for one in node.elts)


KINDS = {
	ast.Constant: _constant,
	ast.Name: _name,
	ast.BinOp: _binary,
	ast.UnaryOp: _unary,
	ast.BoolOp: _both_or_either,
	ast.Compare: _comparison,
	ast.IfExp: _choice,
	ast.Call: _call,
	(ast.Tuple, ast.List): _sequence,
}

"""The house keeps its shape: floors, file sizes, thin hooks, no bypass of permissions without a reason."""

import ast
import re
from pathlib import Path

import pytest

APPS = Path(__file__).resolve().parent.parent / "apps"
# A module imports only from those before it (docs/developing.md). `demo` and `www` stand beside `api`.
FLOORS = {
	"lab_crm": (
		"utils",
		"journey",
		"patients",
		"privacy",
		"catalogue",
		"messaging",
		"booking",
		"laboratory",
		"lis",
		"erp",
		"recall",
		"corporate",
		"marketing",
		"contact_centre",
		"state_exchange",
		"analytics",
		"api",
		"demo",
		"www",
	),
	# apps/lab_erp/README.md
	"lab_erp": ("utils", "setup", "accounts", "stock", "payroll"),
}
GROUND = {"install", "hooks", "desk", "__version__"}
MOST_LINES = 400
MOST_FUNCTION_LINES = 40
MOST_HOOK_LINES = 120


def product_files() -> list[Path]:
	"""Return the Python files of both apps."""
	return sorted(
		p for app in FLOORS for p in (APPS / app / app).rglob("*.py") if "node_modules" not in p.parts
	)


def app_of(path: Path) -> str:
	"""Return the app a file belongs to."""
	return path.relative_to(APPS).parts[0]


def short(path: Path) -> str:
	"""Return a file's path in its app, as test ids show it."""
	return "/".join(path.relative_to(APPS).parts[1:])


def floor_of(path: Path) -> str | None:
	"""Return the module a file belongs to; None for the package's own few files."""
	relative = path.relative_to(APPS).parts[2:]
	return relative[0] if len(relative) > 1 else None


def imported_modules(tree: ast.AST, app: str) -> set[str]:
	"""Return the first-level modules of its own app that a file imports, wherever in the file."""
	found = set()
	for node in ast.walk(tree):
		names = []
		if isinstance(node, ast.Import):
			names = [alias.name for alias in node.names]
		elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
			names = [f"{node.module}.{alias.name}" for alias in node.names]
		for name in names:
			parts = name.split(".")
			if parts[0] == app and len(parts) > 1:
				found.add(parts[1])
	return found


@pytest.mark.parametrize("path", product_files(), ids=short)
def test_file_imports_only_from_floors_below(path: Path):
	floor = floor_of(path)
	if floor is None or floor in ("config", "patches", "templates") or "tests" in path.parts:
		return
	floors = FLOORS[app_of(path)]
	assert floor in floors, f"{floor} is no floor of {app_of(path)}"
	allowed = set(floors[: floors.index(floor) + 1]) | GROUND
	upward = imported_modules(ast.parse(path.read_text(encoding="utf-8")), app_of(path)) - allowed
	assert not upward, f"{short(path)} imports upward: {sorted(upward)}"


@pytest.mark.parametrize("path", product_files(), ids=short)
def test_apps_know_each_other_by_doctypes_only(path: Path):
	others = set(FLOORS) - {app_of(path)}
	tree = ast.parse(path.read_text(encoding="utf-8"))
	found = {app for app in others if imported_modules(tree, app)}
	assert not found, f"{short(path)} imports from {sorted(found)}"


@pytest.mark.parametrize("path", product_files(), ids=short)
def test_file_and_its_functions_are_short(path: Path):
	text = path.read_text(encoding="utf-8")
	assert len(text.splitlines()) <= MOST_LINES, f"{path.name} has over {MOST_LINES} lines"
	for node in ast.walk(ast.parse(text)):
		if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
			lines = node.end_lineno - node.lineno + 1
			assert lines <= MOST_FUNCTION_LINES, f"{path.name}:{node.name} has {lines} lines"


@pytest.mark.parametrize("app", FLOORS)
def test_hooks_stay_thin(app: str):
	assert len((APPS / app / app / "hooks.py").read_text().splitlines()) < MOST_HOOK_LINES


@pytest.mark.parametrize("path", product_files(), ids=short)
def test_permission_bypass_says_why_it_is_safe(path: Path):
	if "tests" in path.parts:
		return
	lines = path.read_text(encoding="utf-8").splitlines()
	for number, line in enumerate(lines):
		if not re.search(r"ignore_permissions\s*=\s*True", line):
			continue
		near = "\n".join(lines[max(number - 3, 0) : number + 1]).lower()
		assert "safe" in near, (
			f"{short(path)}:{number + 1} bypasses permissions without saying why it is safe"
		)


@pytest.mark.parametrize("path", product_files(), ids=short)
def test_no_sql_is_built_from_text(path: Path):
	for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
		if (
			isinstance(node, ast.Call)
			and isinstance(node.func, ast.Attribute)
			and node.func.attr in ("sql", "multisql")
		):
			assert not isinstance(node.args[0], ast.JoinedStr | ast.BinOp), (
				f"{short(path)}:{node.lineno} builds SQL"
			)

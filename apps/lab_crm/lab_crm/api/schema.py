"""The OpenAPI 3 document of the public methods, made from the registry so that it cannot go stale."""

import inspect
from typing import Any, get_type_hints

from pydantic import BaseModel, TypeAdapter
from werkzeug.wrappers import Response

from lab_crm import __version__
from lab_crm.api.endpoint import Endpoint

REFERENCE = "#/components/schemas/{model}"
ERROR_SCHEMA = {
	"type": "object",
	"required": ["error"],
	"properties": {
		"error": {
			"type": "object",
			"required": ["code", "message", "field"],
			"properties": {
				"code": {"type": "string", "description": "Machine code, stable"},
				"message": {
					"type": "string",
					"description": "Sentence for the person at the screen, in Russian",
				},
				"field": {"type": ["string", "null"], "description": "The argument at fault"},
			},
			"additionalProperties": True,
		}
	},
}


def document(registry: dict[str, Endpoint], server: str) -> dict[str, Any]:
	"""Return the OpenAPI document of all endpoints.

	Args:
		registry: endpoints by dotted path.
		server: address of the site.
	"""
	schemas: dict[str, Any] = {"Error": ERROR_SCHEMA}
	paths = {f"/api/method/{path}": _path(spec, schemas) for path, spec in sorted(registry.items())}
	return {
		"openapi": "3.1.0",
		"info": {
			"title": "lab_crm",
			"version": __version__,
			"description": 'Success: `{"message": …}`. Errors: `{"error": {code, message, field}}`.',
		},
		"servers": [{"url": server}],
		"paths": paths,
		"components": {
			"schemas": schemas,
			"securitySchemes": {
				"session": {"type": "apiKey", "in": "cookie", "name": "sid"},
				"key": {"type": "apiKey", "in": "header", "name": "Authorization"},
			},
		},
	}


def _path(spec: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
	return {method.lower(): _operation(spec, method, schemas) for method in spec.methods}


def _operation(spec: Endpoint, method: str, schemas: dict[str, Any]) -> dict[str, Any]:
	doc = inspect.getdoc(spec.function) or ""
	operation: dict[str, Any] = {
		"operationId": spec.path.removeprefix("lab_crm.api."),
		"tags": [spec.path.split(".")[-2]],
		"summary": doc.split("\n")[0],
		"description": doc,
		"responses": {"200": _success(spec, schemas), "default": _failure()},
	}
	if not spec.guest:
		operation["security"] = [{"session": []}, {"key": []}]
	if method == "GET":
		operation["parameters"] = _parameters(spec, schemas)
	else:
		operation["requestBody"] = {
			"required": True,
			"content": {"application/json": {"schema": _schema_of(spec.arguments, schemas)}},
		}
	return operation


def _parameters(spec: Endpoint, schemas: dict[str, Any]) -> list[dict[str, Any]]:
	model = _schema_of(spec.arguments, schemas)
	required = set(model.get("required", ()))
	return [
		{
			"name": name,
			"in": "query",
			"required": name in required,
			# Lists and objects travel in a query string as JSON.
			"content": {"application/json": {"schema": schema}},
		}
		if _is_compound(schema)
		else {"name": name, "in": "query", "required": name in required, "schema": schema}
		for name, schema in model.get("properties", {}).items()
	]


def _is_compound(schema: dict[str, Any]) -> bool:
	options = schema.get("anyOf", [schema])
	return any("$ref" in option or option.get("type") in ("array", "object") for option in options)


def _success(spec: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
	answer = get_type_hints(spec.function, include_extras=True).get("return", Any)
	if inspect.isclass(answer) and issubclass(answer, Response):
		return {"description": "A file", "content": {"*/*": {}}}
	schema = {
		"type": "object",
		"required": ["message"],
		"properties": {"message": _schema_of(answer, schemas)},
	}
	return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def _failure() -> dict[str, Any]:
	reference = {"$ref": REFERENCE.format(model="Error")}
	return {"description": "Refused or failed", "content": {"application/json": {"schema": reference}}}


def _schema_of(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
	"""The JSON schema of a type; what it refers to goes to the shared schemas."""
	if inspect.isclass(kind) and issubclass(kind, BaseModel):
		schema = kind.model_json_schema(ref_template=REFERENCE)
	else:
		schema = TypeAdapter(kind).json_schema(ref_template=REFERENCE)
	schemas.update(schema.pop("$defs", {}))
	return schema

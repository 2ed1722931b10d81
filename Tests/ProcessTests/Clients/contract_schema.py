"""The contract as `contract_hooks.py` reads it: errors as statuses, known values offered, what is required."""

import re

import jsonschema_rs

METHODS = ("get", "put", "post", "delete", "patch", "head")

# Numbers that are no status, and those whose status would mean a broken server: a device that is offline is none.
STATUS_OF_ERROR = {502: 452, 503: 453, 504: 454, 160038: 429}

# Version 2 has numbers of five digits for what went wrong with an account (10…), a home (20…) or a device (30…, 4002).
ERRORS_WITHOUT_STATUS = [
    4002, *range(10001, 10005), 10009, 10010, 10014, *range(20001, 20004), 30003, *range(30007, 30020), 30022
]
STATUS_OF_ERROR |= {error: 460 + place for place, error in enumerate(ERRORS_WITHOUT_STATUS)}


def status_of(error: int) -> int:
    return STATUS_OF_ERROR.get(error, error)


def is_error_schema(schema: dict) -> bool:
    return re.search(r"(Failure|Redirect)$", schema.get("$ref", "")) is not None


def operations(contract: dict):
    """Every operation but the pages for people, which have no JSON."""
    for path, item in contract["paths"].items():
        if path.startswith("/oauth/"):
            continue
        for method in METHODS:
            if method in item:
                yield path, item, item[method]


def has_statuses(operation: dict) -> bool:
    """Whether the operation answers with HTTP statuses of its own, as downloads do."""
    return set(operation["responses"]) != {"200"}


def spell_out_errors(operation: dict) -> None:
    """Makes a response of each number that the operation can answer, with the error schemas; 200 keeps the others."""
    if has_statuses(operation):
        return
    success = operation["responses"]["200"]
    content = success["content"]["application/json"]
    schemas = content["schema"].get("oneOf", [content["schema"]])
    errors = [schema for schema in schemas if is_error_schema(schema)] or schemas
    successes = [schema for schema in schemas if not is_error_schema(schema)]
    content["schema"] = {"anyOf": successes}
    for example in [name for name, example in content.get("examples", {}).items() if is_error(example["value"])]:
        del content["examples"][example]
    for number in operation["x-errors"]:
        answer = {"description": f"error {number}", "content": {"application/json": {"schema": {"anyOf": errors}}}}
        operation["responses"][str(status_of(number))] = answer


def error_of(body: object) -> int:
    """The number that an answer gives, 0 for success; `code` where `error` is a text."""
    if not isinstance(body, dict):
        return 0
    error = body.get("error", 0)
    return error if isinstance(error, int) else body.get("code", -1)


def is_error(body: object) -> bool:
    return error_of(body) != 0


def example_values(contract: dict) -> dict[str, list]:
    """The values in all examples of requests, by name."""
    values: dict[str, list] = {}

    def note(name: str, value: object) -> None:
        if isinstance(value, str) and value not in values.setdefault(name, []):
            values[name].append(value)

    for _, item, operation in operations(contract):
        for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
            if "example" in parameter:
                note(parameter["name"], str(parameter["example"]))
        for example in examples_of_body(operation):
            for name, value in example.items():
                note(name, value)
    return values


def examples_of_body(operation: dict) -> list[dict]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    values = [example["value"] for example in content.get("examples", {}).values()] + [content.get("example")]
    return [value for value in values if isinstance(value, dict)]


def offer(schema: dict, values: list, rules: dict) -> dict:
    """The schema, with the known values that its rules allow beside what fits it."""
    limits = {keyword: rules[keyword] for keyword in ("pattern", "minLength", "maxLength") if keyword in rules}
    values = [value for value in values if jsonschema_rs.is_valid(limits, value)]
    return {"anyOf": [{"enum": values}, schema]} if values and not schema.keys() & {"enum", "const"} else schema


def offer_known_values(contract: dict, values: dict[str, list]) -> None:
    def resolved(schema: dict) -> dict:
        while "$ref" in schema:
            schema = contract["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return schema

    def into_properties(schema: dict) -> None:
        properties = schema.get("properties", {})
        for name, property in properties.items():
            if name in values and "string" in types_of(resolved(property)):
                properties[name] = offer(property, values[name], resolved(property))
        for part in (*schema.get("oneOf", []), *schema.get("anyOf", []), *schema.get("allOf", [])):
            into_properties(resolved(part))

    for parameter in contract["components"].get("parameters", {}).values():
        parameter["schema"] = offer(
            parameter["schema"], values.get(parameter["name"], []), resolved(parameter["schema"])
        )
    for _, item, operation in operations(contract):
        for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
            if "schema" in parameter and "string" in types_of(resolved(parameter["schema"])):
                parameter["schema"] = offer(
                    parameter["schema"], values.get(parameter["name"], []), resolved(parameter["schema"])
                )
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            into_properties(resolved(content["schema"]))


def types_of(schema: dict) -> list[str]:
    types = schema.get("type", [])
    return types if isinstance(types, list) else [types]


def required_core(schema: object, contract: dict) -> object:
    """The schema without what is optional: that may be ignored when it is wrong, not refused."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return required_core(contract["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], contract)
    required = schema.get("required", [])
    core = {key: value for key, value in schema.items() if key in CORE_KEYWORDS}
    if "string" in types_of(core):
        core["type"] = ["number", *types_of(core)]  # A number is read as its text.
    properties = {name: required_core(value, contract) for name, value in schema.get("properties", {}).items()}
    core["properties"] = {name: value for name, value in properties.items() if name in required}
    for keyword in ("oneOf", "anyOf", "allOf"):
        if keyword in schema:
            parts = [required_core(part, contract) for part in schema[keyword]]
            core["anyOf" if keyword == "oneOf" else keyword] = parts
    for keyword in ("if", "then", "else"):
        if keyword in schema:
            core[keyword] = schema[keyword]
    if isinstance(schema.get("items"), dict):
        core["items"] = required_core(schema["items"], contract)
    return core


CORE_KEYWORDS = {"type", "required", "enum", "const", "pattern", "minLength", "maxLength", "minItems", "maxItems"}

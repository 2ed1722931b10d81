"""Hooks of schemathesis for `contract_check.py`: how this interface says what others say with HTTP statuses.

Every answer is HTTP 200; what became of a request stands in `error` (or `code`) of the body. So the contract is read
as if each number of `x-errors` were a status with the error schemas as its answer, and each answer gets the status
that its number stands for. With that the checks of schemathesis for statuses, schemas, valid data, freed and created
resources mean what they say. What they cannot mean here is replaced by the checks of this file, which read `error` of
the answer themselves.

Nothing here names a path. How a request is authorized follows from the operation's security scheme. What stands in
the contract's examples exists on the server, so values of the same name are drawn from there besides being made up;
`contract_world.py` supplies the few that exist only for a moment.
"""

import base64

import copy
import json
import os
import urllib.parse
from collections import Counter
from pathlib import Path

import jsonschema_rs
import requests
import schemathesis
from contract_schema import error_of, example_values, offer_known_values, operations, required_core, spell_out_errors
from contract_schema import METHODS, has_statuses, status_of, types_of
from contract_world import EXAMPLES, GROUPS, LIVE_VALUES, TOKENS, VALUES_TO_DELETE, WORLD
from contract_world import SensorSignature, Signature, Token, note_credentials, replace
from contract_world_v2 import complete_lists
from schemathesis.core.failures import Failure
from schemathesis.generation.meta import CoverageScenario, coverage_scenario
from schemathesis.openapi.checks import RejectedPositiveData

CONTRACT: dict = {}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    contract = json.loads(json.dumps(raw_schema))  # What YAML shares is told apart.
    CONTRACT.update(copy.deepcopy(contract))
    if is_version_2():
        contract["components"]["parameters"]["appid"]["example"] = WORLD["appid"]
    EXAMPLES.update(example_values(contract))
    EXAMPLES.setdefault("X-CK-Appid", []).append(WORLD["appid"])
    known = {name: EXAMPLES.get(name, []) + WORLD["values"].get(name, []) for name in {*EXAMPLES, *WORLD["values"]}}
    offer_known_values(contract, known)
    for _, _, operation in operations(contract):
        spell_out_errors(operation)
    raw_schema.clear()
    raw_schema.update(contract)


def is_version_2() -> bool:
    return CONTRACT["info"]["version"] == "2"


def scheme_of(operation) -> str | None:
    """`sign`, `bearer`, `sensor`, or nothing."""
    security = operation.definition.raw.get("security") or [{}]
    return next(iter(security[0]), None)


schemathesis.auth.set_from_requests(Signature()).apply_to(lambda context: scheme_of(context.operation) == "sign")
schemathesis.auth.set_from_requests(Token()).apply_to(lambda context: scheme_of(context.operation) == "bearer")
for_sensor = schemathesis.auth.set_from_requests(SensorSignature())
for_sensor.apply_to(lambda context: scheme_of(context.operation) == "sensor")


# Requests


@schemathesis.hook
def filter_path_parameters(context, path_parameters):
    """Without a value the path is another one: empty parts do not count."""
    return all(str(value).strip("/") for value in (path_parameters or {}).values())


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drops refusals of valid requests that the contract allows: a rule spans several parameters, nothing is there."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    if b"\\u0000" in (response.request.body or b"") or "%00" in response.request.url:
        return False  # A text with a NUL is no text here.
    return error_of(body_of(response)) not in definition_of(case)[0].get("x-errors-of-valid", [])


@schemathesis.hook
def before_call(context, case, kwargs):
    kwargs["allow_redirects"] = False
    replace(case.query, LIVE_VALUES)
    replace(case.body, LIVE_VALUES)
    complete_lists(case.body)
    replace(case.path_parameters, {})
    if case.method == "DELETE":
        replace(case.path_parameters, VALUES_TO_DELETE)
        if definition_of(case)[0]["operationId"] == "deleteDevice":
            replace(case.query, VALUES_TO_DELETE)
        if GROUPS and GROUPS[0] in (case.query or {}).values():
            GROUPS.clear()


# Answers

# Where the HTTP status is kept, as the answer's own is overwritten.
HTTP_STATUS = "http-status"


def body_of(response) -> object:
    """The JSON of an answer, nothing when it is something else."""
    try:
        return json.loads(response.content)
    except ValueError:
        return None


@schemathesis.hook
def after_call(context, case, response):
    response.headers[HTTP_STATUS] = [str(response.status_code)]
    if has_statuses(definition_of(case)[0]):
        SEEN.note(case, 0 if response.status_code < 300 else response.status_code)
        return
    body = body_of(response)
    error = error_of(body)
    SEEN.note(case, error)
    if error == 0 and isinstance(body, dict):
        note_credentials(case.body, body.get("data", body) if is_version_2() else body, scheme_of(case.operation))
    if error != 0 and response.status_code == 200:
        response.status_code = status_of(error)
    used = response.request.headers.get("Authorization")
    if error == 401 and TOKENS and used == f"Bearer {TOKENS[0]}":
        TOKENS.clear()


class Seen:
    """What every operation has answered."""

    def __init__(self) -> None:
        self.errors: dict[str, Counter] = {}

    def note(self, case, error: int) -> None:
        if coverage_scenario(case) is not CoverageScenario.UNSPECIFIED_HTTP_METHOD:
            self.errors.setdefault(case.operation.label, Counter())[error] += 1


SEEN = Seen()


def fail(case, title: str, text: str) -> None:
    raise Failure(operation=case.operation.label, title=title, message=text)


def is_of_operation(case) -> bool:
    return coverage_scenario(case) is not CoverageScenario.UNSPECIFIED_HTTP_METHOD


@schemathesis.check
def http_status_is_200(ctx, response, case):
    """Every operation answers HTTP 200, also with errors, unless it documents statuses."""
    status = response.headers[HTTP_STATUS][0]
    if is_of_operation(case) and status != "200" and not has_statuses(definition_of(case)[0]):
        fail(case, "HTTP status is not 200", f"the status is {status}")


@schemathesis.check
def unknown_method_is_refused(ctx, response, case):
    """In place of `unsupported_method`: a method that the contract does not have is error 404, in version 2 403."""
    if is_of_operation(case) or response.request.method == "HEAD":
        return
    error, expected = error_of(body_of(response)), 403 if is_version_2() else 404
    if error != expected:
        fail(case, f"Unknown method is not error {expected}", f"{response.request.method}: error is {error}")


def wire_query(url: str) -> dict[str, str]:
    """The first value that is not empty of each name, as the server reads it."""
    values: dict[str, str] = {}
    for part in urllib.parse.urlsplit(url).query.split("&"):
        name, _, value = part.partition("=")
        if value:
            values.setdefault(urllib.parse.unquote(name), urllib.parse.unquote(value))
    return values


def definition_of(case) -> tuple[dict, dict]:
    """The operation and its path item as they stand in the contract."""
    item = CONTRACT["paths"][case.operation.path]
    return item[case.operation.method.lower()], item


def resolved_parameters(case):
    operation, item = definition_of(case)
    for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
        if "$ref" in parameter:
            parameter = CONTRACT["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[-1]]
        yield parameter


@schemathesis.check
def what_is_required_is_enforced(ctx, response, case):
    """In place of `negative_data_rejection`: what lacks something required, or has it in a wrong form, is refused."""
    if not is_of_operation(case) or error_of(body_of(response)) != 0 or response.status_code != 200:
        return
    sent = wire_query(response.request.url)
    for parameter in resolved_parameters(case):
        if parameter["in"] == "query" and parameter.get("required"):
            if parameter["name"] not in sent:
                fail(case, "A missing parameter was accepted", parameter["name"])
            core = required_core(parameter["schema"], CONTRACT)
            if "string" in types_of(core) and not jsonschema_rs.is_valid(core, sent[parameter["name"]]):
                fail(case, "A wrong parameter was accepted", f"{parameter['name']}: {sent[parameter['name']]!r}")
    operation, _ = definition_of(case)
    body = operation.get("requestBody")
    if body is None or response.request.method not in ("POST", "PUT"):
        return
    core = required_core(body["content"]["application/json"]["schema"], CONTRACT)
    content = response.request.body or b""
    if not content:
        if body.get("required"):
            fail(case, "A missing body was accepted", "")
        return
    value = json.loads(content)
    if not jsonschema_rs.is_valid(core, value):
        faults = "; ".join(str(fault) for fault in jsonschema_rs.iter_errors(core, value))
        fail(case, "A wrong body was accepted", faults[:500])


@schemathesis.check
def strangers_are_refused(ctx, response, case):
    """In place of `ignored_auth` and `missing_required_header`: what succeeded with credentials does not without them.

    Without `Authorization` and with an empty token error 406, with a token that nobody has 401; dispatch, which has
    no 406 in its list, 401 for all. A signed call without a signature, with a malformed one, or with a token: 406.
    In version 2 it is 401 for every token that is not good, and 400 for every signature.
    """
    operation, label = case.operation, case.operation.label
    scheme = scheme_of(operation)
    if scheme is None or label in PROBED or not is_of_operation(case) or error_of(body_of(response)) != 0:
        return
    PROBED.add(label)
    missing = 406 if 406 in definition_of(case)[0]["x-errors"] else 401
    if is_version_2():
        missing = 401 if scheme == "bearer" else 400
    wrong = "0123456789abcdef0123456789abcdef01234567"
    trials = {None: missing, "Basic YTpi": missing}
    if scheme == "bearer":
        trials |= {"Bearer ": missing, f"Sign {wrong}": missing, f"Bearer {wrong}": 401, "Bearer x": 401}
    else:
        trials |= {"Sign ": missing, "Sign ***": missing, f"Bearer {wrong}": missing}
    security = operation.definition.raw.get("security", [])
    if {} in security:
        del trials[None]
    if scheme == "sign" and {"bearer": []} in security:
        del trials[f"Bearer {wrong}"]
    for authorization, expected in trials.items():
        error = error_of(repeat(response.request, authorization))
        if error != expected:
            fail(case, "A stranger was not refused", f"Authorization {authorization}: error {error}, not {expected}")


PROBED: set[str] = set()


def repeat(request: requests.PreparedRequest, authorization: str | None) -> object:
    again = request.copy()
    again.headers.pop("Authorization", None)
    if authorization is not None:
        again.headers["Authorization"] = authorization
    with requests.Session() as session:
        session.trust_env = False
        return session.send(again, verify=WORLD["ca"], timeout=15).json()


@schemathesis.check
def tokens_are_not_stored(ctx, response, case):
    """An answer with tokens says that nobody may store it, and is not compressed."""
    body = body_of(response)
    members = body.get("data", body) if isinstance(body, dict) else {}
    if isinstance(members, dict) and members.keys() & {"at", "accessToken"}:
        headers = response.headers
        if headers.get("cache-control") != ["no-store"] or "content-encoding" in headers:
            fail(case, "Tokens may be stored or are compressed", str(headers))


@schemathesis.check
class EveryOperationIsCounted:
    """At the end: what every operation of the contract has answered, for `contract_check.py`."""

    def after_run(self, ctx):
        counts = {}
        for path, item, operation in operations(CONTRACT):
            method = next(method for method in METHODS if item.get(method) is operation)
            label = f"{method.upper()} {path}"
            counts[label] = dict(SEEN.errors.get(label, {}))
        Path(os.environ["CONTRACT_SEEN"]).write_text(json.dumps(counts), encoding="utf-8")

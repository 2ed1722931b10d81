"""What stands for a moment, or only on one server, in the contract of version 2: homes, rooms, codes of the authorization page.

The examples name homes and rooms by ids that no server gives; here is what stands in their place. Orders are given of all rooms of
a home and of all its things, which change from call to call.
"""

import json
import ssl
import urllib.parse
from http.client import HTTPSConnection

from contract_world import STAND_INS, WORLD, ask_operator, call, current_token, sign

MAIN_DEVICE = "1000a1b2c3"
RECEIVER = "bob@example.org"
REDIRECT_URL = "http://localhost:1880/linked"


def ask(method: str, path: str, body: dict | None = None) -> dict:
    content = None if body is None else json.dumps(body).encode()
    return call(method, path, "Bearer " + current_token(), content).get("data", {})


def homes() -> list[dict]:
    return ask("GET", "/v2/family").get("familyList", [])


def first_home(_: object = None) -> str | None:
    found = homes()
    return found[0]["id"] if found else None


def second_home(_: object = None) -> str | None:
    found = homes()
    return found[1]["id"] if len(found) > 1 else ask("POST", "/v2/family", {"name": "Lake", "sort": 2}).get("id")


def room(place: int) -> str | None:
    """A room of the first home, which has two at least."""
    found = homes()
    if not found:
        return None
    rooms = [room["id"] for room in found[0].get("roomList", [])]
    while len(rooms) <= place:
        made = ask("POST", "/v2/family/room", {"familyid": found[0]["id"], "name": "Attic", "sort": 2}).get("id")
        if made is None:
            return None
        rooms.append(made)
    return rooms[place]


def all_rooms(container: dict) -> list | None:
    home = next((home for home in homes() if home["id"] == container.get("familyid")), None)
    return home and [room["id"] for room in home["roomList"]]


def all_things(container: dict) -> list | None:
    things = ask("GET", f"/v2/device/thing?num=0&familyid={container.get('familyid')}").get("thingList", [])
    ids = [(thing["itemType"], thing["itemData"].get("deviceid", thing["itemData"].get("id"))) for thing in things]
    return [{"itemType": kind, "id": id} for kind, id in ids]


def thing_group(_: object) -> str | None:
    """A group of two devices of the account."""
    found = ask("GET", "/v2/device/group").get("groupList", [])
    for item in found:
        return item.get("itemData", item)["id"]
    made = ask("POST", "/v2/device/group", {"name": "Hall", "mainDeviceId": MAIN_DEVICE, "sort": 1})
    return made.get("itemData", made).get("id")


def receiver(_: object) -> str | None:
    """Somebody whom the account shares its first device with."""
    user = {"countryCode": "+49", "email": RECEIVER}
    ask("POST", "/v2/device/share", {"deviceidList": [MAIN_DEVICE], "user": user, "permit": 15, "shareType": 1})
    accounts = ask_operator("GET", "/accounts")["accounts"]
    return next((account["apikey"] for account in accounts if account["identifier"] == RECEIVER), None)


def other_log_in(_: object) -> str | None:
    """One that is not the caller's own."""
    found = ask("GET", "/v2/user/sessions").get("sessionList", [])
    return next((log_in["id"] for log_in in found if not log_in["current"]), None)


def authorization_code(_: object) -> str | None:
    """What a browser brings back from the authorization page."""
    ask_operator("PUT", f"/applications/{WORLD['appid']}/redirects", {"redirectUrls": [REDIRECT_URL]})
    parameters = {
        "clientId": WORLD["appid"],
        "seq": "1",
        "authorization": sign(f"{WORLD['appid']}_1".encode()).removeprefix("Sign "),
        "redirectUrl": REDIRECT_URL,
        "grantType": "authorization_code",
    }
    page = "/oauth/index.html?" + urllib.parse.urlencode(parameters)
    context = ssl.create_default_context(cafile=WORLD["ca"])
    connection = HTTPSConnection("localhost", WORLD["port"], timeout=15, context=context)
    connection.request("GET", page)
    answer = connection.getresponse()
    token = answer.read().decode().split('name="token" value="')[1].split('"')[0]
    form = {"token": token, "account": WORLD["email"], "password": WORLD["password"], "answer": "allow"}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": answer.getheader("Set-Cookie").split(";")[0]}
    connection.request("POST", page, urllib.parse.urlencode(form), headers)
    location = connection.getresponse().getheader("Location") or ""
    connection.close()
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query)).get("code")


STAND_INS |= {
    "6500000000000000000000f1": first_home,
    "6500000000000000000000f2": second_home,
    "6500000000000000000000e1": lambda _: room(0),
    "6500000000000000000000e2": lambda _: room(1),
    "650000000000000000000901": other_log_in,
    "65000000000000000000009a": thing_group,
    "aaaa1111-bbbb-4ccc-8ddd-eeee22220002": receiver,
    "0b0c8c1e-5d2f-4c0a-9c55-2f6b3a1d7e90": authorization_code,
}

# Lists that have to be complete, by name, where they stand beside the home that they are of.
COMPLETE_LISTS = {"idList": all_rooms, "thingList": all_things}


def complete_lists(body: object) -> None:
    """Puts the whole list in the place of that of an example, after the home's own id has been put in."""
    if not isinstance(body, dict) or body.get("familyid") not in [home["id"] for home in homes()]:
        return
    for name, supplier in COMPLETE_LISTS.items():
        if isinstance(body.get(name), list) and body[name]:
            body[name] = supplier(body) or body[name]

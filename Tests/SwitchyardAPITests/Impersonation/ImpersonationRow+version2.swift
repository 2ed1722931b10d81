/// Every operation of version 2 that asks for a token.
extension ImpersonationRow {
    private static let thing = "/v2/device/thing"

    static let version2: [ImpersonationRow] = accounts + homes + devices + groups + shares

    private static let accounts: [ImpersonationRow] = [
        ImpersonationRow(
            "POST /v2/user/change-pwd",
            .own,
            #"{"oldPassword":"wrong-horse","newPassword":"new-horse"}"#
        ),
        ImpersonationRow("GET /v2/user/profile", .own),
        ImpersonationRow("POST /v2/user/profile", .own, #"{"apikey":"$apikey","nickname":"Mine"}"#),
        ImpersonationRow("POST /v2/user/refresh", .object, #"{"rt":"$rt"}"#),
        ImpersonationRow("DELETE /v2/user/logout", .own),
        ImpersonationRow("POST /v2/user/close-account", .own, #"{"verificationCode":"000000"}"#),
        ImpersonationRow("GET /v2/user/sessions", .own),
        ImpersonationRow("DELETE /v2/user/sessions", .object, query: "id=$login"),
        ImpersonationRow("DELETE /v2/user/oauth/token", .own),
        ImpersonationRow("GET /v2/message/read", .own),
        ImpersonationRow("GET /v2/message/read", .object, query: "familyid=$home"),
    ]

    private static let homes: [ImpersonationRow] = [
        ImpersonationRow("GET /v2/family", .own),
        ImpersonationRow("POST /v2/family", .own, #"{"name":"Mine","sort":2}"#),
        ImpersonationRow("PUT /v2/family", .object, #"{"id":"$home","name":"Mine"}"#),
        ImpersonationRow("DELETE /v2/family", .object, query: "id=$home"),
        ImpersonationRow("DELETE /v2/family", .object, query: "id=@home&switchFamily=$home"),
        ImpersonationRow("POST /v2/family/current", .object, #"{"id":"$home"}"#),
        ImpersonationRow(
            "POST /v2/family/thing/sort",
            .object,
            #"{"familyid":"$home","thingList":[{"itemType":1,"id":"$device"}]}"#
        ),
        ImpersonationRow(
            "POST /v2/family/thing/sort",
            .object,
            #"{"familyid":"@home","thingList":[{"itemType":1,"id":"$device"}]}"#,
            permitted: [0, 15]
        ),
        ImpersonationRow("POST /v2/family/room", .object, #"{"familyid":"$home","name":"Mine","sort":1}"#),
        ImpersonationRow("PUT /v2/family/room", .object, #"{"id":"$room","name":"Mine"}"#),
        ImpersonationRow("DELETE /v2/family/room", .object, query: "id=$room"),
        ImpersonationRow("POST /v2/family/room/index", .object, #"{"familyid":"$home","idList":["$room"]}"#),
        ImpersonationRow("POST /v2/family/room/index", .object, #"{"familyid":"@home","idList":["$room"]}"#),
        ImpersonationRow(
            "POST /v2/family/room/thing",
            .object,
            #"{"roomid":"$room","oldThingList":[],"newThingList":[{"itemType":1,"id":"@device"}]}"#
        ),
        ImpersonationRow(
            "POST /v2/family/room/thing",
            .object,
            #"{"roomid":"@room","oldThingList":[],"newThingList":[{"itemType":1,"id":"$device"}]}"#,
            permitted: [0, 15]
        ),
        ImpersonationRow(
            "POST /v2/homepage",
            .own,
            #"{"getUser":{},"getMessage":{},"getFamily":{},"getThing":{"num":30},"getScene":{},"lang":"en"}"#
        ),
    ]

    private static let devices: [ImpersonationRow] = [
        ImpersonationRow("GET \(thing)", .own, query: "num=0"),
        ImpersonationRow("GET \(thing)", .object, query: "num=0&familyid=$home"),
        ImpersonationRow(
            "POST \(thing)",
            .list,
            #"{"thingList":[{"itemType":1,"id":"$device"}]}"#,
            permitted: [0, 15]
        ),
        ImpersonationRow("POST \(thing)", .list, #"{"thingList":[{"itemType":1,"id":"$subdevice"}]}"#),
        ImpersonationRow("POST \(thing)", .list, #"{"thingList":[{"itemType":3,"id":"$thinggroup"}]}"#),
        ImpersonationRow("GET \(thing)/status", .object, query: "type=1&id=$device", permitted: [0, 15]),
        ImpersonationRow("GET \(thing)/status", .object, query: "type=1&id=$subdevice"),
        ImpersonationRow("GET \(thing)/status", .object, query: "type=2&id=$thinggroup"),
        ImpersonationRow(
            "POST \(thing)/status",
            .object,
            #"{"type":1,"id":"$device","params":{"switch":"on"}}"#,
            permitted: [0, 15]
        ),
        ImpersonationRow(
            "POST \(thing)/status",
            .object,
            #"{"type":1,"id":"$device","params":{"timers":[]}}"#,
            permitted: [15]
        ),
        ImpersonationRow("POST \(thing)/status", .object, #"{"type":2,"id":"$thinggroup","params":{"switch":"on"}}"#),
        ImpersonationRow(
            "POST \(thing)/batch-status",
            .list,
            #"{"thingList":[{"type":1,"id":"$device","params":{"timers":[]}}],"timeout":0}"#,
            permitted: [15]
        ),
        ImpersonationRow(
            "POST \(thing)/batch-status",
            .list,
            #"{"thingList":[{"type":2,"id":"$thinggroup","params":{"switch":"on"}}],"timeout":0}"#
        ),
        ImpersonationRow(
            "POST /v2/device/add",
            .addition,
            #"{"deviceid":"$device","digest":"@digest","name":"Mine"}"#
        ),
        ImpersonationRow(
            "POST /v2/device/add",
            .addition,
            #"{"deviceid":"$device","digest":"$digest","name":"Mine"}"#
        ),
        ImpersonationRow("POST /v2/device/add-gsm", .addition, #"{"id":"$code","name":"Mine"}"#),
        ImpersonationRow("POST /v2/device/update-info", .object, #"{"deviceid":"$device","name":"Mine"}"#),
        ImpersonationRow(
            "POST /v2/device/update-info",
            .object,
            #"{"deviceid":"@device","roomid":"$room"}"#
        ),
        ImpersonationRow("DELETE /v2/device", .object, query: "deviceid=$device", permitted: [0, 15]),
        ImpersonationRow("POST /v2/device/tags", .object, #"{"deviceid":"$device","tags":{"key1":"mine"}}"#),
        ImpersonationRow(
            "POST /v2/device/settings",
            .object,
            #"{"deviceidList":["@device","$device"],"settings":{"opsNotify":1}}"#
        ),
        ImpersonationRow("GET /v2/device/history", .object, query: "deviceid=$device", permitted: [0, 15]),
        ImpersonationRow("DELETE /v2/device/history", .object, query: "deviceid=$device"),
        ImpersonationRow(
            "POST /v2/device/ota/query",
            .list,
            #"{"deviceInfoList":[{"deviceid":"$device","model":"PSF-B01-GL","version":"1"}]}"#
        ),
    ]

    private static let groups: [ImpersonationRow] = [
        ImpersonationRow("GET /v2/device/group", .own),
        ImpersonationRow(
            "POST /v2/device/group",
            .object,
            #"{"name":"Mine","mainDeviceId":"$device","sort":1}"#,
            permitted: [0, 15]
        ),
        ImpersonationRow(
            "POST /v2/device/group",
            .object,
            #"{"name":"Mine","mainDeviceId":"@device","deviceidList":["$device"],"sort":1}"#,
            permitted: [0, 15]
        ),
        ImpersonationRow("PUT /v2/device/group", .object, #"{"id":"$thinggroup","name":"Mine"}"#),
        ImpersonationRow("DELETE /v2/device/group", .object, query: "id=$thinggroup"),
        ImpersonationRow("POST /v2/device/group/status", .object, #"{"id":"$thinggroup","params":{"switch":"on"}}"#),
        ImpersonationRow("POST /v2/device/group/update", .object, #"{"id":"$thinggroup","deviceidList":["@device"]}"#),
        ImpersonationRow("POST /v2/device/group/add", .object, #"{"id":"$thinggroup","deviceidList":["@device"]}"#),
        ImpersonationRow(
            "POST /v2/device/group/add",
            .object,
            #"{"id":"@thinggroup","deviceidList":["$device"]}"#,
            permitted: [0, 15]
        ),
        ImpersonationRow("POST /v2/device/group/delete", .object, #"{"id":"$thinggroup","deviceidList":["$device"]}"#),
    ]

    private static let shares: [ImpersonationRow] = [
        ImpersonationRow(
            "POST /v2/device/share",
            .object,
            #"{"deviceidList":["$device"],"user":{"email":"friend@example.org"},"permit":15,"shareType":1}"#
        ),
        ImpersonationRow(
            "DELETE /v2/device/share",
            .object,
            query: "deviceid=$device&apikey=$receiver"
        ),
        ImpersonationRow(
            "POST /v2/device/share/permit",
            .object,
            #"{"deviceid":"$device","apikey":"$receiver","permit":15}"#
        ),
        ImpersonationRow(
            "POST /v2/device/share/permit",
            .object,
            #"{"deviceid":"$device","apikey":"@apikey","permit":15}"#
        ),
    ]
}

/// Every operation of version 1 that asks for a token.
extension ImpersonationRow {
    private static let status = "/api/user/device/status"

    static let version1: [ImpersonationRow] = [
        // Devices
        ImpersonationRow("GET /api/user/device", .own),
        ImpersonationRow("GET /api/user/device/{deviceid}", .object, permitted: [0, 15]),
        ImpersonationRow("GET /api/user/device/{deviceid}", .object, target: "/api/user/device/$subdevice"),
        ImpersonationRow("POST /api/user/device/{deviceid}", .object, #"{"name":"Mine","group":""}"#),
        ImpersonationRow("DELETE /api/user/device/{deviceid}", .object, permitted: [0, 15]),
        ImpersonationRow(
            "DELETE /api/user/device/{deviceid}",
            .object,
            query: "isSub=1&subDeviceId=$subdevice",
            target: "/api/user/device/$device"
        ),
        ImpersonationRow(
            "POST /api/user/device/add",
            .addition,
            #"{"deviceid":"$device","apikey":"@factory","name":"Mine"}"#
        ),
        ImpersonationRow(
            "POST /api/user/device/add",
            .object,
            #"{"deviceid":"$device","apikey":"@factory","name":"Mine","isSub":1,"subDeviceId":"a480d0d0d0"}"#
        ),
        ImpersonationRow(
            "POST /api/user/device/add",
            .addition,
            #"{"deviceid":"$device","apikey":"$factory","name":"Mine"}"#
        ),
        ImpersonationRow(
            "POST /api/user/device/add",
            .addition,
            #"{"deviceid":"$device","apikey":"$factory","name":"Mine","isSub":1,"subDeviceId":"a480d0d0d0"}"#
        ),
        ImpersonationRow("POST /api/user/device/addGsm", .addition, #"{"id":"$code","name":"Mine"}"#),
        ImpersonationRow("GET \(status)", .object, query: "deviceid=$device", permitted: [0, 15]),
        ImpersonationRow("GET \(status)", .object, query: "deviceid=$device&params=switch", permitted: [0, 15]),
        ImpersonationRow("GET \(status)", .object, query: "deviceid=$subdevice"),
        ImpersonationRow(
            "POST \(status)",
            .object,
            #"{"deviceid":"$device","params":{"switch":"on"}}"#,
            permitted: [0, 15]
        ),
        ImpersonationRow(
            "POST \(status)",
            .object,
            #"{"deviceid":"$device","params":{"timers":[]}}"#,
            permitted: [15]
        ),
        ImpersonationRow(
            "POST \(status)",
            .object,
            #"{"deviceid":"$device","params":{"timers":[{"mId":"m1","enabled":0}]}}"#,
            permitted: [15]
        ),
        ImpersonationRow("POST \(status)", .object, #"{"deviceid":"$subdevice","params":{"switch":"on"}}"#),
        ImpersonationRow("POST /api/user/tags", .object, #"{"deviceid":"$device","key":"k","value":{"0":"Mine"}}"#),
        ImpersonationRow("GET /api/user/device/history", .object, query: "deviceid=$device", permitted: [0, 15]),
        ImpersonationRow(
            "POST /otaother/app",
            .list,
            #"{"deviceInfoList":[{"deviceid":"$device","model":"PSF-B01-GL","version":"1"}]}"#
        ),
        // Groups
        ImpersonationRow("GET /api/group", .own),
        ImpersonationRow("POST /api/group", .own, #"{"name":"Mine","index":0,"apikey":"$apikey"}"#),
        ImpersonationRow("PUT /api/group", .object, #"{"id":"$group","name":"Mine","index":0}"#),
        ImpersonationRow("DELETE /api/group", .object, query: "id=$group"),
        ImpersonationRow(
            "POST /api/group/addDevice",
            .object,
            #"{"deviceinfos":[{"source_id":"","target_id":"@group","deviceid":"$device","type":0}]}"#,
            permitted: [0, 15]
        ),
        ImpersonationRow(
            "POST /api/group/addDevice",
            .object,
            #"{"deviceinfos":[{"source_id":"","target_id":"$group","deviceid":"@device","type":0}]}"#
        ),
        ImpersonationRow(
            "POST /api/user/device/{deviceid}",
            .object,
            #"{"name":"Mine","group":"$group"}"#,
            target: "/api/user/device/@device"
        ),
        // Accounts
        ImpersonationRow("POST /api/user/password", .own, #"{"oldPassword":"wrong-horse","newPassword":"new-horse"}"#),
        ImpersonationRow("POST /dispatch/app", .own, #"{"accept":"ws"}"#),
        ImpersonationRow("GET /dispatch/app", .own),
    ]
}

import CoolkitWire
import TestSupport

/// The faults of a sensor's report and of the history.
///
/// Source: `coolkit-v1-http.md` §6.1.
extension FaultTable {
    static let sensors: [FaultCase] = [
        FaultCase("report without deviceid", 400) { _ in FaultWorld.sensorReport { $0["deviceid"] = nil } },
        FaultCase("report without d_seq", 400) { _ in FaultWorld.sensorReport { $0["d_seq"] = nil } },
        FaultCase("report without params", 400) { _ in FaultWorld.sensorReport { $0["params"] = nil } },
        FaultCase("report with a deviceid that is an object", 400) { _ in
            FaultWorld.sensorReport { $0["deviceid"] = [:] }
        },
        FaultCase("report with a d_seq that is no number", 400) { _ in
            FaultWorld.sensorReport { $0["d_seq"] = "1570000000\",\"x\":\"" }
        },
        FaultCase("report with a negative d_seq", 400) { _ in FaultWorld.sensorReport { $0["d_seq"] = -1 } },
        FaultCase("report with a d_seq of 21 digits", 400) { _ in
            FaultWorld.sensorReport { $0["d_seq"] = "123456789012345678901" }
        },
        FaultCase("report with an array as params", 400) { _ in FaultWorld.sensorReport { $0["params"] = [[:]] } },
        FaultCase("report with a text as params", 400) { _ in FaultWorld.sensorReport { $0["params"] = "on" } },
        FaultCase("report with null as params", 400) { _ in FaultWorld.sensorReport { $0["params"] = nil as JSON? } },
        FaultCase("report with params twice", 400) { _ in
            let body =
                #"{"deviceid":"1000a1b2c3","d_seq":"1570000000","params":{"switch":"on"},"params":{"switch":"off"}}"#
            return .post("/api/user/device/update", text: body)
                .authorized(FaultWorld.sensorReport().headers.last?.value)
        },
        FaultCase("report without Authorization", 401) { _ in FaultWorld.sensorReport().authorized(nil) },
        FaultCase("report with a token", 401) { FaultWorld.sensorReport().authorized("Bearer \($0.token)") },
        FaultCase("report with an empty signature", 401) { _ in FaultWorld.sensorReport().authorized("Sign ") },
        FaultCase("report with another report's signature", 401) { _ in
            FaultWorld.sensorReport(
                signature: "bc75234e2a97ae5ee080acefb62139d9a525b15d9ecf0b5cfe7f3005119035e6"
            )
        },
        FaultCase("report signed for another d_seq", 401) { _ in
            var request = FaultWorld.sensorReport()
            request.body = request.body?.replacing("1570000000", with: "1570000001")
            return request
        },
        FaultCase("report of an absent device", 404) { _ in
            FaultWorld.sensorReport { $0["deviceid"] = .string(FaultWorld.absentDevice) }
        },
        FaultCase("report of an impossible device", 404) { _ in
            FaultWorld.sensorReport { $0["deviceid"] = "1000 a1b2c3" }
        },
        FaultCase("report by GET", 404) { .get("/api/user/device/update", token: $0.token) },
    ]

    static let history: [FaultCase] = [
        ("without deviceid", "", 400), ("of an absent device", "deviceid=\(FaultWorld.absentDevice)", 404),
        ("of another account's device", "deviceid=\(FaultWorld.foreignDevice)", 404),
        ("of an impossible device", "deviceid=%20", 404),
        ("with no entries", "deviceid=\(FaultWorld.ownDevice)&num=0", 400),
        ("with too many entries", "deviceid=\(FaultWorld.ownDevice)&num=101", 400),
        ("with a num that is no number", "deviceid=\(FaultWorld.ownDevice)&num=many", 400),
        ("from a time that is none", "deviceid=\(FaultWorld.ownDevice)&from=today", 400),
        ("to a time that is none", "deviceid=\(FaultWorld.ownDevice)&to=-1", 400),
        ("before what is no number", "deviceid=\(FaultWorld.ownDevice)&before=x", 400),
    ].map { title, query, error in
        FaultCase("history \(title)", error) { .get("/api/user/device/history?\(query)", token: $0.token) }
    }
}

extension FaultWorld {
    /// A report of the own device, signed with its key unless the signature is given.
    static func sensorReport(
        signature: String? = nil,
        _ change: (inout JSONObject) -> Void = { _ in }
    ) -> APIRequest {
        var body: JSONObject = [
            "deviceid": .string(ownDevice), "d_seq": "1570000000", "params": ["switch": "on", "type": 2],
        ]
        change(&body)
        let digest = DeviceDigest.sensorReport(
            apiKey: APIKey(unchecked: deviceKey),
            deviceID: DeviceID(unchecked: body["deviceid"]?.stringValue ?? ""),
            deviceSequence: body["d_seq"]?.stringValue ?? ""
        )
        return .post("/api/user/device/update", .object(body)).authorized("Sign \(signature ?? digest)")
    }
}

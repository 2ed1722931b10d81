import CoolkitWire
import Foundation
import NIOCore
import SwitchyardCore
import TestSupport
import Testing

@Suite("Lists that are too long for one piece")
struct LongListTests {
    /// 60 000 bytes, different in each device.
    private static func params(_ number: Int) -> String {
        #"{"number":\#(number),"filling":"\#(String(repeating: "x", count: 60_000))"}"#
    }

    /// Adds devices of 60 kB each.
    private static func addDevices(_ count: Int, to account: Account, of rig: TLSRig) async throws -> [String] {
        var ids: [String] = []
        for number in 0..<count {
            ids.append("10000000\(String(number + 1_000, radix: 16))")
            try await rig.addDevice(ids[number], to: account, params: params(number))
        }
        return ids
    }

    @Test("Version 1 sends all devices in both shapes, in chunks and not compressed", arguments: ["", "?version=8"])
    func version1(query: String) async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let ids = try await Self.addDevices(6, to: user.account, of: rig)
            let request = APIRequest.get("/api/user/device" + query, token: user.token)
                .adding("Accept-Encoding", "gzip")

            let answer = try await rig.send(request)

            let list = (query.isEmpty ? answer.json : answer["devicelist"])?.arrayValue ?? []
            #expect(list.map { $0["deviceid"]?.stringValue } == ids)
            #expect(list.map { $0["params"]?["number"] } == (0..<6).map { JSON($0) })
            #expect(list.allSatisfy { $0["params"]?["filling"]?.stringValue?.utf8.count == 60_000 })
            let headers = answer.headers
            #expect(headers["transfer-encoding"] == "chunked")
            #expect(headers["content-encoding"] == nil)
            #expect(try await rig.send(request).text == answer.text, "the connection goes on")
        }
    }

    @Test("What apps have stored of their own makes a list long, too")
    func tags() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let tags: JSON = ["note": .string(String(repeating: "x", count: 7_000))]
            for number in 0..<40 {
                let id = "10000000\(String(number + 1_000, radix: 16))"
                try await rig.addDevice(id, to: user.account)
                let request: JSON = ["type": "merge", "deviceid": .string(id), "tags": tags]
                #expect(try await rig.send(.post("/v2/device/tags", token: user.token, request)).error == 0)
            }

            let things = try await rig.send(.get("/v2/device/thing?num=0", token: user.token))
            let devices = try await rig.send(.get("/api/user/device?getTags=1", token: user.token))

            #expect(
                things["data"]?["thingList"]?.arrayValue?.map { $0["itemData"]?["tags"] }
                    == Array(repeating: tags, count: 40)
            )
            #expect(devices.json.arrayValue?.map { $0["tags"] } == Array(repeating: tags, count: 40))
            #expect(
                things.headers["transfer-encoding"] == "chunked" && devices.headers["transfer-encoding"] == "chunked"
            )
        }
    }

    @Test("Version 2 sends lists of things, and what stands beside them")
    func version2() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            _ = try await rig.makeAccount("bob@example.org")
            let ids = try await Self.addDevices(6, to: user.account, of: rig)
            func listed(_ list: JSON?) -> [String] {
                (list?.arrayValue ?? []).compactMap { $0["itemData"]?["deviceid"]?.stringValue }.sorted()
            }

            let things = try await rig.send(.get("/v2/device/thing?num=0", token: user.token))
            let page = try await rig.send(
                .post("/v2/homepage", token: user.token, ["getThing": ["num": 0], "getScene": [:]])
            )
            let shared = try await rig.send(
                .post(
                    "/v2/device/share",
                    token: user.token,
                    [
                        "deviceidList": .array(ids.map { .string($0) }), "user": ["email": "bob@example.org"],
                        "permit": 0,
                    ]
                )
            )

            #expect(listed(things["data"]?["thingList"]) == ids)
            #expect(things["data"]?["total"] == 6)
            #expect(listed(page["data"]?["thingInfo"]?["thingList"]) == ids)
            #expect(page["data"]?["thingInfo"]?["total"] == 6)
            for name in ["updatedThing", "updatedThingList"] {
                #expect(listed(shared["data"]?[name]) == ids, "\(name)")
            }
        }
    }

    @Test("A device that goes while the list is read is left out of what was not sent")
    func removal() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let ids = try await Self.addDevices(120, to: user.account, of: rig)
            let reader = try await HaltingReader(to: rig.server)
            try await reader.get("/api/user/device", token: user.token)
            try await reader.hasHalted()

            let last = try #require(DeviceID(ids[119]))
            _ = try await rig.devices.remove(last, by: user.account.id)
            let text = try await reader.rest()

            #expect(ids.dropLast().allSatisfy { text.contains(#""deviceid":"\#($0)""#) })
            #expect(!text.contains(ids[119]))
            #expect(text.hasSuffix("}]"))
        }
    }

    /// What each of them would hold is 6 MB.
    @Test("Forty peers that do not read take little memory")
    func manyReaders() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            _ = try await Self.addDevices(100, to: user.account, of: rig)
            let before = try residentBytes()

            var readers: [HaltingReader] = []
            for _ in 0..<40 {
                let reader = try await HaltingReader(to: rig.server)
                try await reader.get("/api/user/device", token: user.token)
                readers.append(reader)
            }
            for reader in readers { try await reader.hasHalted() }
            let growth = try residentBytes() - before

            print("40 readers of 6 MB that have halted: \(growth / 1_048_576) MB more")
            #expect(growth < 100_000_000, "whole answers would be 240 MB")
            let text = try await readers[0].rest()
            #expect(text.components(separatedBy: #""devicekey""#).count == 101)
            for reader in readers { await reader.close() }
        }
    }

    /// Source: proc(5).
    private func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

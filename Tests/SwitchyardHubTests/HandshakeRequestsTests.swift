import CoolkitWire
import NIOCore
import SwitchyardCore
import Testing

@testable import SwitchyardHub

/// Source of the rules: `coolkit-websocket.md` §2, §4.
@Suite("Handshakes")
struct HandshakeRequestsTests {
    private static let online = [
        "at": #""t""#, "apikey": #""k""#, "appid": #""a""#, "userAgent": #""app""#, "version": "8", "ts": "1",
        "nonce": #""n""#, "sequence": #""7""#,
    ]
    private static let register = [
        "deviceid": #""1000a1b2c3""#, "apikey": #""k""#, "userAgent": #""device""#, "version": "8", "ts": "970",
        "mac": #""d0:27:00:00:00:01""#,
    ]

    private func envelope(_ members: [String: String], without name: String? = nil) throws -> Envelope {
        let text = members.filter { $0.key != name }.map { "\"\($0.key)\":\($0.value)" }.sorted().joined(separator: ",")
        return try Envelope("{\(text)}")
    }

    private func settings(_ change: (inout ProtocolSettings) -> Void) -> ProtocolSettings {
        var settings = ProtocolSettings()
        change(&settings)
        return settings
    }

    @Test("userOnline needs every field the seed marks only when asked to be strict", arguments: online.keys.sorted())
    func strictUserOnline(missing: String) throws {
        let message = try envelope(Self.online, without: missing)

        let lenient = UserOnlineRequest(message, settings: ProtocolSettings())
        let strict = UserOnlineRequest(message, settings: settings { $0.strictUserOnline = true })

        #expect(lenient.isComplete)
        #expect((lenient.accessToken == nil) == (missing == "at"))
        #expect((lenient.apiKey == nil) == (missing == "apikey"))
        #expect(!strict.isComplete || strict.accessToken == nil || strict.apiKey == nil)
    }

    @Test("A complete userOnline is complete in every setting; an appid alone can be asked for")
    func completeUserOnline() throws {
        let strict = settings { $0.strictUserOnline = true }
        let withAppID = settings { $0.requireAppidInUserOnline = true }

        #expect(UserOnlineRequest(try envelope(Self.online), settings: strict).isComplete)
        #expect(UserOnlineRequest(try envelope(Self.online), settings: withAppID).isComplete)
        #expect(!UserOnlineRequest(try envelope(Self.online, without: "appid"), settings: withAppID).isComplete)
        #expect(UserOnlineRequest(try envelope(Self.online, without: "nonce"), settings: withAppID).isComplete)
    }

    @Test(
        "register needs deviceid and apikey; the rest only when asked to be strict",
        arguments: register.keys.sorted()
    )
    func strictRegister(missing: String) throws {
        let message = try envelope(Self.register, without: missing)

        let lenient = RegisterRequest(message, settings: ProtocolSettings())
        let strict = RegisterRequest(message, settings: settings { $0.strictRegister = true })

        #expect((lenient.registration == nil) == ["deviceid", "apikey"].contains(missing))
        #expect(strict.registration == nil)
    }

    @Test("userOnline tells of the app what it says, as far as it is short text")
    func tellsOfClient() throws {
        let facts =
            #""os":"android","appVersion":"4.1","model":"SM705","romVersion":"5.0","apkVesrion":"4.1","imei":"01""#
        let request = UserOnlineRequest(
            try Envelope("{\"action\":\"userOnline\",\(facts)}"),
            settings: ProtocolSettings()
        )
        var expected = ClientFacts()
        (expected.os, expected.appVersion, expected.model) = ("android", "4.1", "SM705")
        (expected.romVersion, expected.apkVersion, expected.imei) = ("5.0", "4.1", "01")

        #expect(request.client == expected)
        let odd = #"{"os":1,"model":"","imei":"\#(String(repeating: "1", count: 65))"}"#
        #expect(UserOnlineRequest(try Envelope(odd), settings: ProtocolSettings()).client == ClientFacts())
    }

    @Test("A register tells version, mac, chipid, model and romVersion, in any form they come")
    func readsRegister() throws {
        var members = Self.register
        members["version"] = #""2""#
        members["chipid"] = #""C1""#
        members["model"] = "\"\(String(repeating: "m", count: 65))\""
        members["romVersion"] = "1.5"
        members["d_seq"] = "3"

        let request = RegisterRequest(try envelope(members), settings: ProtocolSettings())
        let registration = try #require(request.registration)

        #expect(registration.id == HubRig.deviceID)
        #expect(registration.version == 2)
        #expect(registration.mac == "d0:27:00:00:00:01")
        #expect(registration.chipID == "C1")
        // Too long, and no text.
        #expect(registration.model == nil)
        #expect(registration.romVersion == nil)
        #expect(request.deviceSequence.map { String(buffer: $0) } == "3")
    }

    @Test("An empty chipid in a register says nothing, so it contradicts nothing")
    func emptyChipID() throws {
        var members = Self.register
        members["chipid"] = #""""#

        let request = RegisterRequest(try envelope(members), settings: ProtocolSettings())

        #expect(try #require(request.registration).chipID == nil)
    }
}

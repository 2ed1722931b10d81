import CoolkitWire
import NIOCore
import Testing

@testable import SwitchyardCore

/// Source: `coolkit-websocket.md` §9, "Share receivers need `permit` bits".
@Suite("Timers and permits")
struct TimerPermitsTests {
    private static let stored = #"{"timers":[{"mId":"a","enabled":1,"at":"1"},{"mId":"b","enabled":0,"at":"2"}]}"#

    private func needed(_ params: String, over stored: String? = stored) -> SharePermit {
        TimerPermits.needed(for: ByteBuffer(string: params), over: stored.map { ByteBuffer(string: $0) })
    }

    @Test(
        "Old and new timers are compared by mId",
        arguments: [
            (#"[{"mId":"a","enabled":1,"at":"1"},{"mId":"b","enabled":0,"at":"2"}]"#, []),
            (#"[{"at":"2","mId":"b","enabled":0},{"mId":"a","at":"1","enabled":1}]"#, []),
            (#"[{"mId":"a","enabled":1,"at":"1"},{"mId":"b","enabled":0,"at":"2"},{"mId":"c"}]"#, .addTimers),
            (#"[{"mId":"a","enabled":1,"at":"1"},{"mId":"b","enabled":0,"at":"3"}]"#, .editTimers),
            (#"[{"mId":"a","enabled":1,"at":"1"},{"mId":"b","enabled":0,"at":"2","do":{}}]"#, .editTimers),
            (#"[{"mId":"a","enabled":0,"at":"2"},{"mId":"b","enabled":0,"at":"2"}]"#, .editTimers),
            (#"[{"mId":"a","enabled":1,"at":"1"}]"#, .deleteTimers),
            (#"[{"mId":"a","enabled":1,"at":"1"},{"mId":"b","enabled":1,"at":"2"}]"#, .enableTimers),
            (#"[{"mId":"a","at":"1"},{"mId":"b","enabled":0,"at":"2"}]"#, .enableTimers),
            (
                #"[{"mId":"c","enabled":0,"at":"1"},{"mId":"b","enabled":1,"at":"3"}]"#,
                [.addTimers, .editTimers, .deleteTimers]
            ),
            (
                #"[{"mId":"a","enabled":1,"at":"1"},{"mId":"a","enabled":1,"at":"1"},{"mId":"b","enabled":0,"at":"2"}]"#,
                .addTimers
            ),
            ("[]", .deleteTimers), ("0", .deleteTimers), ("null", .deleteTimers),
        ] as [(String, SharePermit)]
    )
    func compares(timers: String, permit: SharePermit) {
        #expect(needed(#"{"switch":"on","timers":\#(timers)}"#) == permit)
    }

    @Test("Timers without mId are the same only when nothing differs")
    func withoutID() {
        let stored = #"{"timers":[{"at":"1","enabled":1},7]}"#

        #expect(needed(#"{"timers":[7,{"enabled":1,"at":"1"}]}"#, over: stored) == [])
        #expect(needed(#"{"timers":[7,{"enabled":0,"at":"1"}]}"#, over: stored) == [.addTimers, .deleteTimers])
        #expect(
            needed(#"{"timers":[7,{"mId":"a","at":"1","enabled":1}]}"#, over: stored) == [.addTimers, .deleteTimers]
        )
    }

    @Test("Where nothing is stored all timers are new, and params without timers need nothing")
    func withoutStored() {
        #expect(needed(#"{"timers":[{"mId":"a"}]}"#, over: nil) == .addTimers)
        #expect(needed(#"{"timers":[{"mId":"a"}]}"#, over: #"{"timers":0}"#) == .addTimers)
        #expect(needed(#"{"timers":[]}"#, over: nil) == [])
        #expect(needed(#"{"switch":"on","do":{"timers":[]}}"#) == [])
    }

    @Test("The elements of an array are applied one after the other")
    func arrays() {
        #expect(needed(#"[{"switch":"on"},{"timers":[]}]"#) == .deleteTimers)
        #expect(
            needed(#"[{"timers":[{"mId":"c"}]},{"timers":[{"mId":"c","x":1}]}]"#, over: nil) == [
                .addTimers, .editTimers,
            ]
        )
    }

    @Test(
        "What may be read in two ways needs every right, and a name may be spelled with escapes",
        arguments: [
            (#"{"timers":[],"timers":[{"mId":"a","enabled":1,"at":"1"},{"mId":"b","enabled":0,"at":"2"}]}"#, .all),
            (#"{"timers":[{"mId":"a","enabled":1,"at":"9","at":"1"},{"mId":"b","enabled":0,"at":"2"}]}"#, .all),
            (#"{"\u0074imers":[]}"#, .deleteTimers),
        ] as [(String, SharePermit)]
    )
    func hidden(params: String, permit: SharePermit) {
        #expect(needed(params) == permit)
    }

    @Test(
        "Eight times as many elements take eight times as long, not sixty-four times",
        arguments: [(#"1"#, "2"), (#"{"mId":1}"#, #"{"mId":2}"#), (#"{"mId":1}"#, #"{"mId":1}"#)]
    )
    func takesTimeWithNumber(old: String, new: String) {
        func time(of count: Int) -> Duration {
            let stored = #"{"timers":[\#(Array(repeating: old, count: count).joined(separator: ","))]}"#
            let params = #"{"timers":[\#(Array(repeating: new, count: count).joined(separator: ","))]}"#
            return (0..<3).map { _ in ContinuousClock().measure { _ = needed(params, over: stored) } }.min() ?? .zero
        }

        let (few, many) = (time(of: 600), time(of: 4_800))

        #expect(many < few * 24, "\(few), \(many)")
    }
}

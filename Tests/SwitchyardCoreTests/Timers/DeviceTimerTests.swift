import CoolkitWire
import SwitchyardCore
import Testing

/// Source: `coolkit-websocket.md` §9.
@Suite("Device timers")
struct DeviceTimerTests {
    private static func timer(_ text: String) throws -> DeviceTimer? { DeviceTimer(try JSON(parsing: text)) }

    /// What happens after `time`: moments and params.
    private static func run(_ text: String, after time: String, times count: Int) throws -> [String] {
        let timer = try #require(try Self.timer(text))
        var time = try #require(UnixTime(iso8601: time))
        var ran: [String] = []
        while ran.count < count, let next = timer.trigger.next(after: time) {
            ran.append("\(next.time.iso8601.prefix(16)) \(timer.params(of: next.phase).text)")
            time = next.time
        }
        return ran
    }

    @Test(
        "A timer is due when its kind says",
        arguments: [
            (
                #"{"enabled":1,"type":"once","at":"2023-11-14T23:00:00.000Z","do":{"switch":"on"}}"#,
                [#"2023-11-14T23:00 {"switch":"on"}"#]
            ),
            (
                #"{"enabled":1,"coolkit_timer_type":"delay","type":"once","at":"2023-11-14T22:20:00.000Z","period":"7","do":{"switch":"off"}}"#,
                [#"2023-11-14T22:20 {"switch":"off"}"#]
            ),
            (#"{"enabled":1,"type":"once","at":"2023-11-14T22:00:00.000Z","do":{}}"#, []),
            (
                #"{"enabled":"1","type":"repeat","at":"0 6 * * 1,2","do":{"switches":[{"switch":"on","outlet":1}]}}"#,
                [
                    #"2023-11-20T06:00 {"switches":[{"switch":"on","outlet":1}]}"#,
                    #"2023-11-21T06:00 {"switches":[{"switch":"on","outlet":1}]}"#,
                    #"2023-11-27T06:00 {"switches":[{"switch":"on","outlet":1}]}"#,
                ]
            ),
            (
                #"{"enabled":true,"type":"duration","at":"2023-11-14T22:00:00.000Z 30","do":{"a":1}}"#,
                [#"2023-11-14T22:30 {"a":1}"#, #"2023-11-14T23:00 {"a":1}"#, #"2023-11-14T23:30 {"a":1}"#]
            ),
            (
                #"{"enabled":1,"type":"duration","at":"2023-11-14T22:00:00.000Z 30 20","startDo":{"a":1},"endDo":{"a":0}}"#,
                [#"2023-11-14T22:20 {"a":0}"#, #"2023-11-14T22:30 {"a":1}"#, #"2023-11-14T22:50 {"a":0}"#]
            ),
            (
                #"{"enabled":1,"type":"duration","at":"2023-11-15T00:00:00.000Z 60 1","startDo":{"a":1},"endDo":{"a":0}}"#,
                [#"2023-11-15T00:00 {"a":1}"#, #"2023-11-15T00:01 {"a":0}"#, #"2023-11-15T01:00 {"a":1}"#]
            ),
        ]
    )
    func runs(text: String, expected: [String]) throws {
        #expect(try Self.run(text, after: "2023-11-14T22:13:20.000Z", times: 3) == expected)
    }

    @Test(
        "What is not enabled, or malformed, is no timer",
        arguments: [
            #"{"enabled":0,"type":"once","at":"2023-11-14T23:00:00.000Z","do":{}}"#,
            #"{"type":"once","at":"2023-11-14T23:00:00.000Z","do":{}}"#,
            #"{"enabled":1,"type":"never","at":"2023-11-14T23:00:00.000Z","do":{}}"#,
            #"{"enabled":1,"at":"2023-11-14T23:00:00.000Z","do":{}}"#,
            #"{"enabled":1,"type":"once","at":"tomorrow","do":{}}"#,
            #"{"enabled":1,"type":"once","at":1700000000,"do":{}}"#,
            #"{"enabled":1,"type":"once","at":"2023-11-14T23:00:00.000Z"}"#,
            #"{"enabled":1,"type":"once","at":"2023-11-14T23:00:00.000Z","do":1}"#,
            #"{"enabled":1,"type":"repeat","at":"0 6 1 * *","do":{}}"#,
            #"{"enabled":1,"type":"duration","at":"2023-11-14T22:00:00.000Z","do":{}}"#,
            #"{"enabled":1,"type":"duration","at":"2023-11-14T22:00:00.000Z 0","do":{}}"#,
            #"{"enabled":1,"type":"duration","at":"2023-11-14T22:00:00.000Z 600000","do":{}}"#,
            #"{"enabled":1,"type":"duration","at":"2023-11-14T22:00:00.000Z 30 30","startDo":{},"endDo":{}}"#,
            #"{"enabled":1,"type":"duration","at":"2023-11-14T22:00:00.000Z 30 20","startDo":{}}"#,
            #"{"enabled":1,"type":"duration","at":"2023-11-14T22:00:00.000Z 30 20 10","startDo":{},"endDo":{}}"#,
            "1", "null", "[]",
        ]
    )
    func refuses(text: String) throws {
        #expect(try Self.timer(text) == nil)
    }

    @Test("A countdown without an end gets one; nothing else is changed")
    func startsCountdowns() throws {
        func started(_ text: String) throws -> String? {
            DeviceTimer.countdown(try JSON(parsing: text), startingAt: sampleTime)?.text
        }

        #expect(
            try started(#"{"enabled":1,"coolkit_timer_type":"delay","period":"5","do":{}}"#)
                == #"{"enabled":1,"coolkit_timer_type":"delay","period":"5","do":{},"at":"2023-11-14T22:18:20.000Z"}"#
        )
        #expect(try started(#"{"enabled":1,"type":"once","at":"x","period":"5"}"#) == nil)
        #expect(try started(#"{"enabled":0,"type":"once","period":"5"}"#) == nil)
        #expect(try started(#"{"enabled":1,"type":"repeat","period":"5"}"#) == nil)
        for period in ["0", "-1", "527041", "\"x\"", "{}"] {
            #expect(try started(#"{"enabled":1,"type":"once","period":\#(period)}"#) == nil)
        }
    }
}

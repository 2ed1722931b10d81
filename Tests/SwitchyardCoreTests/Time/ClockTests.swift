import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Clocks")
struct ClockTests {
    @Test(
        "A moment advanced by a duration counts whole milliseconds",
        arguments: [
            (Duration.zero, Int64(0)), (.milliseconds(1), 1), (.microseconds(1_999), 1), (.seconds(8), 8_000),
            (.days(30), 2_592_000_000), (.zero - .seconds(1), -1_000),
        ]
    )
    func advances(duration: Duration, milliseconds: Int64) {
        #expect(MonotonicTime(milliseconds: 5).advanced(by: duration).milliseconds == 5 + milliseconds)
        #expect(UnixTime(milliseconds: 5).advanced(by: duration).milliseconds == 5 + milliseconds)
    }

    @Test("The system's clocks go forward, and wall time is of this century")
    func systemClocks() {
        let first = MonotonicClock.system.now

        #expect(MonotonicClock.system.now >= first)
        #expect(WallClock.system.now.iso8601.hasPrefix("20"))
    }
}

import CoolkitWire
import Testing

@Suite("Wall time")
struct UnixTimeTests {
    @Test(
        "Moments are written as ISO 8601 in UTC with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_700_000_400_000, "2023-11-14T22:20:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_709_164_800_001, "2024-02-29T00:00:00.001Z"), (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (.max, "9999-12-31T23:59:59.999Z"),
            (.min, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)]
    )
    func iso8601(milliseconds: Int64, expected: String) {
        #expect(UnixTime(milliseconds: milliseconds).iso8601 == expected)
    }

    @Test("Time moves by durations, in whole milliseconds")
    func advances() {
        let start = UnixTime(seconds: 1_700_000_000)

        #expect(start.advanced(by: .milliseconds(1_500)).milliseconds == 1_700_000_001_500)
        #expect(start.advanced(by: .seconds(-1)) < start)
        #expect(start.advanced(by: .microseconds(999)) == start)
        #expect(start.seconds == 1_700_000_000)
        #expect(UnixTime(seconds: .max).milliseconds == .max)
        #expect(UnixTime(seconds: .min).milliseconds == .min)
    }

    @Test(
        "Durations have whole milliseconds, cut off",
        arguments: [
            (Duration.seconds(3), 3_000), (.milliseconds(1), 1), (.microseconds(1_999), 1), (.zero, 0),
            (.milliseconds(-1_500), -1_500), (.seconds(31_536_000), 31_536_000_000),
        ] as [(Duration, Int64)]
    )
    func wholeMilliseconds(duration: Duration, expected: Int64) {
        #expect(duration.wholeMilliseconds == expected)
    }
}

import CoolkitWire
import Testing

@Suite("Reading ISO 8601")
struct UnixTimeParsingTests {
    @Test(
        "A moment in UTC is read, with and without seconds and fraction",
        arguments: [
            ("1970-01-01T00:00:00.000Z", 0), ("2023-11-14T22:13:22.000Z", 1_700_000_002_000),
            ("2023-11-14T22:13:22Z", 1_700_000_002_000), ("2023-11-14T22:13Z", 1_699_999_980_000),
            ("2023-11-14T22:13:22.5Z", 1_700_000_002_500), ("2023-11-14T22:13:22.123456789Z", 1_700_000_002_123),
            ("2000-02-29T23:59:59.999Z", 951_868_799_999), ("1969-12-31T23:59:59.999Z", -1),
            ("2024-12-31T00:00:00Z", 1_735_603_200_000), ("0000-01-01T00:00:00.000Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ]
    )
    func reads(text: String, milliseconds: Int64) {
        #expect(UnixTime(iso8601: text) == UnixTime(milliseconds: milliseconds))
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "2023-11-14", "2023-11-14T22:13:22.000", "2023-11-14 22:13:22Z", "2023-11-14T22:13:22+00:00",
            "2023-11-14T24:00:00Z", "2023-11-14T22:60:00Z", "2023-11-14T22:13:60Z", "2023-13-01T00:00:00Z",
            "2023-00-01T00:00:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2023-04-31T00:00:00Z",
            "2023-11-00T00:00:00Z", "2023-11-14T22:13:22.Z", "2023-11-14T22:13:22.1234567890Z", "2023-11-14T22Z",
            "+023-11-14T22:13:22Z", "2023-11-14T22:13:22Zx", "２０２３-11-14T22:13:22Z",
        ]
    )
    func refuses(text: String) {
        #expect(UnixTime(iso8601: text) == nil)
    }

    @Test("What is written is read back, on every day of 400 years")
    func readsBack() {
        for day in stride(from: -1_000, to: 146_097, by: 1) {
            let time = UnixTime(milliseconds: Int64(day) * 86_400_000 + 12_345_678)
            guard UnixTime(iso8601: time.iso8601) == time else {
                Issue.record("\(time)")
                return
            }
        }
    }
}

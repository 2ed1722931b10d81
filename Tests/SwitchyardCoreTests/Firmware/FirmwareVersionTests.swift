import SwitchyardCore
import Testing

@Suite("Firmware versions")
struct FirmwareVersionTests {
    @Test(
        "Versions compare as numbers, part by part",
        arguments: [
            ("3.9.0", "3.10.0"), ("3.3", "3.3.1"), ("0", "0.0.1"), ("1.5.5", "3.0"), ("1000.2.917", "1000.10.1"),
            ("9", "10"), ("1.2.3.4.5.6.7", "1.2.3.4.5.6.7.8"), ("1", "18446744073709551615"),
        ]
    )
    func order(older: String, newer: String) throws {
        let (older, newer) = (try #require(FirmwareVersion(older)), try #require(FirmwareVersion(newer)))

        #expect(older < newer)
        #expect(!(newer < older))
        #expect(older != newer)
    }

    @Test(
        "Zeros at the end and in front say nothing",
        arguments: [("3.3", "3.3.0"), ("3.3.0.0", "3.3"), ("03.1", "3.1")]
    )
    func equal(left: String, right: String) throws {
        let (left, right) = (try #require(FirmwareVersion(left)), try #require(FirmwareVersion(right)))

        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
    }

    @Test(
        "What is no list of numbers is no version",
        arguments: [
            "", ".", "3.", ".3", "3..1", "3.x", "v3.1", "3.1-beta", "-1", "+1", "3,1", "٣.١", " 3",
            "18446744073709551616",
            "1.2.3.4.5.6.7.8.9", String(repeating: "1", count: 33),
        ]
    )
    func refused(text: String) { #expect(FirmwareVersion(text) == nil) }
}

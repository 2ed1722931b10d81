import Testing

@testable import SwitchyardAPI

@Suite("Byte ranges")
struct ByteRangeTests {
    @Test(
        "A range is read as RFC 9110 has it, for a file of 100 bytes",
        arguments: [
            (nil, ByteRange.whole), ("bytes=0-9", .part(0..<10)), ("bytes=0-0", .part(0..<1)),
            ("bytes=90-", .part(90..<100)),
            ("bytes=90-200", .part(90..<100)), ("bytes=99-99", .part(99..<100)), ("bytes=-10", .part(90..<100)),
            ("bytes=-100", .part(0..<100)), ("bytes=-1000", .part(0..<100)), ("bytes=0-", .part(0..<100)),
            ("Bytes = 0 - 9", .part(0..<10)), ("bytes=0-99999999999999999999", .part(0..<100)),
            ("bytes=100-", .unsatisfiable), ("bytes=100-200", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=99999999999999999999-", .unsatisfiable),
            // What is no range, or several, is left alone.
            ("", .whole), ("bytes", .whole), ("bytes=", .whole), ("bytes=-", .whole), ("bytes=9-0", .whole),
            ("bytes=a-b", .whole), ("bytes=0-9,20-29", .whole), ("bytes=+1-2", .whole), ("lines=0-9", .whole),
            ("bytes=1--2", .whole), ("bytes=٣-", .whole),
        ] as [(String?, ByteRange)]
    )
    func reads(field: String?, range: ByteRange) { #expect(ByteRange(field, length: 100) == range) }
}

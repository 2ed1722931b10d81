import Testing

@testable import SwitchyardTransport

@Suite struct ContentCodingTests {
    @Test(
        "The weights of Accept-Encoding decide, and gzip wins among equals",
        arguments: [
            ("gzip", .gzip), ("deflate", .deflate), ("gzip, deflate", .gzip), ("deflate, gzip", .gzip),
            ("x-gzip", .gzip),
            ("GZip", .gzip), ("gzip;q=0.5, deflate;q=0.6", .deflate), ("gzip ; q=0.001", .gzip), ("*", .gzip),
            ("*;q=0.1", .gzip), ("gzip;q=0, *", .deflate), ("br, gzip;q=0.2", .gzip), ("gzip;q=1.000", .gzip),
            ("identity, gzip", .gzip), ("identity;q=0, deflate", .deflate), ("\tgzip\t,", .gzip), (",,gzip", .gzip),
            ("gzip;q=0.5, identity;q=0.5", .gzip), ("gzip;Q=1", .gzip), ("gzip;q=1.", .gzip),
        ] as [(String, ContentCoding)]
    )
    func agreed(field: String, coding: ContentCoding) {
        #expect(ContentCoding.agreed([field]) == coding)
    }

    @Test(
        "Nothing is compressed for who does not ask, refuses, would rather not, or cannot be understood",
        arguments: [
            "", " ", "identity", "br", "zstd, br", "gzip;q=0", "gzip;q=0.000, deflate;q=0", "*;q=0",
            "gzip;q=0.5, identity",
            "gzip;q=0.5, identity;q=0.8, deflate;q=0.7", "gzip;q", "gzip;q=", "gzip;q=x", "gzip;q=2", "gzip;q=1.001",
            "gzip;q=-1", "gzip;q=0.0001", "gzip;q=1;q=0", "gzip;level=9", "gzipped", "gzip deflate", ";q=1",
            "gzip;q=٠.٥",
            "identity;q=0",
        ]
    )
    func asItIs(field: String) {
        #expect(ContentCoding.agreed([field]) == nil)
    }

    @Test("Several fields count as one, and none asks for nothing")
    func fields() {
        #expect(ContentCoding.agreed(["br", "deflate;q=0.1", "gzip;q=0"]) == .deflate)
        #expect(ContentCoding.agreed([]) == nil)
    }
}

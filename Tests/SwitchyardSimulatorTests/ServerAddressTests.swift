import SwitchyardSimulator
import Testing

@Suite struct ServerAddressTests {
    @Test(
        "An address is read from a URL",
        arguments: [
            ("https://hub.example.org:8080", ServerAddress(host: "hub.example.org", port: 8080)),
            ("https://hub.example.org", ServerAddress(host: "hub.example.org", port: 443)),
            ("HTTP://192.0.2.2:8081/", ServerAddress(host: "192.0.2.2", port: 8081, usesTLS: false)),
            ("ws://localhost", ServerAddress(host: "localhost", port: 80, usesTLS: false)),
            ("wss://[2001:db8::1]:8443", ServerAddress(host: "2001:db8::1", port: 8443)),
        ]
    )
    func reading(url: String, expected: ServerAddress) throws {
        #expect(try ServerAddress(url: url) == expected)
    }

    @Test(
        "What is no server address is refused",
        arguments: [
            "", "hub.example.org", "ftp://hub.example.org", "https://", "https://:8080", "https://a:0",
            "https://a:65536",
            "https://a:x", "https://a/path", "https://u@a", "https://[2001:db8::1", "https://[::1]x",
        ]
    )
    func refusing(url: String) {
        #expect(throws: SimulatorError.self) { try ServerAddress(url: url) }
    }

    @Test("HTTP calls are made under the name that is verified")
    func base() {
        let address = ServerAddress(host: "127.0.0.1", port: 8080, certificateName: "hub.example.org")

        #expect(address.httpBase == "https://hub.example.org:8080")
        #expect(address.authority == "127.0.0.1:8080")
        #expect(ServerAddress(host: "::1", port: 1).authority == "[::1]:1")
    }
}

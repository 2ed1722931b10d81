import SwitchyardCore
import Testing

@Suite("Redirect URLs")
struct RedirectURLTests {
    @Test(
        "https, http to the own machine and apps' own schemes are taken; forms may be sent there and no further",
        arguments: [
            ("https://app.example.org/linked", "https://app.example.org"),
            ("https://app.example.org", "https://app.example.org"),
            ("https://app.example.org:8443/a/b?c=d&e=%20", "https://app.example.org:8443"),
            ("https://app.example.org?c=d", "https://app.example.org"),
            ("https://[2001:db8::1]:8443/", "https:"), ("http://localhost:1880/cb", "http://localhost:1880"),
            ("http://127.0.0.1/cb", "http://127.0.0.1"), ("http://[::1]:8080/cb", "http:"),
            ("org.example.app:/linked", "org.example.app:"), ("org.example.app://linked/a", "org.example.app:"),
        ]
    )
    func takes(text: String, target: String) throws {
        let url = try RedirectURL(text)

        #expect([url.text, url.formTarget] == [text, target])
    }

    @Test(
        "What could lead elsewhere, shows a code in clear text, or is no URL is refused",
        arguments: [
            "", "app.example.org", "/linked", "//app.example.org/", "https:", "https:/a", "https:///a", "https://:80/",
            "https://user@app.example.org/", "https://user:word@app.example.org/", "https://app.example.org:0/",
            "https://app.example.org:65536/", "https://app.example.org:80a/", "https://app.example.org:/",
            "https://app.example.org/#part", "https://app.example.org/a b", "https://app.example.org/\"><script>",
            "https://app.example.org/\r\nSet-Cookie: a", "https://äpp.example.org/", "https://app.example.org;x/",
            "https://app.example.org\\@other.example/", "https://[::1/", "https://[]/", "https://[host]/", "HTTPS://a/",
            "http://app.example.org/", "http://192.0.2.1/", "http://localhost.example.org/", "javascript:alert(1)",
            "data:text/html,x", "file:///etc/passwd", "app:/linked", "org.example.app:linked", "org.example.app:/",
            "https://a/?code=1", "https://a/?x=1&state=2", "https://a/?region", "https://a/?error=1",
            "https://a/" + String(repeating: "a", count: 503),
        ]
    )
    func refuses(text: String) async {
        await expect(.invalidInput) { _ = try RedirectURL(text) }
    }

    @Test(
        "Parameters go behind those that are there, encoded",
        arguments: [
            ("https://a/cb", "https://a/cb?code=1&state=a%26b%3D%C3%A4%20%2B"),
            ("https://a/cb?", "https://a/cb?code=1&state=a%26b%3D%C3%A4%20%2B"),
            ("https://a/cb?c=d", "https://a/cb?c=d&code=1&state=a%26b%3D%C3%A4%20%2B"),
            ("https://a/cb?c=d&", "https://a/cb?c=d&code=1&state=a%26b%3D%C3%A4%20%2B"),
        ]
    )
    func appends(text: String, expected: String) throws {
        #expect(try RedirectURL(text).appending([("code", "1"), ("state", "a&b=ä +")]) == expected)
    }

    @Test("The longest URL has 512 bytes")
    func longest() throws {
        #expect(try RedirectURL("https://a/" + String(repeating: "a", count: 502)).text.utf8.count == 512)
    }
}

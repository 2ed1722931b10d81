import SwitchyardCore
import Testing

@Suite("Dispatch paths")
struct DispatchPathTests {
    @Test(
        "A path of plain segments is taken as it is",
        arguments: ["/x", "/iot/dispatch", "/a.b/c-d_e~f", "/Dispatch"]
    )
    func accepts(text: String) {
        #expect(DispatchPath(text)?.description == text)
    }

    @Test(
        "What is no such path, or belongs to the interface, is refused",
        arguments: [
            "", "/", "x", "/x/", "//x", "/x//y", "/{id}", "/:id", "/*", "/a b", "/ü", "/../x", "/./x", "/x?y", "/%41",
            "/api/ws", "/api", "/dispatch", "/dispatch/app", "/" + String(repeating: "x", count: 127),
        ]
    )
    func refuses(text: String) {
        #expect(DispatchPath(text) == nil)
    }

    @Test("A sensor keeps 127 bytes")
    func longest() {
        #expect(DispatchPath("/" + String(repeating: "x", count: 126)) != nil)
    }
}

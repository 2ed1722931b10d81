import CoolkitWire
import SwitchyardCore
import Testing

@Suite("What a peer is counted by")
struct PeerNetworkTests {
    @Test(
        "IPv4 counts by its address however it is written, IPv6 by its network",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("::1", "0:0:0:0::/64"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:DB8:1:2::99", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::99", "2001:db8:1:3::/64"), ("unix", "unix"),
        ]
    )
    func network(address: String, network: String) {
        #expect(PeerNetwork(of: address).description == network)
    }
}

@Suite("Ids of devices that an address asks about")
struct DeviceIDLimitsTests {
    private let clocks = ManualClocks()

    private func id(_ number: Int) -> DeviceID { DeviceID(unchecked: "1000\(number)") }

    @Test("Whoever goes through ids hears nothing after the limit, and a device of his own still does")
    func limits() {
        let limits = DeviceIDLimits(4, unheardKeys: 10, clock: clocks.monotonic)

        let heard = (0..<1_000).filter { limits.admit(id($0), from: "192.0.2.1") }

        #expect(heard == [0, 1, 2, 3])
        #expect(limits.admit(id(2), from: "192.0.2.1"))
        #expect(limits.admit(id(2), from: "192.0.2.2"))
        clocks.advance(by: .seconds(900))
        #expect(limits.admit(id(500), from: "192.0.2.1"))
        #expect(!limits.admit(id(501), from: "192.0.2.1"))
    }

    @Test("A house full of devices that nobody has added yet may ask for hours")
    func letsDevicesComeBack() {
        let limits = DeviceIDLimits(8, unheardKeys: 10, clock: clocks.monotonic)

        for _ in 0..<720 {
            #expect((0..<8).allSatisfy { limits.admit(id($0), from: "192.0.2.1") })
            clocks.advance(by: .seconds(10))
        }
    }
}

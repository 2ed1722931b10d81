import CoolkitWire
import Testing

@testable import switchyard

@Suite struct CertificateTableTests {
    @Test(
        "Below the table stands what is about to expire, and how to renew it",
        arguments: [
            ("later", false, nil),
            ("soon", false, "public.pem expires in 5 days. `switchyard cert init --renew` makes a new one."),
            ("soon", true, "public.pem expires in 5 days. `switchyard cert init --new-authority` makes a new one."),
            (
                "expired", false,
                "public.pem has EXPIRED, and clients refuse it. `switchyard cert init --renew` makes a new one."
            ),
        ] as [(String, Bool, String?)]
    )
    func warnings(expiry: String, isAuthority: Bool, warning: String?) {
        let certificate: JSON = [
            "file": "public.pem", "daysLeft": 5, "expiry": JSON(expiry), "authority": JSON(isAuthority),
        ]

        let lines = CertCommand.table(of: ["certificates": [certificate]]).split(separator: "\n").map(String.init)

        #expect(lines.dropFirst(2) == [warning].compactMap(\.self)[...])
    }
}

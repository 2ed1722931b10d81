import CoolkitWire
import SwitchyardSQLite
import Testing

@testable import SwitchyardCore

/// Source of the fields: `coolkit-v2-http.md` §2.3, §2.4.
@Suite("What an owner tells of himself")
struct AccountProfileTests {
    @Test(
        "A country code comes with or without its plus",
        arguments: [("+49", "+49"), ("49", "+49"), ("+1684", "+1684"), ("1", "+1")]
    )
    func countryCodes(text: String, expected: String) {
        #expect(CountryCode(text)?.text == expected)
    }

    @Test(
        "What is no country code is none",
        arguments: ["", "+", "++49", "049", "+0", "12345", "4 9", "DE", "+4x", "４９"]
    )
    func noCountryCodes(text: String) {
        #expect(CountryCode(text) == nil)
    }

    @Test(
        "A code is of one country, the largest of those that share it, or of none",
        arguments: [
            ("+1", "US"), ("+1684", "AS"), ("+7", "RU"), ("+49", "DE"), ("+886", "TW"), ("+999", nil), ("+0", nil),
        ]
    )
    func countries(text: String, country: String?) {
        #expect(CountryCode(text)?.country == country)
    }

    @Test(
        "The offset of a time zone is whole minutes, and hours on the wire",
        arguments: [(1.0, "1"), (5.5, "5.5"), (5.75, "5.75"), (-3.5, "-3.5"), (0, "0"), (14, "14")]
    )
    func offsets(hours: Double, text: String) throws {
        let zone = try #require(ProfileTimeZone(id: "Europe/Berlin", offsetHours: hours))

        #expect(zone.offsetHours.text == text)
        #expect(ProfileTimeZone(id: zone.id, offsetMinutes: zone.offsetMinutes) == zone)
    }

    @Test("No zone has such an offset", arguments: [14.25, -15, 1.001, .infinity, .nan])
    func noOffsets(hours: Double) {
        #expect(ProfileTimeZone(id: "Europe/Berlin", offsetHours: hours) == nil)
    }

    @Test(
        "No zone has such a name",
        arguments: ["", "Europe/ Berlin", "a\u{0}", String(repeating: "a", count: 65), "Köln"]
    )
    func noNames(id: String) {
        #expect(ProfileTimeZone(id: id, offsetHours: 1) == nil)
    }

    @Test("A language is a tag", arguments: [("en-US", true), ("zh_Hans_CN", true), ("", false), ("e n", false)])
    func languages(text: String, isTag: Bool) {
        #expect((LanguageTag(text) != nil) == isTag)
    }

    @Test("What is changed is kept, the rest stays")
    func changes() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            var first = ProfileChange()
            first.nickname = "Ann"
            first.timeZone = ProfileTimeZone(id: "Asia/Kolkata", offsetHours: 5.5)
            first.wasConsulted = true
            var second = ProfileChange()
            second.language = .chinese
            second.languageTag = LanguageTag("zh-CN")
            second.acceptsAdvertising = false
            second.subscribedEmail = "news@example.org"

            for change in [first, ProfileChange(), second] {
                try await rig.accounts.changeProfile(change, of: account.id)
            }

            let changed = try #require(try await store.account(account.id))
            #expect(changed.nickname == "Ann")
            #expect(changed.language == .chinese)
            #expect(changed.profile.timeZone == first.timeZone)
            #expect(changed.profile.wasConsulted)
            #expect(changed.profile.languageTag == second.languageTag)
            #expect(changed.profile.acceptsAdvertising == false)
            #expect(changed.profile.subscribedEmail == "news@example.org")
        }
    }

    @Test("No nickname is blank, has a control character or more than 64 characters")
    func nicknames() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()

            for nickname in ["", " \u{3000}", "a\nb", String(repeating: "n", count: 65)] {
                var change = ProfileChange()
                change.nickname = nickname
                await expect(.invalidInput) { try await rig.accounts.changeProfile(change, of: account.id) }
            }
            #expect(try await store.account(account.id) == account)

            var change = ProfileChange()
            change.nickname = String(repeating: "ü", count: 64)
            try await rig.accounts.changeProfile(change, of: account.id)
            try await rig.accounts.remove(account.id)
            await expect(.tokenUnknown) { try await rig.accounts.changeProfile(change, of: account.id) }
        }
    }
}

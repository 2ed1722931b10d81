import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Client application store")
struct ClientApplicationStoreTests {
    @Test("Applications come back as they were stored, by time of creation", arguments: StoreImplementation.allCases)
    func storesApplications(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (second, first) = (try await store.addApplication(2), try await store.addApplication(1))

            #expect(try await store.applications() == [first, second])
        }
    }

    @Test("An appid is given once; its letters' case counts", arguments: StoreImplementation.allCases)
    func refusesDuplicates(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let first = try await store.addApplication(1)
            let lowercased = ClientApplication(
                id: AppID(unchecked: first.id.rawValue.lowercased()),
                secret: "other",
                name: "",
                createdAt: first.createdAt
            )

            await expect(.alreadyExists) {
                try await store.createApplication(
                    ClientApplication(id: first.id, secret: "x", name: "", createdAt: sampleTime)
                )
            }
            try await store.createApplication(lowercased)

            #expect(try await store.applications() == [first, lowercased])
        }
    }

    @Test("The checks of an application are stored and set anew", arguments: StoreImplementation.allCases)
    func setsChecks(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let other = try await store.addApplication(2)
            var application = ClientApplication.sample(1)
            application.checks = RequestChecks(refusesReplays: true, clockSkewLimit: .limit(.seconds(300)))
            try await store.createApplication(application)
            #expect(try await store.applications() == [application, other])

            for limit in [RequestChecks.ClockSkewLimit.off, .ofServer, .limit(.days(1))] {
                application.checks = RequestChecks(clockSkewLimit: limit)
                #expect(try await store.setChecks(application.checks, of: application.id) == application)
                #expect(try await store.applications() == [application, other])
            }
            await expect(.notFound) {
                _ = try await store.setChecks(RequestChecks(), of: ClientApplication.sample(9).id)
            }
        }
    }

    @Test("Redirect URLs are stored with an application and set as a whole", arguments: StoreImplementation.allCases)
    func setsRedirectURLs(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let other = try await store.addApplication(2)
            var application = ClientApplication.sample(1)
            application.redirectURLs = [
                try RedirectURL("https://a.example/"), try RedirectURL("https://b.example/?c=d"),
            ]
            try await store.createApplication(application)
            #expect(try await store.applications() == [application, other])

            for urls in [[try RedirectURL("org.example.app:/linked")], []] {
                application.redirectURLs = urls
                #expect(try await store.setRedirectURLs(urls, of: application.id) == application)
                #expect(try await store.applications() == [application, other])
            }
            await expect(.notFound) {
                _ = try await store.setRedirectURLs([], of: ClientApplication.sample(9).id)
            }
        }
    }

    @Test("A removed application takes its tokens along and no others", arguments: StoreImplementation.allCases)
    func removesApplications(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let account = try await store.addAccount(1)
            let (removed, kept) = (try await store.addApplication(1), try await store.addApplication(2))
            let doomed = try TokenRecord.sample(1, account: account, application: removed)
            let survivor = try TokenRecord.sample(2, account: account, application: kept)
            try await store.addTokens(doomed)
            try await store.addTokens(survivor)

            let dead = try await store.removeApplication(removed.id)

            #expect(dead == [doomed.accessHash])
            #expect(try await store.applications() == [kept])
            #expect(try await store.liveTokens(at: sampleTime) == [survivor])
            await expect(.notFound) { _ = try await store.removeApplication(removed.id) }
        }
    }
}

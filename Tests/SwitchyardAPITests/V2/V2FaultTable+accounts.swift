import CoolkitWire

/// Source: `coolkit-v2-http.md` §2.
extension V2FaultTable {
    static let accounts = region + logins + codeLogins + codes + verified + refreshes + passwords + profiles + sessions

    private static let longText = String(repeating: "x", count: 129)

    private static let region = [
        FaultCase("v2 region without countryCode", 400) { _ in FaultWorld.v2Region("") },
        FaultCase("v2 region with an empty countryCode", 400) { _ in FaultWorld.v2Region("countryCode=") },
        FaultCase("v2 region of no country", 400) { _ in FaultWorld.v2Region("countryCode=DE") },
    ]

    /// Members of a signed call, each missing, empty and of another kind; what is asked for has to be there.
    private static func members(
        _ call: String,
        _ names: [String],
        _ request: @escaping @Sendable ((inout JSONObject) -> Void) -> APIRequest
    ) -> [FaultCase] {
        names.flatMap { name -> [FaultCase] in
            let values: [(String, JSON?)] = [
                ("out", nil), (" null as", .null), (" empty", ""), (" an object as", [:]), (" a list as", ["x"]),
                (" true as", true),
            ]
            return values.map { title, value in
                FaultCase("v2 \(call) with\(title) \(name)", 400) { _ in request { $0[name] = value } }
            }
        }
    }

    private static let countryCodes = ["DE", "+", "049", "+12345", "4 9"].map { code in
        FaultCase("v2 login with the country code \(code)", 400) { _ in
            FaultWorld.v2Login { $0["countryCode"] = .string(code) }
        }
    }

    private static let logins =
        members("login", ["countryCode", "email", "password"], FaultWorld.v2Login) + countryCodes + [
            FaultCase("v2 login with a number as password", 400) { _ in FaultWorld.v2Login { $0["password"] = 1 } },
            FaultCase("v2 login with a wrong password", 10_001) { _ in
                FaultWorld.v2Login { $0["password"] = "wrong-horse" }
            },
            FaultCase("v2 login of an unknown account", 10_003) { _ in
                FaultWorld.v2Login { $0["email"] = "eve@example.org" }
            },
            FaultCase("v2 login of what is no address", 10_003) { _ in FaultWorld.v2Login { $0["email"] = "eve" } },
            FaultCase("v2 login of an unknown phone number beside an address", 10_003) { _ in
                FaultWorld.v2Login { $0["phoneNumber"] = "+4915112345678" }
            },
        ]

    private static let codeLogins =
        members("sms-login", ["countryCode", "phoneNumber", "verificationCode"], FaultWorld.v2CodeLogin) + [
            FaultCase("v2 sms-login of no phone number", 400) { _ in
                FaultWorld.v2CodeLogin { $0["phoneNumber"] = "13800000000" }
            },
            FaultCase("v2 sms-login of an unknown account", 10_003) { _ in FaultWorld.v2CodeLogin() },
        ]

    private static let codes =
        members("verification-code", ["type", "email"], FaultWorld.v2Code)
        + [2, 5, -1, "x"].map { (type: JSON) in
            FaultCase("v2 verification-code of type \(type.text)", 400) { _ in FaultWorld.v2Code { $0["type"] = type } }
        } + [
            FaultCase("v2 verification-code for a phone number of eu", 400) { _ in
                FaultWorld.v2Code { $0["phoneNumber"] = "+4915112345678" }
            },
            FaultCase("v2 verification-code for no address", 400) { _ in FaultWorld.v2Code { $0["email"] = "eve" } },
            FaultCase("v2 verification-code to register again", 10_009) { _ in
                FaultWorld.v2Code { $0["email"] = "ann@example.org" }
            },
            FaultCase("v2 verification-code to reset for nobody", 10_003) { _ in FaultWorld.v2Code { $0["type"] = "1" }
            },
            FaultCase("v2 verification-code to close nobody's account", 10_003) { _ in
                FaultWorld.v2Code { $0["type"] = 3 }
            },
        ]

    private static let verified =
        members("register", ["countryCode", "email", "verificationCode", "password"], FaultWorld.v2Register)
        + members("reset-pwd", ["email", "verificationCode", "password"], FaultWorld.v2Reset) + [
            FaultCase("v2 register with a short password", 400) { _ in
                FaultWorld.v2Register { $0["password"] = "1234567" }
            },
            FaultCase("v2 register with a phone number on eu", 400) { _ in
                FaultWorld.v2Register { $0["phoneNumber"] = "+4915112345678" }
            },
            FaultCase("v2 register with a wrong code", 10_002) { _ in FaultWorld.v2Register() },
            FaultCase("v2 reset-pwd with a long password", 400) { _ in
                FaultWorld.v2Reset { $0["password"] = .string(longText) }
            },
            FaultCase("v2 reset-pwd of nobody", 10_003) { _ in
                FaultWorld.v2Reset { $0["email"] = "eve@example.org" }
            },
            FaultCase("v2 reset-pwd with a wrong code", 10_002) { _ in FaultWorld.v2Reset() },
        ]

    private static let refreshes =
        members("refresh", ["rt"], FaultWorld.v2Refresh) + [
            FaultCase("v2 refresh with an unknown rt", 401) { _ in FaultWorld.v2Refresh() },
            FaultCase("v2 refresh with an access token", 401) { world in
                FaultWorld.v2Refresh { $0["rt"] = .string(world.token) }
            },
            FaultCase("v2 refresh with a token and an unknown rt", 401) { world in
                FaultWorld.v2Refresh().authorized("Bearer \(world.token)")
            },
            FaultCase("v2 refresh with a token and without rt", 400) { world in
                FaultWorld.v2Refresh { $0["rt"] = nil }.authorized("Bearer \(world.token)")
            },
        ]

    private static let passwords =
        ["oldPassword", "newPassword"].flatMap { name in
            [("out", nil), (" an empty", ""), (" a number as", 12_345_678)].map { (title: String, value: JSON?) in
                FaultCase("v2 change-pwd with\(title) \(name)", 400) { $0.v2ChangePassword { $0[name] = value } }
            }
        } + [
            FaultCase("v2 change-pwd with a wrong one", 10_001) { world in
                world.v2ChangePassword { $0["oldPassword"] = "wrong-horse" }
            },
            FaultCase("v2 change-pwd to a short one", 400) { world in
                world.v2ChangePassword { $0["newPassword"] = "1234567" }
            },
            FaultCase("v2 change-pwd to a long one", 400) { world in
                world.v2ChangePassword { $0["newPassword"] = .string(longText) }
            },
            FaultCase("v2 close-account without code", 400) { $0.v2Close([:]) },
            FaultCase("v2 close-account with a list as code", 400) { $0.v2Close(["verificationCode": [1]]) },
            FaultCase("v2 close-account with a wrong code", 10_002) { $0.v2Close() },
        ]

    private static let profileMembers: [(String, JSON)] = [
        ("nickname", [:]), ("nickname", " "), ("nickname", "a\u{7}b"), ("nickname", .string(longText)),
        ("acceptEmailAd", "yes"), ("acceptEmailAd", 1), ("accountConsult", false), ("accountConsult", "true"),
        ("timezone", "Europe/Berlin"), ("timezone", [:]), ("timezone", ["id": "Europe/Berlin"]),
        ("timezone", ["id": "Europe/Berlin", "offset": 15]), ("timezone", ["id": "Europe/Berlin", "offset": 0.001]),
        ("timezone", ["id": "", "offset": 1]), ("timezone", ["id": "a b", "offset": 1]),
        ("timezone", ["id": "Europe/Berlin", "offset": "x"]), ("language", 1.5), ("language", "e n"),
        ("lang", "de"), ("lang", []), ("emailSubscription", "ann@example.org"), ("emailSubscription", [:]),
        ("emailSubscription", ["email": "ann"]), ("emailSubscription", ["email": 1]),
    ]

    /// A good member beside the bad one is not stored either.
    private static let profiles = profileMembers.map { name, value in
        FaultCase("v2 change profile to \(name) \(value.text)", 400) { world in
            var body: JSONObject = ["nickname": "Eve"]
            body[name] = value
            return world.v2Profile(.object(body))
        }
    }

    private static let sessions =
        ["", "?id=", "?id", "?id=%00"].map { query in
            FaultCase("v2 end session\(query)", 400) { .delete("/v2/user/sessions\(query)", token: $0.token) }
        }
        + [FaultWorld.absentLogin, "x"].map { id in
            FaultCase("v2 end session \(id)", 405) { .delete("/v2/user/sessions?id=\(id)", token: $0.token) }
        } + [
            FaultCase("v2 end a session of somebody else", 405) {
                .delete("/v2/user/sessions?id=\($0.foreignLogin)", token: $0.token)
            }
        ]
}

import SwitchyardCore

/// Lets signatures pass or not, and holds up whoever guesses at an application's secret.
///
/// An address that has sent too many wrong ones hears `busy`, whether the next one is right or wrong. Only who shows besides whom he
/// is (a refresh token that is good, a client that the account knows) gets through with a right one: others behind the same
/// address must not be able to log him out.
struct SignatureJudge: Sendable {
    let limits: CredentialLimits

    /// Gives the application of a claim that is right.
    ///
    /// - Parameter proof: shows who calls; nil where nothing does.
    func judge(
        _ claim: Result<ClientApplication, SwitchyardError>,
        from address: String,
        proof: ((ClientApplication) async throws(SwitchyardError) -> Bool)? = nil
    ) async throws(SwitchyardError) -> ClientApplication {
        guard limits.holdsUp(address) else { return try count(claim, from: address) }
        guard case .success(let application) = claim else { throw busyInsteadOf(claim, address) }
        guard let proof, try await proof(application) else { throw limits.busy(address) }
        return application
    }

    /// The same for an address that is not held up.
    private func count(
        _ claim: Result<ClientApplication, SwitchyardError>,
        from address: String
    ) throws(SwitchyardError) -> ClientApplication {
        switch claim {
        case .success(let application): return application
        case .failure(let error) where error.code.isWrongCredential: throw limits.count(error, from: address)
        case .failure(let error): throw error
        }
    }

    /// What is malformed stays so.
    private func busyInsteadOf(
        _ claim: Result<ClientApplication, SwitchyardError>,
        _ address: String
    ) -> SwitchyardError {
        if case .failure(let error) = claim, !error.code.isWrongCredential { return error }
        return limits.busy(address)
    }
}

extension SwitchyardError.Code {
    /// Whether it tells something of an application and its secret.
    var isWrongCredential: Bool { self == .authenticationFailed || self == .applicationUnknown }
}

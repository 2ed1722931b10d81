/// The messages of an account, as its apps read them.
///
/// Source: `coolkit-v2-http.md` §6.
package struct MessageService: Sendable {
    /// The messages that one call may ask for.
    package static let limits = 1...30

    let store: any Store
    let recorder: MessageRecorder

    package init(store: any Store, recorder: MessageRecorder) {
        self.store = store
        self.recorder = recorder
    }

    /// The newest messages from before a time, newest first, among them all whose reason was acknowledged before this.
    ///
    /// Throws `invalidInput` for a limit out of range, `storageFailed`.
    package func messages(
        of account: AccountID,
        _ query: MessageQuery
    ) async throws(SwitchyardError) -> [AccountMessage] {
        guard Self.limits.contains(query.limit) else {
            throw SwitchyardError(.invalidInput, "params is error: num is not 1 to \(Self.limits.upperBound)")
        }
        await recorder.flush()
        return try await store.messages(of: account, query)
    }
}

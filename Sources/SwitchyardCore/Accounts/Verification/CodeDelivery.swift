/// A way to bring a verification code to its addressee.
package protocol CodeDelivery: Sendable {
    /// Returns when the message is handed on.
    ///
    /// Throws `sendingFailed` when it is not known to have been, `storageFailed`.
    func deliver(_ message: VerificationMessage) async throws(SwitchyardError)
}

/// Messages to accounts.
package protocol MessageStore: Sendable {
    /// Appends messages, oldest first, in one commit, and keeps the newest `limit` of each account. A message as old as the
    /// one before it, or less than a second older, is dated one millisecond after it. Those to accounts that do not exist
    /// (any more) are left out silently.
    func appendMessages(_ messages: [AccountMessage], keeping limit: Int) async throws(SwitchyardError)
    /// The newest messages of an account that fit the query, newest first.
    func messages(of account: AccountID, _ query: MessageQuery) async throws(SwitchyardError) -> [AccountMessage]
}

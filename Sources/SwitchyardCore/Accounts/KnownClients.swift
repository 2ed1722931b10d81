package import CoolkitWire
import Synchronization

/// From where the owner of an account has come lately: the clients that logged in, refreshed or opened a socket.
///
/// While strangers guess at a password, these have an allowance of their own (`LoginLimits`). It is what a "device cookie" is for
/// a browser (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"), but released clients keep no cookies: so it hangs
/// on the peer's network, which a stranger elsewhere cannot speak from, and within that network on what the client tells of
/// itself. All of it is in memory; a restart knows what the live log-ins tell.
package final class KnownClients: Sendable {
    /// A client as it can be known again.
    package struct Client: Hashable, Sendable {
        package let network: PeerNetwork
        package let appID: AppID
        package let os: String?
        package let model: String?

        package init(network: PeerNetwork, appID: AppID, os: String? = nil, model: String? = nil) {
            self.network = network
            self.appID = appID
            self.os = os
            self.model = model
        }
    }

    /// How well an account knows a client.
    package enum Standing: Sendable {
        case stranger
        /// Another client of the same network is known: a new telephone at home, or a neighbour behind one address.
        case neighbour
        case client
    }

    private struct Table {
        var accounts: [AccountIdentifier: AccountID] = [:]
        var clients: [AccountID: [Client: UnixTime]] = [:]
    }

    /// Clients of one account; the oldest go.
    package static let maximumPerAccount = 16
    /// How long a client is known after it was seen.
    package static let memory = Duration.days(30)

    private let table = Mutex(Table())

    package init() {}

    /// Notes that a client has proved itself the account's.
    package func note(_ client: Client, of account: Account, at time: UnixTime) {
        table.withLock { table in
            table.accounts[account.identifier] = account.id
            Self.add(client, of: account.id, at: time, to: &table)
        }
    }

    /// The same of a token's holder; only for an account of which a log-in is known.
    package func note(_ client: Client, of account: AccountID, at time: UnixTime) {
        table.withLock { table in
            guard table.clients[account] != nil else { return }
            Self.add(client, of: account, at: time, to: &table)
        }
    }

    private static func add(_ client: Client, of account: AccountID, at time: UnixTime, to table: inout Table) {
        var clients = table.clients[account, default: [:]]
        clients[client] = max(time, clients[client] ?? time)
        if clients.count > maximumPerAccount, let oldest = clients.min(by: { $0.value < $1.value })?.key {
            clients[oldest] = nil
        }
        table.clients[account] = clients
    }

    /// How well the account of this name knows the client; a name that is nobody's knows none.
    package func standing(of client: Client, with identifier: AccountIdentifier, at time: UnixTime) -> Standing {
        let oldest = time.advanced(by: .zero - Self.memory)
        return table.withLock { table in
            guard let clients = table.accounts[identifier].flatMap({ table.clients[$0] }) else { return .stranger }
            if let seen = clients[client], oldest <= seen { return .client }
            let hasNeighbour = clients.contains { $0.key.network == client.network && oldest <= $0.value }
            return hasNeighbour ? .neighbour : .stranger
        }
    }

    /// Forgets an account's clients: its password has changed hands, or it is gone.
    package func forget(_ account: AccountID) {
        table.withLock { table in
            guard table.clients.removeValue(forKey: account) != nil else { return }
            table.accounts = table.accounts.filter { $0.value != account }
        }
    }

    /// Forgets who was not seen for long: hourly.
    package func removeOld(at time: UnixTime) {
        let oldest = time.advanced(by: .zero - Self.memory)
        table.withLock { table in
            table.clients = table.clients.compactMapValues { clients in
                let alive = clients.filter { oldest <= $0.value }
                return alive.isEmpty ? nil : alive
            }
            let clients = table.clients
            table.accounts = table.accounts.filter { clients[$0.value] != nil }
        }
    }
}

extension LoginClient {
    /// Where it speaks from.
    var network: PeerNetwork { PeerNetwork(of: address) }
    /// What it is known by.
    var known: KnownClients.Client {
        KnownClients.Client(network: network, appID: appID, os: os, model: model)
    }
}

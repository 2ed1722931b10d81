package import CoolkitWire
package import NIOCore
import Synchronization

/// Commands to several things at once, of whose ends one waits together, and not for longer than asked.
///
/// Source: `coolkit-v2-http.md` §4.2; API Center v2, "Update the Status of Multiple Devices or Groups".
package struct CommandBatch: Sendable {
    /// What a command is for.
    package enum Target: Hashable, Sendable {
        case device(DeviceID)
        case group(ThingGroupID)
    }

    /// One command.
    package struct Order: Sendable {
        package let target: Target
        /// Raw JSON, an object.
        package let params: ByteBuffer

        package init(target: Target, params: ByteBuffer) {
            self.target = target
            self.params = params
        }
    }

    /// What became of a command by the end of the wait.
    package enum Result: Hashable, Sendable {
        /// The device acked; always of a group, and of every command that was sent and that one does not wait for.
        case sent
        case offline
        /// Refused, not answered in time, or not for this account.
        case failed
    }

    /// Commands of one batch at the most.
    package static let maximumOrders = 10
    /// The longest wait.
    package static let maximumWait = Duration.milliseconds(8_000)

    private let commands: DeviceCommands
    private let groups: ThingGroupService
    private let timer: any Clock<Duration>

    /// - Parameter timer: the time that batches wait by.
    package init(commands: DeviceCommands, groups: ThingGroupService, timer: any Clock<Duration>) {
        self.commands = commands
        self.groups = groups
        self.timer = timer
    }

    /// Sends all commands and waits for the devices' ends, at most for `limit`; with zero for none.
    ///
    /// A command lives on when the wait is over: the ack that comes later is state, and told to apps, as always.
    /// - Returns: a result for each order, in the same order. Throws `invalidInput` for none, too many, or one thing twice.
    package func send(
        _ orders: [Order],
        from account: AccountID,
        waiting limit: Duration
    ) async throws(SwitchyardError) -> [Result] {
        guard (1...Self.maximumOrders).contains(orders.count), Set(orders.map(\.target)).count == orders.count else {
            throw SwitchyardError(
                .invalidInput,
                "params is error: thingList has 1 to \(Self.maximumOrders) things, each of them once"
            )
        }
        let ends = BatchEnds()
        var refused: Set<Target> = []
        for order in orders {
            guard case .device(let id) = order.target else { continue }
            if !dispatch(order.params, to: id, from: account, ends) { refused.insert(order.target) }
        }
        await sendToGroups(orders, from: account)
        if limit > .zero { await wait(for: ends, atMost: limit) }
        return orders.map { order in
            guard case .device(let id) = order.target else { return .sent }
            guard limit > .zero else { return refused.contains(order.target) ? .failed : .sent }
            return ends.result(of: id)
        }
    }

    /// False when the account may not.
    private func dispatch(
        _ params: ByteBuffer,
        to id: DeviceID,
        from account: AccountID,
        _ ends: BatchEnds
    ) -> Bool {
        ends.expect(id)
        do throws(SwitchyardError) {
            try commands.send(params, sequence: nil, to: id, from: .account(account), origin: ends)
            return true
        } catch {
            ends.end(id, as: .failed)
            return false
        }
    }

    /// What becomes of a group's command is not told.
    private func sendToGroups(_ orders: [Order], from account: AccountID) async {
        for order in orders {
            guard case .group(let id) = order.target else { continue }
            do throws(SwitchyardError) {
                try await groups.send(order.params, to: id, from: account, waits: false)
            } catch {
                continue
            }
        }
    }

    private func wait(for ends: BatchEnds, atMost limit: Duration) async {
        await withTaskGroup { group in
            group.addTask { await ends.all() }
            group.addTask {
                // Thrown when all have ended before, or the caller has gone.
                try? await timer.sleep(for: limit)
                ends.giveUp()
            }
            await group.next()
            group.cancelAll()
        }
    }
}

/// The origin of a batch's commands: collects their ends.
private final class BatchEnds: CommandOrigin {
    private struct State {
        /// Nil: not ended yet.
        var results: [DeviceID: CommandBatch.Result?] = [:]
        var open = 0
        var hasGivenUp = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func expect(_ id: DeviceID) {
        state.withLock { state in
            state.results[id] = .some(nil)
            state.open += 1
        }
    }

    func commandFinished(_ command: DeviceCommand, _ outcome: CommandOutcome) {
        let result: CommandBatch.Result =
            switch outcome {
            case .acknowledged: .sent
            case .offline: .offline
            case .refused, .timedOut, .busy: .failed
            }
        end(command.device.id, as: result)
    }

    func end(_ id: DeviceID, as result: CommandBatch.Result) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.hasGivenUp else { return nil }
            state.results[id] = result
            state.open -= 1
            guard state.open == 0 else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns when all have ended, or with `giveUp`.
    func all() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard state.open > 0, !state.hasGivenUp else { return true }
                state.waiter = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// The time is over; what ends later does not count.
    func giveUp() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.hasGivenUp = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func result(of id: DeviceID) -> CommandBatch.Result {
        state.withLock { ($0.results[id] ?? nil) ?? .failed }
    }
}

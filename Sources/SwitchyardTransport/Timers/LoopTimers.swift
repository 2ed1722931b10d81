package import NIOCore
package import SwitchyardCore

/// What is told when its time has come.
package protocol TimerTarget: AnyObject {
    /// Called on the loop; may schedule again. A target whose real deadline is later by now schedules itself anew.
    func timerFired(now: MonotonicTime)
}

/// The timers of one event loop: a hashed wheel with slots of 100 ms, turned by one task of the loop.
///
/// Confined to its loop. Time is read from a `MonotonicClock`, so a test that moves the clock sees everything due
/// fire on the wheel's next turn; a jump longer than the wheel is caught up in one pass. A timer fires up to two
/// slots late and never early. Of many that are due at once, a few fire in each turn of the loop, which serves its sockets in
/// between. Targets are held weakly: one that is gone is dropped in silence.
package final class LoopTimers {
    package static let slotMilliseconds: Int64 = 100
    private static let slotCount = 512
    /// What one does then is short: a look at a peer, a ping.
    static let firedPerTurn = 32

    package let eventLoop: any EventLoop
    private let clock: MonotonicClock
    private let doorbell: LoopDoorbell
    /// Off the wheel, and to be fired; earliest first.
    private var due = CircularBuffer<LoopTimer>()
    private var slots: [LoopTimer?]
    private var count = 0
    private var currentTick: Int64
    private var isTurning = false

    init(eventLoop: any EventLoop, clock: MonotonicClock) {
        self.eventLoop = eventLoop
        self.clock = clock
        slots = Array(repeating: nil, count: Self.slotCount)
        currentTick = clock.now.milliseconds / Self.slotMilliseconds
        doorbell = LoopDoorbell(eventLoop: eventLoop)
        doorbell.answer = { [unowned self] in self.fireDue() }
    }

    deinit {
        for index in slots.indices { unlinkAll(in: index) }
    }

    /// The time now by the wheel's clock.
    package var now: MonotonicTime { clock.now }

    /// The number of timers that wait.
    package var waiting: Int { count }

    /// Tells `target` at `time`.
    ///
    /// The result cancels it, and can be scheduled again without allocation.
    @discardableResult
    package func schedule(at time: MonotonicTime, _ target: any TimerTarget) -> LoopTimer {
        let timer = LoopTimer(target: target)
        schedule(timer, at: time)
        return timer
    }

    /// Calls `body` once at `time`, for rare timers.
    ///
    /// It is kept until then, or until cancelled.
    @discardableResult
    package func schedule(at time: MonotonicTime, _ body: @escaping (MonotonicTime) -> Void) -> LoopTimer {
        let timer = LoopTimer(body: body)
        schedule(timer, at: time)
        return timer
    }

    /// Sets a timer's time, whether it waits already or has fired.
    package func schedule(_ timer: LoopTimer, at time: MonotonicTime) {
        eventLoop.assertInEventLoop()
        cancel(timer)
        let due = (time.milliseconds + Self.slotMilliseconds - 1) / Self.slotMilliseconds
        timer.time = time
        timer.dueTick = max(due, currentTick + 1)
        timer.state = .waiting
        link(timer)
        count += 1
        startTurning()
    }

    /// Takes a timer off the wheel; nothing happens if it does not wait.
    package func cancel(_ timer: LoopTimer) {
        eventLoop.assertInEventLoop()
        if timer.state == .waiting {
            unlink(timer)
            count -= 1
        }
        timer.state = .idle
    }

    // MARK: Turning

    private func startTurning() {
        guard !isTurning else { return }
        isTurning = true
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Self.slotMilliseconds)) { [weak self] in
            self?.turn()
        }
    }

    private func turn() {
        isTurning = false
        catchUp()
        if count > 0 { startTurning() }
    }

    /// Takes everything due by the clock off the wheel.
    private func catchUp() {
        let tick = clock.now.milliseconds / Self.slotMilliseconds
        guard tick > currentTick else { return }
        var found: [LoopTimer] = []
        let steps = min(tick - currentTick, Int64(Self.slotCount))
        for step in 0..<steps { takeDue(in: slot(of: tick - step), by: tick, into: &found) }
        currentTick = tick
        if found.count > 1 { found.sort { $0.time < $1.time } }
        due.append(contentsOf: found)
        fireDue()
    }

    private func fireDue() {
        let now = clock.now
        var left = Self.firedPerTurn
        while left > 0, let timer = due.popFirst() {
            // It may have been cancelled or set anew by one that fired before it.
            guard timer.state == .due else { continue }
            left -= 1
            timer.state = .idle
            timer.fire(now: now)
        }
        if !due.isEmpty { doorbell.ring() }
    }

    private func takeDue(in index: Int, by tick: Int64, into due: inout [LoopTimer]) {
        var next = slots[index]
        while let timer = next {
            next = timer.next
            guard timer.dueTick <= tick else { continue }
            unlink(timer)
            count -= 1
            timer.state = .due
            due.append(timer)
        }
    }

    // MARK: Slots

    private func slot(of tick: Int64) -> Int { Int(tick & Int64(Self.slotCount - 1)) }

    private func link(_ timer: LoopTimer) {
        let index = slot(of: timer.dueTick)
        let first = slots[index]
        timer.next = first
        timer.previous = nil
        first?.previous = timer
        slots[index] = timer
    }

    private func unlink(_ timer: LoopTimer) {
        if let previous = timer.previous {
            previous.next = timer.next
        } else {
            slots[slot(of: timer.dueTick)] = timer.next
        }
        timer.next?.previous = timer.previous
        timer.next = nil
        timer.previous = nil
    }

    /// Takes a chain apart one by one: releasing its head would recurse through the whole chain.
    private func unlinkAll(in index: Int) {
        while let timer = slots[index] { unlink(timer) }
    }
}

/// One timer of a `LoopTimers`, and the handle to cancel it.
package final class LoopTimer {
    fileprivate enum State {
        case idle
        case waiting
        case due
    }

    fileprivate var next: LoopTimer?
    /// The chain owns its timers through `next`; a timer is unlinked before it is let go.
    fileprivate unowned(unsafe) var previous: LoopTimer?
    fileprivate var dueTick: Int64 = 0
    fileprivate var state = State.idle
    fileprivate var time = MonotonicTime(milliseconds: 0)
    private weak var target: (any TimerTarget)?
    private var body: ((MonotonicTime) -> Void)?

    /// A timer for a target, to be scheduled later and as often as needed.
    package init(target: any TimerTarget) { self.target = target }

    fileprivate init(body: @escaping (MonotonicTime) -> Void) { self.body = body }

    /// Whether it waits on a wheel.
    package var isScheduled: Bool { state == .waiting }

    /// The time it was last set to.
    package var scheduledTime: MonotonicTime { time }

    fileprivate func fire(now: MonotonicTime) {
        if let body {
            self.body = nil
            body(now)
        } else {
            target?.timerFired(now: now)
        }
    }
}

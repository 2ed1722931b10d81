import NIOCore
package import SwitchyardCore

extension WebSocketConnection {
    /// Says goodbye: a close frame, then the end of the transport once the peer has answered, or after
    /// `closeTimeout`.
    package func close(code: UInt16, reason: String) {
        guard state == .open, let context else { return }
        state = .closing
        drainReader()
        let frame = WebSocketFrame.close(code: code, reason: reason, allocator: context.channel.allocator)
        context.write(wrapOutboundOut(frame), promise: nil)
        flushNow()
        // A peer that was not read while paused must be able to answer.
        resumeReading()
        deadline = timers.now.advanced(by: limits.closeTimeout)
        scheduleDeadline()
    }

    /// Drops the connection without a word.
    ///
    /// The delegate hears `closed` when the transport is gone.
    package func closeTransport() {
        guard state != .closed, state != .dropped else { return }
        state = .dropped
        context?.close(promise: nil)
    }

    /// Answers the peer's close frame with its own code, or without one if it had none, and hangs up.
    ///
    /// If ours went first, this was the answer.
    func receivedClose(code: UInt16?) {
        guard state == .open, let context else { return closeTransport() }
        state = .closing
        var frame = WebSocketFrame.makeBuffer(capacity: 2, allocator: context.channel.allocator)
        if let code { frame.writeInteger(code) }
        WebSocketFrame.seal(&frame, opcode: .close)
        deadline = timers.now.advanced(by: limits.closeTimeout)
        scheduleDeadline()
        outbound.unflushedBytes = 0
        // A handler runs on its channel's loop, and so does the future of its write.
        context.writeAndFlush(wrapOutboundOut(frame)).assumeIsolated().whenComplete { _ in self.closeTransport() }
    }

    /// Says goodbye for the server, and drops the connection after `drain` if the goodbye does not end it.
    func startShuttingDown(drain: Duration) {
        guard state == .open || state == .closing, let context else { return }
        // By the loop's own time: stopping ends within its limit whatever the wheel's clock says.
        cutOff = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(drain)) { [weak self] in
            self?.closeTransport()
        }
        guard state == .open else { return }
        delegate?.shuttingDown(self)
        close(code: WebSocketCloseCode.goingAway, reason: "server stops")
    }
}

extension WebSocketConnection: TimerTarget {
    /// Sets or takes away the time of the delegate's `deadlinePassed`.
    ///
    /// Moving a deadline further out costs no wheel operation: the entry that is on the wheel finds the new one when
    /// it fires. Has no effect once the connection closes, which has a deadline of its own.
    package func setDeadline(_ time: MonotonicTime?) {
        guard state == .opening || state == .open else { return }
        deadline = time
        scheduleDeadline()
    }

    private func scheduleDeadline() {
        guard let deadline else { return }
        let timer = self.timer ?? LoopTimer(target: self)
        self.timer = timer
        if !timer.isScheduled || deadline < timer.scheduledTime { timers.schedule(timer, at: deadline) }
    }

    package func timerFired(now: MonotonicTime) {
        guard let deadline else { return }
        guard deadline <= now else { return scheduleDeadline() }
        self.deadline = nil
        switch state {
        case .opening, .open: delegate?.deadlinePassed(self, now: now)
        case .closing:
            // What is unsent is for a peer that does not read.
            if let context, !context.channel.isWritable { SendQueue.abandon(of: context) }
            closeTransport()
        case .dropped, .closed: break
        }
    }
}

/// Whether we wait for a peer longer than usual, so that its connection counts with the slow ones of its network.
struct Slowness {
    private let place: ConnectionLimiter.Place
    private var isCounted = false
    /// The rest of a request is to come, and nothing of it is here.
    var isRequestAwaited = false { didSet { count() } }
    /// It takes little of an answer.
    var isReaderAwaited = false { didSet { count() } }

    init(place: ConnectionLimiter.Place) { self.place = place }

    private mutating func count() {
        let isSlow = isRequestAwaited || isReaderAwaited
        guard isSlow != isCounted else { return }
        isCounted = isSlow
        place.changed(isSlow: isSlow)
    }
}

import Testing

/// The tests that start processes, one after the other: they look at how long a server takes for what it does.
///
/// `CommandsAloneTests` and `CrashTests` stand beside it, since nothing of theirs is timed.
@Suite("Processes", .serialized)
enum Processes {}

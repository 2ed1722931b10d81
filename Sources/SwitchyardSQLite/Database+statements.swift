import CoolkitWire
import Foundation
import GRDB
import SwitchyardCore

extension Database {
    /// Runs a statement of a table, prepared once for each connection.
    func run(_ statement: some RawRepresentable<String>, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: statement.rawValue).execute(arguments: arguments)
    }

    /// Runs a statement that returns rows and makes a value of each.
    func fetch<Value>(
        _ statement: some RawRepresentable<String>,
        _ arguments: StatementArguments = [],
        _ make: (Row) throws -> Value
    ) throws -> [Value] {
        let rows = try Row.fetchCursor(cachedStatement(sql: statement.rawValue), arguments: arguments)
        var values: [Value] = []
        while let row = try rows.next() { values.append(try make(row)) }
        return values
    }
}

/// A stored text that is not what its column holds: the file was changed by something else than the store.
struct UnreadableColumn: Error {
    let name: String
}

extension Row {
    /// Reads a text through the initializer of what it names.
    func value<Value>(_ column: String, _ make: (String) -> Value?) throws -> Value {
        guard let value = make(try decode(String.self, forColumn: column)) else { throw UnreadableColumn(name: column) }
        return value
    }

    /// The same; nil for NULL.
    func valueIfPresent<Value>(_ column: String, _ make: (String) -> Value?) throws -> Value? {
        guard let text = try decode(String?.self, forColumn: column) else { return nil }
        guard let value = make(text) else { throw UnreadableColumn(name: column) }
        return value
    }

    /// Reads milliseconds since 1970.
    func time(_ column: String) throws -> UnixTime {
        UnixTime(milliseconds: try decode(Int64.self, forColumn: column))
    }

    /// Reads milliseconds since 1970; nil for NULL.
    func timeIfPresent(_ column: String) throws -> UnixTime? {
        try decode(Int64?.self, forColumn: column).map(UnixTime.init(milliseconds:))
    }

    func text(_ column: String) throws -> String { try decode(String.self, forColumn: column) }
}

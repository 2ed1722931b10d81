import GRDB
import SwitchyardCore

extension SwitchyardError {
    /// Translates what the database threw; errors of our own pass through.
    ///
    /// The path is for operators at start: what reaches a peer does not have it.
    init(database error: any Error, at path: String? = nil) {
        if let error = error as? SwitchyardError {
            guard let path, error.code == .storageFailed, !error.message.contains(path) else {
                self = error
                return
            }
            self.init(.storageFailed, "\(path): \(error.message)", underlying: error.underlying)
            return
        }
        let sentence = (error as? DatabaseError).map(Self.sentence) ?? "the database failed"
        // Of a row that cannot be read the library's error shows every value, hashes of passwords and keys among them.
        let cause: any Error = error is DatabaseError ? error : UnreadableRow(error)
        self.init(.storageFailed, path.map { "\($0): \(sentence)" } ?? sentence, underlying: cause)
    }

    private static func sentence(for error: DatabaseError) -> String {
        switch error.resultCode {
        case .SQLITE_FULL: "there is no room left for the database"
        case .SQLITE_IOERR: "the disk failed while the database was using it"
        case .SQLITE_READONLY: "the database is read-only: check the owner and the mode of the file and its folder"
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            "the database cannot be opened: check the owner and the mode of the file and its folder"
        case .SQLITE_NOTADB: "the file is not a database"
        case .SQLITE_CORRUPT: "the database is damaged: restore a backup"
        case .SQLITE_BUSY, .SQLITE_LOCKED: "the database is in use by another process"
        case .SQLITE_CONSTRAINT: "the database refused a value"
        default: "the database failed"
        }
    }
}

extension DatabaseError {
    /// Whether a row with the same key exists.
    var isDuplicate: Bool {
        [.SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY].contains(extendedResultCode)
    }

    /// Whether the row that this one refers to does not exist.
    var isMissingReference: Bool { extendedResultCode == .SQLITE_CONSTRAINT_FOREIGNKEY }

    /// Whether a value breaks a rule of the schema.
    var isRefusedValue: Bool {
        [.SQLITE_CONSTRAINT_CHECK, .SQLITE_CONSTRAINT_NOTNULL, .SQLITE_CONSTRAINT_DATATYPE].contains(extendedResultCode)
    }
}

/// Stands in the log for an error whose own text shows what is in the database.
struct UnreadableRow: Error, CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        let column = "\(error)".firstMatch(of: #/column(?: not found)?: "(\w+)"/#)?.1
        description = "\(type(of: error))" + (column.map { " at the column \($0)" } ?? "")
    }
}

import CoolkitWire
import SwitchyardCore

/// Both sides of a share in the device object: `sharedTo` for the owner, `sharedBy` for the receiver.
///
/// Source: `coolkit-websocket.md` §10.1 ("Stored share"), `coolkit-v1-http.md` §1.6.
extension DeviceObject {
    func writeShares(into object: inout JSONMembers) {
        guard let share = snapshot.sharedBy else {
            return object.add("sharedTo", array: snapshot.sharedTo) { share, buffer in
                buffer.writeJSONObject { Self.write(share, into: &$0) }
            }
        }
        object.add("sharedBy") { party in
            Self.write(share.owner, into: &party)
            Self.writeTerms(of: share, into: &party)
        }
    }

    private static func write(_ share: Share, into object: inout JSONMembers) {
        write(share.receiver, into: &object)
        object.add("deviceName", share.terms.deviceName)
        object.add("userName", share.terms.userName)
        writeTerms(of: share, into: &object)
    }

    private static func write(_ party: ShareParty, into object: inout JSONMembers) {
        object.add("apikey", party.apiKey.rawValue)
        switch party.identifier {
        case .email(let email): object.add("email", email)
        case .phone(let number): object.add("phoneNumber", number)
        }
        object.add("nickname", party.nickname)
    }

    private static func writeTerms(of share: Share, into object: inout JSONMembers) {
        object.add("permit", share.terms.permit.rawValue)
        object.add("note", share.terms.note)
        object.add("shareTime", JSON(share.sharedAt.milliseconds))
    }
}

package import CoolkitWire
import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
package import SwitchyardCore
import X509

/// What people want to know about a certificate on disk: `cert show`.
package struct CertificateDescription: Sendable, Equatable {
    package let file: String
    package let subject: String
    package let issuer: String
    package let dnsNames: [String]
    package let addresses: [String]
    package let notBefore: UnixTime
    package let notAfter: UnixTime
    /// SHA-256 of the certificate: upper-case hex, the bytes set apart by colons.
    package let fingerprint: String
    /// `P-256`, `RSA-2048` and the like.
    package let keyType: String
    package let isAuthority: Bool

    /// Whole days until it expires; negative afterwards.
    package func daysLeft(at now: UnixTime) -> Int {
        Int((Double(notAfter.seconds - now.seconds) / 86_400).rounded(.down))
    }

    /// Reads the first certificate of a PEM file; throws `invalidInput` if there is none.
    package init(file: String) throws(SwitchyardError) {
        do {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            guard let first = try PEMDocument.parseMultiple(pemString: text).first else {
                throw SwitchyardError(.invalidInput, "\(file) holds no certificate")
            }
            try self.init(certificate: Certificate(pemDocument: first), file: file)
        } catch let error as SwitchyardError {
            throw error
        } catch {
            throw SwitchyardError(.invalidInput, "\(file) holds no certificate", underlying: error)
        }
    }

    private init(certificate: Certificate, file: String) throws {
        self.file = file
        subject = "\(certificate.subject)"
        issuer = "\(certificate.issuer)"
        let alternatives = try certificate.extensions.subjectAlternativeNames
        dnsNames = alternatives?.compactMap { if case .dnsName(let name) = $0 { name } else { nil } } ?? []
        addresses =
            alternatives?.compactMap { if case .ipAddress(let bytes) = $0 { bytes.addressText } else { nil } } ?? []
        notBefore = UnixTime(seconds: Int64(certificate.notValidBefore.timeIntervalSince1970))
        notAfter = UnixTime(seconds: Int64(certificate.notValidAfter.timeIntervalSince1970))
        var serializer = DER.Serializer()
        try certificate.serialize(into: &serializer)
        let digest = SHA256.hash(data: Data(serializer.serializedBytes))
        fingerprint = digest.map { String(format: "%02X", $0) }.joined(separator: ":")
        keyType = Self.keyType(of: certificate.publicKey)
        if case .isCertificateAuthority = try certificate.extensions.basicConstraints {
            isAuthority = true
        } else {
            isAuthority = false
        }
    }

    private static func keyType(of key: Certificate.PublicKey) -> String {
        if let rsa = _RSA.Signing.PublicKey(key) { return "RSA-\(rsa.keySizeInBits)" }
        if P256.Signing.PublicKey(key) != nil { return "P-256" }
        if P384.Signing.PublicKey(key) != nil { return "P-384" }
        if P521.Signing.PublicKey(key) != nil { return "P-521" }
        return "other"
    }
}

extension ASN1OctetString {
    /// The numeric text of an address as it stands in a certificate: 4 or 16 bytes.
    fileprivate var addressText: String? {
        let bytes = Array(self.bytes)
        switch bytes.count {
        case 4: return bytes.map(String.init).joined(separator: ".")
        case 16:
            return stride(from: 0, to: 16, by: 2).map { index in
                String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
            }.joined(separator: ":")
        default: return nil
        }
    }
}

import CoolkitWire
import Crypto
import CryptoExtras
import Foundation
import NIOCore
import SwiftASN1
import SwitchyardCore
import X509

/// What a server certificate is made out to.
package struct CertificateNames: Sendable {
    /// DNS names; `*.example.org` is allowed.
    ///
    /// The first is the one clients are told by default.
    package var dnsNames: [String]
    /// Numeric IPv4 and IPv6 addresses.
    package var addresses: [String]

    package init(dnsNames: [String], addresses: [String] = []) {
        self.dnsNames = dnsNames
        self.addresses = addresses
    }

    /// Throws `invalidInput` for a name or address that could not stand in a certificate.
    func subjectAlternativeNames() throws(SwitchyardError) -> SubjectAlternativeNames {
        guard !dnsNames.isEmpty || !addresses.isEmpty else {
            throw SwitchyardError(.invalidInput, "a certificate needs a name or an address")
        }
        var names: [GeneralName] = []
        for name in dnsNames {
            guard Self.isDNSName(name) else { throw SwitchyardError(.invalidInput, "\(name) is not a DNS name") }
            names.append(.dnsName(name.lowercased()))
        }
        for address in addresses {
            guard let bytes = Self.bytes(of: address) else {
                throw SwitchyardError(.invalidInput, "\(address) is not a numeric address")
            }
            names.append(.ipAddress(ASN1OctetString(contentBytes: bytes[...])))
        }
        return SubjectAlternativeNames(names)
    }

    var commonName: String { String((dnsNames.first ?? addresses.first ?? "switchyard").prefix(64)) }

    private static func isDNSName(_ name: String) -> Bool {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, let first = labels.first else { return false }
        let rest = first == "*" ? labels.dropFirst() : labels[...]
        return !rest.isEmpty
            && rest.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { byte in
                        switch byte {
                        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                            true
                        default: false
                        }
                    }
            }
    }

    private static func bytes(of address: String) -> [UInt8]? {
        guard let parsed = try? SocketAddress(ipAddress: address, port: 0) else { return nil }
        switch parsed {
        case .v4(let v4): return withUnsafeBytes(of: v4.address.sin_addr) { Array($0) }
        case .v6(let v6): return withUnsafeBytes(of: v6.address.sin6_addr) { Array($0) }
        case .unixDomainSocket: return nil
        }
    }
}

/// A certificate with its key, as PEM.
struct IssuedCertificate {
    /// The leaf, followed by what it is signed by where peers need that.
    let certificatePEM: String
    let keyPEM: String
}

/// A private certificate authority: one that people install on their phones to reach their own server.
struct CertificateAuthority {
    private static let daySeconds: TimeInterval = 86_400
    /// Clocks of peers may be behind.
    private static let backdating = daySeconds
    private static let authorityDays: TimeInterval = 3_652
    /// The longest that Apple's systems accept is 398 days.
    private static let serverDays: TimeInterval = 397

    private let certificate: Certificate
    private let key: Certificate.PrivateKey

    /// Makes a new authority: P-256, ten years, for signing server certificates only.
    init(makingAt now: UnixTime) throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        self.key = key
        let name = try DistinguishedName {
            CommonName("Switchyard private CA \(RandomText.hex(bytes: 3))")
            OrganizationName("Switchyard")
        }
        let start = Date(timeIntervalSince1970: TimeInterval(now.seconds))
        certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: start - Self.backdating,
            notValidAfter: start + Self.authorityDays * Self.daySeconds,
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            },
            issuerPrivateKey: key
        )
    }

    /// Takes up an authority that was made before.
    init(certificatePEM: String, keyPEM: String) throws {
        certificate = try Certificate(pemEncoded: certificatePEM)
        key = try Certificate.PrivateKey(pemEncoded: keyPEM)
    }

    /// Whether it is still good for as long as a certificate that it signs now.
    func outlives(serverCertificateFrom now: UnixTime) -> Bool {
        let end = Date(timeIntervalSince1970: TimeInterval(now.seconds)) + Self.serverDays * Self.daySeconds
        return certificate.publicKey == key.publicKey && certificate.notValidAfter > end
    }

    func pem() throws -> IssuedCertificate {
        IssuedCertificate(
            certificatePEM: try certificate.serializeAsPEM().pemString + "\n",
            keyPEM: try key.serializeAsPEM().pemString + "\n"
        )
    }

    /// Signs a P-256 server certificate; its PEM carries the authority's certificate after it.
    func issueServerCertificate(for names: CertificateNames, at now: UnixTime) throws -> IssuedCertificate {
        let leafKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let alternatives = try names.subjectAlternativeNames()
        let start = Date(timeIntervalSince1970: TimeInterval(now.seconds))
        let leaf = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: leafKey.publicKey,
            notValidBefore: start - Self.backdating,
            // Both ends count as valid, and the start is set back: still within 398 days.
            notValidAfter: start + (Self.serverDays - 1) * Self.daySeconds,
            issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(names.commonName) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                alternatives
                SubjectKeyIdentifier(hash: leafKey.publicKey)
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: key.publicKey).keyIdentifier)
            },
            issuerPrivateKey: key
        )
        let chain = try leaf.serializeAsPEM().pemString + "\n" + certificate.serializeAsPEM().pemString + "\n"
        return IssuedCertificate(certificatePEM: chain, keyPEM: try leafKey.serializeAsPEM().pemString + "\n")
    }

    /// The certificate of the device listener: RSA-2048, signed by itself, short, valid for ten years.
    ///
    /// Old firmware has buffers of a few KiB, knows no ECDSA and checks nothing: so one certificate with a small
    /// subject. Source: coolkit-device-side.md §8.
    static func makeDeviceCertificate(for names: CertificateNames, at now: UnixTime) throws -> IssuedCertificate {
        let key = Certificate.PrivateKey(try _RSA.Signing.PrivateKey(keySize: .bits2048))
        // Checked like the others, but left out when there are many: the certificate is to stay short.
        let alternatives = try names.subjectAlternativeNames()
        let name = try DistinguishedName { CommonName(names.commonName) }
        let start = Date(timeIntervalSince1970: TimeInterval(now.seconds))
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: start - backdating,
            notValidAfter: start + authorityDays * daySeconds,
            issuer: name,
            subject: name,
            signatureAlgorithm: .sha256WithRSAEncryption,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true, keyEncipherment: true))
                try ExtendedKeyUsage([.serverAuth])
                if names.dnsNames.count + names.addresses.count <= 8 { alternatives }
            },
            issuerPrivateKey: key
        )
        return IssuedCertificate(
            certificatePEM: try certificate.serializeAsPEM().pemString + "\n",
            keyPEM: try key.serializeAsPEM().pemString + "\n"
        )
    }
}

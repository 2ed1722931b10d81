package import CoolkitWire
import Logging
import NIOCore

/// What calls of HTTP version 2 hand in: the same orders, awaited.
///
/// Source: `coolkit-v2-http.md` §4.2.
extension ShareDesk {
    /// The devices that one call may share.
    package static let maximumDevicesPerCall = 100

    // MARK: share

    /// Shares an owner's devices with another account, without asking that one.
    ///
    /// A device that is shared with it already gets the new terms. All is checked before anything is stored; should a share
    /// then be refused (a bound, the store), those that this call made are taken back before anybody hears of them. The receiver's
    /// apps hear `share`, as they would of an invitation; what they answer does not matter any more. Source: API Center v2, "Share
    /// Devices" (`shareType`: "1=silent sharing, without the consent of the user being shared").
    ///
    /// - Throws: `deviceNotFound`, `forbidden` (the device is shared with the caller), `receiverUnknown`, `invalidInput` (with
    ///   oneself; no device or too many), `busy` (a bound), `storageFailed`.
    package func share(
        _ devices: [DeviceID],
        of owner: AccountID,
        with identifier: AccountIdentifier,
        _ change: ShareTermsChange
    ) async throws(SwitchyardError) {
        guard (1...Self.maximumDevicesPerCall).contains(devices.count) else {
            throw SwitchyardError(
                .invalidInput,
                "params is error: deviceidList has 1 to \(Self.maximumDevicesPerCall) elements"
            )
        }
        var owned: [LiveDevice] = []
        for id in devices {
            let live = try device(id, of: owner)
            if !owned.contains(where: { $0 === live }) { owned.append(live) }
        }
        let sharer = try await service.account(owner)
        let receiver = try await receiver(identifier, of: sharer)
        let wanted = owned.map { share(of: $0, by: sharer, with: receiver, change) }
        let made = try await make(wanted)
        for share in wanted where !made.contains(where: { $0.device == share.device }) {
            try await changeTerms(of: share, change)
        }
        for share in made {
            service.tell(share, hasBegun: true)
            announce(.share, share)
        }
    }

    private func receiver(
        _ identifier: AccountIdentifier,
        of sharer: Account
    ) async throws(SwitchyardError) -> Account {
        try rates.checkQuestion(of: sharer.id)
        guard let receiver = try await service.receiver(identifier.description, in: sharer.region) else {
            rates.askedInVain(sharer.id)
            throw SwitchyardError(.receiverUnknown, "the user to share with does not exist")
        }
        guard receiver.id != sharer.id else {
            throw SwitchyardError(.invalidInput, "a device cannot be shared with its owner")
        }
        return receiver
    }

    private func share(
        of device: LiveDevice,
        by owner: Account,
        with receiver: Account,
        _ change: ShareTermsChange
    ) -> Share {
        Share(
            device: device.id,
            owner: ShareParty(owner),
            receiver: ShareParty(receiver),
            terms: ShareTerms(deviceName: device.device.name).changed(by: change),
            sharedAt: service.clock.now
        )
    }

    /// Stores those that are not yet there, all or none; returns them.
    private func make(_ shares: [Share]) async throws(SwitchyardError) -> [Share] {
        var made: [Share] = []
        for share in shares {
            do throws(SwitchyardError) {
                if let share = try await makeIfNew(share) { made.append(share) }
            } catch {
                await takeBack(made)
                throw error
            }
        }
        return made
    }

    /// Nil when the device is shared with the account already.
    private func makeIfNew(_ share: Share) async throws(SwitchyardError) -> Share? {
        if service.registry.device(share.device)?.isShared(with: share.receiver.id) == true { return nil }
        try checkUnasked(share)
        do throws(SwitchyardError) {
            return try await service.store(share)
        } catch {
            forgive(share)
            // Somebody was faster.
            guard error.code == .alreadyExists else { throw error }
            return nil
        }
    }

    /// Counts a share that the receiver has not agreed to.
    ///
    /// These take up at most half of what he may receive, those of one owner a quarter: he can always agree to another.
    private func checkUnasked(_ share: Share) throws(SwitchyardError) {
        let received = service.registry.devices(sharedWith: share.receiver.id)
        let alike = share.sharesOfOwner(among: received)
        let room = service.settings.maximumSharesPerAccount
        guard received.count < max(room / 2, 1), alike.count < max(room / 4, 1) else {
            throw SwitchyardError(.busy, "the account has as many shared devices as it may have without being asked")
        }
        try rates.give(to: share.receiver.id, by: share.owner.id, isStranger: share.isFromStranger(beside: alike))
    }

    /// A share that was counted has not come about.
    private func forgive(_ share: Share) {
        let received = service.registry.devices(sharedWith: share.receiver.id)
        let isStranger = share.isFromStranger(beside: share.sharesOfOwner(among: received))
        rates.takeBack(from: share.receiver.id, by: share.owner.id, isStranger: isStranger)
    }

    private func takeBack(_ shares: [Share]) async {
        for share in shares {
            forgive(share)
            do throws(SwitchyardError) {
                _ = try await service.forget(share.device, with: share.receiver.id)
            } catch {
                logger.error("A share could not be taken back", metadata: ["error": "\(error)"])
            }
        }
    }

    private func changeTerms(of share: Share, _ change: ShareTermsChange) async throws(SwitchyardError) {
        do throws(SwitchyardError) {
            try await service.change(share.device, with: share.receiver.id, change)
            announce(.updateShare, share)
        } catch {
            // It has ended meanwhile: as if that had come after this.
            guard error.code == .notFound else { throw error }
        }
    }

    // MARK: updateShare, cancelShare

    /// Changes what a receiver may do.
    ///
    /// Throws `deviceNotFound`, `forbidden` (to receivers), `notFound` (it is not shared with that account), `busy`,
    /// `storageFailed`.
    package func changePermit(
        of id: DeviceID,
        with receiver: APIKey,
        to change: ShareTermsChange,
        by owner: AccountID
    ) async throws(SwitchyardError) {
        guard let share = try device(id, of: owner).share(withHolderOf: receiver) else { throw Self.notShared }
        let result = try await outcome(of: order(.updateShare, share, change, by: owner))
        guard result == .done else { throw Self.notShared }
    }

    /// Ends a share, also one that has ended before.
    ///
    /// Throws `deviceNotFound`, `forbidden` (to receivers), `busy`, `storageFailed`. Source: `coolkit-websocket.md` §10.3
    /// ("always success").
    package func cancel(
        _ id: DeviceID,
        with receiver: APIKey,
        by owner: AccountID
    ) async throws(SwitchyardError) {
        guard let share = try device(id, of: owner).share(withHolderOf: receiver) else { return }
        _ = try await outcome(of: order(.cancelShare, share, ShareTermsChange.none, by: owner))
    }

    private func outcome(of order: ShareOrder) async throws(SwitchyardError) -> ShareResult {
        let outcome = await withCheckedContinuation { continuation in
            submit(order) { continuation.resume(returning: $0) }
        }
        switch outcome {
        case .result(let result): return result
        case .failed(let error): throw error
        }
    }

    /// A device of the account's own.
    private func device(_ id: DeviceID, of owner: AccountID) throws(SwitchyardError) -> LiveDevice {
        guard let device = service.registry.device(id), let access = device.access(of: owner) else {
            throw SwitchyardError(.deviceNotFound, "device not found")
        }
        guard access.isOwner else {
            throw SwitchyardError(.forbidden, "the device is shared with you; only its owner may share it")
        }
        return device
    }

    private static var notShared: SwitchyardError {
        SwitchyardError(.notFound, "the device is not shared with this account")
    }

    // MARK: What receivers' apps hear

    private func announce(_ kind: ShareOrder.Kind, _ share: Share) {
        let current = service.registry.device(share.device)?.share(with: share.receiver.id) ?? share
        let order = ShareOrder(
            kind,
            number: makeNumber(),
            device: share.device,
            actor: share.owner.id,
            uid: share.receiver.identifier.description,
            params: params(kind, current, current.terms),
            deadline: clock.now
        )
        let notice = ShareNotice(order, to: share.receiver.id, ownerAPIKey: share.owner.apiKey)
        service.bus.publish(.shareAnnounced(notice))
    }

    private func order(
        _ kind: ShareOrder.Kind,
        _ share: Share,
        _ change: ShareTermsChange,
        by owner: AccountID
    ) -> ShareOrder {
        ShareOrder(
            kind,
            number: makeNumber(),
            device: share.device,
            actor: owner,
            uid: share.receiver.identifier.description,
            change: change,
            params: params(kind, share, share.terms.changed(by: change)),
            deadline: clock.now
        )
    }

    /// The `params` that an owner's app would have sent.
    ///
    /// Source: `coolkit-websocket.md` §10.1 to §10.3.
    private func params(_ kind: ShareOrder.Kind, _ share: Share, _ terms: ShareTerms) -> ByteBuffer {
        var params: JSONObject = [
            "uid": .string(share.receiver.identifier.description), "deviceName": .string(terms.deviceName),
        ]
        guard kind != .cancelShare else { return JSON.object(params).buffer }
        params["userName"] = .string(terms.userName)
        params["permit"] = JSON(terms.permit.rawValue)
        params["note"] = .string(terms.note)
        if kind == .share { params["shareTime"] = JSON(share.sharedAt.milliseconds) }
        return JSON.object(params).buffer
    }
}

extension LiveDevice {
    /// The share with the account of this apikey.
    fileprivate func share(withHolderOf apiKey: APIKey) -> Share? {
        shares.first { $0.receiver.apiKey == apiKey }
    }
}

extension Share {
    /// What the receiver has of the same owner.
    fileprivate func sharesOfOwner(among received: [LiveDevice]) -> [Share] {
        received.filter { $0.isOwned(by: owner.id) }.compactMap { $0.share(with: receiver.id) }
    }

    /// Whether none of the owner's shares has been there for some time.
    fileprivate func isFromStranger(beside alike: [Share]) -> Bool {
        let acquainted = sharedAt.advanced(by: .zero - ShareRates.acquaintance)
        return !alike.contains { $0.sharedAt <= acquainted }
    }
}

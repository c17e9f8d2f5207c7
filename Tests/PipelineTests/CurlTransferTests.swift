import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Pipeline

/// The real libcurl against a local site.
struct CurlTransferTests {
    private let folder: TemporaryFolder
    private let site: LocalSite
    private let body = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
    private var settings = PipelineSettings.Network()

    init() async throws {
        folder = try TemporaryFolder()
        site = try await LocalSite()
        settings.allowAddresses = [AddressRange("127.0.0.1")!]
    }

    private var target: FilePath { folder.path.appending("source.part") }

    private func fetch(_ path: String = "a.mp4", resume: CurlTransfer.Remote? = nil, settings: PipelineSettings.Network? = nil) async
        -> CurlTransfer.Ending
    {
        await CurlTransfer(url: site.url(path), target: target, resume: resume, settings: settings ?? self.settings).run { _ in
        } headers: { _ in
        }
    }

    private func failure(_ ending: CurlTransfer.Ending) throws -> Failure {
        guard case .failed(let failure, _) = ending else { throw Tool.Failed(description: "\(ending)") }
        return failure
    }

    @Test func theWholeFileComes() async throws {
        site.serve(body, at: "a.mp4")
        guard case .complete(let remote, let bytes) = await fetch() else { return #expect(Bool(false)) }
        #expect(bytes == 300_000)
        #expect(remote.total == 300_000)
        #expect(remote.contentType == "video/mp4")
        #expect(try FileSystem.read(target) == body)
    }

    @Test func aBrokenTransferGoesOnWhereItBroke() async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.cutAfter = [100_000]
        site.serve(body, at: "a.mp4", behaviour)
        guard case .failed(let failure, let remote?) = await fetch() else { return #expect(Bool(false)) }
        #expect(failure.class == .transient)
        let kept = try #require(FileSystem.attributes(of: target)).size
        #expect(kept > 50_000)
        guard case .complete(_, let bytes) = await fetch(resume: remote) else { return #expect(Bool(false)) }
        #expect(bytes == 300_000)
        #expect(site.requests.last?.range == "bytes=\(kept)-")
        #expect(try FileSystem.read(target) == body)
    }

    @Test func aWeakTagIsNoHindranceWhereTheTimeOfChangeIsKnown() async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.etag = "W/\"one\""
        behaviour.lastModified = "Wed, 25 Nov 2026 09:14:55 GMT"
        behaviour.cutAfter = [100_000]
        site.serve(body, at: "a.mp4", behaviour)
        guard case .failed(_, let remote?) = await fetch() else { return #expect(Bool(false)) }
        #expect(remote.validator == behaviour.lastModified)
        guard case .complete = await fetch(resume: remote) else { return #expect(Bool(false)) }
        #expect(site.requests.last?.ifRange == behaviour.lastModified)
        #expect(try FileSystem.read(target) == body)
    }

    @Test func anEndlessRedirectSaysSo() async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.redirect = "/a.mp4"
        site.serve(Data(), at: "a.mp4", behaviour)
        #expect(try failure(await fetch()).code == "too_many_redirects")
    }

    @Test func aChangedFileBeginsAgain() async throws {
        try folder.write(Data(repeating: 1, count: 1000), to: "source.part")
        site.serve(body, at: "a.mp4")
        let earlier = CurlTransfer.Remote(contentType: nil, validator: "\"older\"", lastModified: nil, total: nil, finalURL: nil)
        guard case .complete(_, let bytes) = await fetch(resume: earlier) else { return #expect(Bool(false)) }
        #expect(bytes == 300_000)
        #expect(try FileSystem.read(target) == body)
    }

    @Test func aServerThatSplicesTwoVersionsIsNoticed() async throws {
        try folder.write(Data(repeating: 1, count: 1000), to: "source.part")
        var behaviour = LocalSite.Behaviour()
        behaviour.heedsIfRange = false
        site.serve(body, at: "a.mp4", behaviour)
        let earlier = CurlTransfer.Remote(contentType: nil, validator: "\"older\"", lastModified: nil, total: nil, finalURL: nil)
        #expect(try failure(await fetch(resume: earlier)).code == "range_refused")
        #expect(FileSystem.attributes(of: target)?.size == 1000)
    }

    @Test func aServerWithoutRangesBeginsAgain() async throws {
        try folder.write(Data(repeating: 1, count: 1000), to: "source.part")
        var behaviour = LocalSite.Behaviour()
        behaviour.knowsRanges = false
        site.serve(body, at: "a.mp4", behaviour)
        let earlier = CurlTransfer.Remote(contentType: nil, validator: "\"one\"", lastModified: nil, total: nil, finalURL: nil)
        guard case .complete = await fetch(resume: earlier) else { return #expect(Bool(false)) }
        #expect(try FileSystem.read(target) == body)
    }

    @Test func aLieAboutTheLengthIsNoticed() async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.lieAboutLength = 5000
        site.serve(body, at: "a.mp4", behaviour)
        var impatient = settings
        impatient.stall = 1
        #expect(try failure(await fetch(settings: impatient)).class == .transient)
    }

    @Test func aSilentServerIsGivenUp() async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.isSilent = true
        site.serve(body, at: "a.mp4", behaviour)
        var impatient = settings
        impatient.stall = 1
        #expect(try failure(await fetch(settings: impatient)).code == "stalled")
    }

    @Test func aRedirectIsFollowed() async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.redirect = "/b.mp4"
        site.serve(Data(), at: "a.mp4", behaviour)
        site.serve(body, at: "b.mp4")
        guard case .complete(let remote, _) = await fetch() else { return #expect(Bool(false)) }
        #expect(remote.finalURL == site.url("b.mp4"))
    }

    @Test func aPrivateAddressIsRefusedAlsoBehindARedirect() async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.redirect = "http://127.0.0.2:\(site.port)/b.mp4"
        site.serve(Data(), at: "a.mp4", behaviour)
        site.serve(body, at: "b.mp4")
        let refusal = try failure(await fetch())
        #expect(refusal.code == "address_refused")
        #expect(refusal.message.contains("127.0.0.2"))
        #expect(!site.requests.contains { $0.path == "/b.mp4" })
        var strict = settings
        strict.allowAddresses = []
        #expect(try failure(await fetch("b.mp4", settings: strict)).code == "address_refused")
    }

    @Test func aRedirectToAnotherSchemeIsRefused() async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.redirect = "file:///etc/passwd"
        site.serve(Data(), at: "a.mp4", behaviour)
        #expect(try failure(await fetch()).class == .permanent)
    }

    @Test func aPageIsLeftToOthers() async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.contentType = "text/html; charset=utf-8"
        site.serve(Data("<html>".utf8), at: "a.mp4", behaviour)
        guard case .webPage = await fetch() else { return #expect(Bool(false)) }
    }

    @Test func whatIsNoMediaIsRefused() async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.contentType = "application/pdf"
        site.serve(body, at: "a.mp4", behaviour)
        #expect(try failure(await fetch()).code == "not_media")
    }

    @Test(arguments: [(404, FailureClass.permanent), (403, .permanent), (500, .transient), (429, .blocked)])
    func statusesHaveTheirClass(status: Int, failureClass: FailureClass) async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.status = status
        site.serve(body, at: "a.mp4", behaviour)
        let failure = try failure(await fetch())
        #expect(failure.class == failureClass)
        #expect(failure.message.contains("HTTP \(status)"))
    }

    @Test(arguments: [429, 503])
    func aServerSaysHowLongItWantsToBeLeftAlone(status: Int) async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.status = status
        behaviour.retryAfter = "80000"
        site.serve(body, at: "a.mp4", behaviour)
        let asked = try failure(await fetch())
        #expect(asked.class == .blocked)
        #expect((79_000...80_000).contains(try #require(asked.notBefore).seconds(since: .now())))
        // What an earlier answer said is nothing to the last one.
        behaviour.redirect = "/b.mp4"
        behaviour.status = 302
        site.serve(body, at: "a.mp4", behaviour)
        behaviour = LocalSite.Behaviour()
        behaviour.status = status
        site.serve(body, at: "b.mp4", behaviour)
        let silent = try failure(await fetch())
        #expect(silent.class == (status == 429 ? .blocked : .transient))
        #expect(silent.notBefore == nil)
        #expect(site.requests.last?.path == "/b.mp4")
    }

    @Test func tooMuchIsRefused() async throws {
        var small = settings
        small.maxBytes = 1000
        site.serve(body, at: "a.mp4")
        #expect(try failure(await fetch(settings: small)).code == "too_large")
    }

    @Test func cancellingEndsIt() async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.speed = 1000
        site.serve(body, at: "a.mp4", behaviour)
        let task = Task { await fetch() }
        try await eventually("the transfer to begin") { !site.requests.isEmpty }
        task.cancel()
        guard case .cancelled = await task.value else { return #expect(Bool(false)) }
    }
}

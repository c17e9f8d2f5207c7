import Configuration
import Foundation
import Jobs
import Pipeline
import SpoolFiles
import SystemPackage

extension Settings {
    func pipeline() throws(CommandError) -> PipelineSettings {
        var settings = PipelineSettings()
        settings.lanes = [
            .network: integer("lanes.network") ?? 4, .cpu: integer("lanes.cpu") ?? 2, .asr: integer("lanes.asr") ?? 4,
        ]
        if case .stringArray(let texts)? = values["network.allow_addresses"]?.content {
            settings.network.allowAddresses = try texts.map { text throws(CommandError) in
                guard let range = AddressRange(text.trimmed) else {
                    throw .failed("network.allow_addresses: \"\(text)\" is no address and no range", hint: "For example 192.168.1.0/24")
                }
                return range
            }
        }
        settings.network.proxy = string("network.proxy")
        settings.network.maxBytes = integer("network.max_bytes").map(Int64.init) ?? settings.network.maxBytes
        settings.network.userAgent = string("network.user_agent") ?? settings.network.userAgent
        settings.network.cookies = string("network.cookies").map { FilePath($0) }
        settings.network.stall = number("network.stall_seconds") ?? settings.network.stall
        settings.network.format = string("network.format").map(FormatChoice.init) ?? settings.network.format
        settings.network.sourceAddress = string("network.source_address")
        settings.captions.languages = list("captions.languages") ?? settings.captions.languages
        settings.comments.limit = integer("comments.max") ?? settings.comments.limit
        settings.comments.sort = string("comments.sort") ?? settings.comments.sort
        settings.sites.maxItems = integer("sites.max_items") ?? settings.sites.maxItems
        if case .doubleArray(let pause)? = values["sites.pause_seconds"]?.content {
            guard let shortest = pause.first, let longest = pause.last, pause.count <= 2, shortest <= longest else {
                throw CommandError.failed("sites.pause_seconds is not a shortest and a longest pause", hint: "For example [5, 10]")
            }
            settings.sites.pause = shortest...longest
        }
        if case .doubleArray(let delays)? = values["retry.delays"]?.content { settings.retry.delays = delays }
        settings.retry.lookAgain = number("retry.look_again_seconds") ?? settings.retry.lookAgain
        settings.retry.localPause = number("retry.local_seconds") ?? settings.retry.localPause
        settings.maxRetries = integer("retry.max") ?? settings.maxRetries
        settings.ownership = ownership
        settings.transcription.model = string("transcription.model") ?? settings.transcription.model
        settings.transcription.folders = try modelFolders()
        settings.transcription.computeType =
            string("transcription.compute_type").flatMap(JobSpec.ComputeType.init) ?? settings.transcription.computeType
        settings.transcription.decoders = integer("transcription.decoders") ?? settings.transcription.decoders
        settings.transcription.language = string("transcription.language")
        settings.transcription.hotwords = string("transcription.hotwords")
        settings.transcription.initialPrompt = string("transcription.initial_prompt")
        settings.transcription.channels =
            string("transcription.channels").flatMap { JobSpec.Channels(rawValue: $0) } ?? settings.transcription.channels
        settings.transcription.device = string("transcription.device") ?? settings.transcription.device
        settings.transcription.beamSize = integer("transcription.beam_size") ?? settings.transcription.beamSize
        settings.transcription.memory =
            integer("transcription.memory").flatMap { $0 == 0 ? nil : Int64($0) } ?? Int64(ProcessInfo.processInfo.physicalMemory / 2)
        settings.transcription.idle = number("transcription.idle_seconds") ?? settings.transcription.idle
        settings.transcription.stall = number("transcription.stall_seconds") ?? settings.transcription.stall
        settings.transcription.engine = string("transcription.engine") ?? settings.transcription.engine
        settings.openAI = try openAI()
        settings.subtitles.maxLines = integer("subtitles.max_lines") ?? settings.subtitles.maxLines
        settings.subtitles.maxLineLength = integer("subtitles.line_length") ?? settings.subtitles.maxLineLength
        settings.subtitles.minDuration = number("subtitles.min_seconds") ?? settings.subtitles.minDuration
        settings.subtitles.maxDuration = number("subtitles.max_seconds") ?? settings.subtitles.maxDuration
        settings.subtitles.maxRate = number("subtitles.max_rate") ?? settings.subtitles.maxRate
        settings.subtitles.minGap = number("subtitles.gap_seconds") ?? settings.subtitles.minGap
        settings.extraction.memory = integer("extraction.memory").map(Int64.init) ?? settings.extraction.memory
        if case .bool(let keep)? = values["keep.video"]?.content { settings.keepVideo = keep }
        settings.diskFloor = integer("disk.floor").map(Int64.init) ?? settings.diskFloor
        return settings
    }

    /// - Throws: if one is no `name=folder`.
    func modelFolders() throws(CommandError) -> [String: String] {
        var folders: [String: String] = [:]
        for text in list("transcription.folders") ?? [] {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex, text[text.index(after: equals)...].hasPrefix("/") else {
                throw .failed(
                    "transcription.folders holds \"\(text)\"", hint: "A name and a whole path, for example council=/models/council")
            }
            folders[text[..<equals].trimmed] = text[text.index(after: equals)...].trimmed
        }
        return folders
    }

    private func openAI() throws(CommandError) -> PipelineSettings.OpenAI {
        var server = PipelineSettings.OpenAI()
        server.url = string("openai.url") ?? server.url
        while server.url.hasSuffix("/") { server.url.removeLast() }
        guard server.url.hasPrefix("https://") || server.url.hasPrefix("http://") else {
            throw .failed("openai.url is \"\(server.url)\", which is no web address", hint: "For example http://gpu.example.org:8000/v1")
        }
        server.model = string("openai.model") ?? server.model
        server.keyFile = string("openai.key_file").map { FilePath($0) }
        server.environmentKey = ProcessInfo.processInfo.environment["OPENAI_API_KEY"]
        server.partSeconds = number("openai.part_seconds") ?? server.partSeconds
        server.requests = integer("openai.requests") ?? server.requests
        server.timeout = number("openai.timeout_seconds") ?? server.timeout
        return server
    }
}

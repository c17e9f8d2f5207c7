import CFFmpeg
import CLinux
import SpoolFiles
import SystemPackage

/// Reads a recording once, and writes `speech.wav` for the recogniser and the sound track as it is for people.
struct SoundExtraction {
    let source: FilePath
    let folder: FilePath
    let limits: PipelineSettings.Extraction
    let wish: MediaChild.SoundWish
    let report: (MediaReport) -> Void

    /// - Throws: `Failure` or `MediaError`.
    func run() throws {
        let reader = try MediaReader(source)
        guard let index = reader.soundStream(in: wish.language) else {
            throw Failure(
                .permanent, "no_sound", "\(source.lastComponent?.string ?? "the recording") has no sound track",
                hint: "There is nothing to transcribe in it")
        }
        // An odd byte at the end is often missing and never missed.
        guard reader.missingBytes <= 1 else {
            throw Failure(
                .permanent, "truncated", "\(source.lastComponent?.string ?? "the recording") lacks its last \(reader.missingBytes) bytes",
                hint: "The copy or the recording was cut off; copy it again")
        }
        _ = linux_limit_cpu_seconds(UInt64(limits.cpuBase + limits.cpuPerSecond * min(reader.duration, 172_800)))
        var warnings: [String] = []
        let decoder = try reader.decoder(index)
        var decoderToFree: UnsafeMutablePointer<AVCodecContext>? = decoder
        defer { avcodec_free_context(&decoderToFree) }

        let speechPart = folder.appending("speech.wav.part")
        let speech = try SpeechWriter(speechPart)
        let channels = try speakers(reader, index, &warnings)
        let container = AudioTrackCopy.fileExtension(for: reader.stream(index).pointee.codecpar.pointee.codec_id)
        let trackPart = folder.appending("audio.part.\(container)")
        var track: AudioTrackCopy?
        do {
            track = try AudioTrackCopy(of: reader.stream(index), to: trackPart, container: container)
        } catch {
            warnings.append("the sound track could not be copied as it is: \((error as? MediaError)?.reason ?? "\(error)")")
        }

        let reached = try decode(reader, index, decoder, speech, channels, &track, &warnings)
        try speech.finish()
        guard speech.samples > 0 else {
            throw Failure(
                .permanent, "damaged", "no sound could be decoded from \(source.lastComponent?.string ?? "the recording")",
                hint: "Try a fresh copy of it")
        }
        if reader.durationIsStated, reader.duration - reached > 2, reached < 0.9 * reader.duration {
            throw Failure(
                .permanent, "truncated",
                "\(source.lastComponent?.string ?? "the recording") ends after \(Int(reached)) s of \(Int(reader.duration)) s",
                hint: "The copy or the recording was cut off; copy it again")
        }
        do { try track?.finish() } catch {
            warnings.append("the sound track could not be copied as it is: \((error as? MediaError)?.reason ?? "\(error)")")
            track = nil
        }
        try FileSystem.move(speechPart, to: folder.appending("speech.wav"))
        if let channels { try channels.finish(&warnings) }
        var audio: String?
        if track != nil {
            audio = "audio.\(container)"
            try FileSystem.move(trackPart, to: folder.appending(audio!))
        } else {
            try FileSystem.remove(trackPart)
        }
        var media = reader.description(sound: index)
        media.duration = max(media.duration, Double(speech.samples) / Double(SpeechWriter.sampleRate))
        report(.extracted(media, audio: audio, warnings: warnings))
    }

    /// Where each channel of the track is written by itself, if that is wanted and it has two.
    private func speakers(_ reader: MediaReader, _ index: Int32, _ warnings: inout [String]) throws -> ChannelSplit? {
        guard wish.channels == .speakers else { return nil }
        let count = reader.stream(index).pointee.codecpar.pointee.ch_layout.nb_channels
        guard count == 2 else {
            warnings.append(
                "the recording has \(count) channel\(count == 1 ? "" : "s"), not one for each of two speakers: it is heard as one sound")
            return nil
        }
        return try ChannelSplit(files: JobFiles(folder: folder))
    }

    /// - Returns: the time in the recording, in seconds, up to which there was sound or picture. Sound may end long before the picture.
    private func decode(
        _ reader: MediaReader, _ index: Int32, _ decoder: UnsafeMutablePointer<AVCodecContext>, _ speech: SpeechWriter,
        _ channels: ChannelSplit?, _ track: inout AudioTrackCopy?, _ warnings: inout [String]
    ) throws -> Double {
        var packet = av_packet_alloc()
        var frame = av_frame_alloc()
        defer {
            av_packet_free(&packet)
            av_frame_free(&frame)
        }
        guard let packet, let frame else { throw MediaError(operation: "decode it", code: -12) }
        var reached = 0.0
        var told = 0.0
        var damaged = 0
        while true {
            let code = av_read_frame(reader.context, packet)
            if code == av_error_end_of_file { break }
            if code < 0 {
                // What could be read until here is kept; the check on the stated length decides.
                damaged += 1
                if damaged > 100 { break }
                continue
            }
            defer { av_packet_unref(packet) }
            if packet.pointee.pts != av_no_time_stamp {
                let timeBase = av_q2d(reader.stream(packet.pointee.stream_index).pointee.time_base)
                reached = max(reached, Double(packet.pointee.pts + packet.pointee.duration) * timeBase)
            }
            guard packet.pointee.stream_index == index else { continue }
            if let copy = track {
                do { try copy.add(packet) } catch {
                    warnings.append("the sound track could not be copied as it is: \((error as? MediaError)?.reason ?? "\(error)")")
                    track = nil
                }
            }
            if avcodec_send_packet(decoder, packet) < 0 { damaged += 1 } else { try receive(decoder, frame, speech, channels) }
            if reached - told >= 10 {
                told = reached
                report(.progress(done: reached, total: max(reader.duration, reached)))
            }
        }
        avcodec_send_packet(decoder, nil)
        try receive(decoder, frame, speech, channels)
        if damaged > 0 { warnings.append("\(damaged) damaged places in the recording were left out") }
        return max(reached, Double(speech.samples) / Double(SpeechWriter.sampleRate))
    }

    private func receive(
        _ decoder: UnsafeMutablePointer<AVCodecContext>, _ frame: UnsafeMutablePointer<AVFrame>, _ speech: SpeechWriter,
        _ channels: ChannelSplit?
    ) throws {
        while avcodec_receive_frame(decoder, frame) >= 0 {
            try speech.add(frame)
            try channels?.add(frame)
            av_frame_unref(frame)
        }
    }
}

import FoundationEssentials
import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// Fetches a video's captions as its site has them.
struct CaptionsDownload {
    let info: SiteInfo
    /// A file with what the site said.
    let infoFile: FilePath
    let url: String
    let work: StageWork

    func run() async throws(StageFailure) {
        let choice = CaptionChoice(
            of: info.metadata,
            spoken: work.job.spec.language ?? work.settings.transcription.language ?? info.metadata.language,
            preferred: work.settings.captions.languages)
        // Each kind by itself: of one language both may be there, and their files would have one name.
        try await fetch(choice.human, isAutomatic: false)
        try await fetch(choice.automatic, isAutomatic: true)
    }

    private func fetch(_ languages: [String], isAutomatic: Bool) async throws(StageFailure) {
        guard !languages.isEmpty else { return }
        let folder = work.files.captions
        try work.file { () throws(SpoolError) in try FileSystem.makeFolder(folder) }
        try await work.manners.call(work.job.site) { () async throws(StageFailure) in
            try await work.ytDlp.captions(infoFile, languages, isAutomatic: isAutomatic, url: url, into: folder)
        }
        try work.file { () throws(SpoolError) in try name(isAutomatic: isAutomatic) }
    }

    /// yt-dlp writes `caption.en.vtt`.
    private func name(isAutomatic: Bool) throws(SpoolError) {
        for name in try FileSystem.list(work.files.captions) where name.string.hasPrefix(YtDlp.captionPrefix) {
            let (language, format) = (
                DropName.stem(String(name.string.dropFirst(YtDlp.captionPrefix.count))), DropName.fileExtension(name.string)
            )
            guard CaptionFile.formats.contains(format) else {
                try FileSystem.remove(work.files.captions.appending(name))
                continue
            }
            let target = StoredCaptions.name(language, isAutomatic: isAutomatic, format: format)
            try FileSystem.move(work.files.captions.appending(name), to: work.files.captions.appending(target))
        }
    }
}

import SpoolFiles
import SystemPackage

/// How many processes the kernel has killed because memory had run out, in any control group: `oom_kill` in `/proc/vmstat`, see proc_vmstat(5).
enum MemoryKills {
    /// - Returns: since the machine was started; `nil` where the kernel does not tell.
    static func count() -> Int? {
        guard let text = try? FileSystem.read("/proc/vmstat", limit: 1 << 20) else { return nil }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").lazy.compactMap { line -> Int? in
            let fields = line.split(separator: " ")
            return fields.first == "oom_kill" ? fields.last.flatMap { Int($0) } : nil
        }.first
    }
}

import SpoolFiles

/// Where each stage lies on a job's way from 0 to 100 percent.
public enum StageProgress {
    /// The percentages at which the stage begins and ends.
    public static func range(of stage: JobState) -> ClosedRange<Double> {
        switch stage {
        case .downloading: 10...30
        case .extractingAudio: 30...50
        case .transcribing: 50...70
        case .extractingMetadata: 70...85
        case .extractingComments: 85...100
        default: 0...100
        }
    }

    /// The percentage of the whole job when `fraction` (0 to 1) of the stage is done, to a tenth.
    public static func percent(_ stage: JobState, fraction: Double) -> Double {
        let range = range(of: stage)
        let value = range.lowerBound + (range.upperBound - range.lowerBound) * min(max(fraction, 0), 1)
        return (value * 10).rounded() / 10
    }
}

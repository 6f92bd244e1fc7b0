using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Curation.Measures;

namespace Tda.Curation.Reports;

/// <summary>What lies in a run's directory; every part may be missing, but not all.</summary>
internal sealed class RunFolder : IDisposable
{
    private const string ScoresFile = "scores.npy";

    public RunFolder(string directory)
    {
        Directory = Path.GetFullPath(directory);
        if (!System.IO.Directory.Exists(Directory))
        {
            throw new BadInputException(directory, "there is no such run", remedy: "List the runs, or make one with tda attribute or tda guide.");
        }

        Scores = File.Exists(In(ScoresFile)) ? ScoreRun.Open(Directory) : null;
        Manifest = Scores?.Manifest ?? (File.Exists(In(Manifest.FileName)) ? Read() : null);
        Scorecard = File.Exists(In(Scorecard.FileName)) ? Scorecard.Read(In(Scorecard.FileName)) : null;
        Curve = File.Exists(In(Curve.FileName)) ? Curve.Read(In(Curve.FileName)) : null;
        Answers = File.Exists(In(AnswerPair.FileName)) ? [.. JsonLines.Read<AnswerPair>(In(AnswerPair.FileName))] : [];
        Masks = File.Exists(In(CurationFiles.Mask)) ? TokenMask.Read(In(CurationFiles.Mask)) : null;
        MaskSummary = File.Exists(In(CurationFiles.MaskSummary)) ? MaskSummary.Read(In(CurationFiles.MaskSummary)) : null;
        if (Scores is null && Scorecard is null && Curve is null && Answers.Count == 0)
        {
            throw new BadInputException(directory, "it holds neither scores nor a scorecard, a curve or answers: there is nothing to report");
        }
    }

    public string Directory { get; }

    public string Id => Path.GetFileName(Path.TrimEndingDirectorySeparator(Directory));

    public ScoreRun? Scores { get; }

    public Manifest? Manifest { get; }

    public Scorecard? Scorecard { get; }

    public Curve? Curve { get; }

    public IReadOnlyList<AnswerPair> Answers { get; }

    public IReadOnlyList<DocumentMask>? Masks { get; }

    public MaskSummary? MaskSummary { get; }

    public void Dispose() => Scores?.Dispose();

    private string In(string file) => Path.Combine(Directory, file);

    private Manifest Read()
    {
        try
        {
            return System.Text.Json.JsonSerializer.Deserialize<Manifest>(File.ReadAllBytes(In(Manifest.FileName)), JsonDefaults.Options)
                ?? throw new BadInputException(In(Manifest.FileName), "holds null; an object was expected");
        }
        catch (System.Text.Json.JsonException error)
        {
            throw new BadInputException(In(Manifest.FileName), error.Message, inner: error);
        }
    }
}

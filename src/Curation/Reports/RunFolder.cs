using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Curation.Measures;

namespace Tda.Curation.Reports;

/// <summary>What lies in a run's directory; every part may be missing, but not all.</summary>
internal sealed class RunFolder : IDisposable
{
    private readonly string _directory;

    public RunFolder(string directory)
    {
        _directory = Path.GetFullPath(directory);
        if (!Directory.Exists(_directory))
        {
            throw MissingArtifact.At(directory);
        }

        Scores = Part(ScoreFormat.Scores, _ => ScoreRun.Open(_directory));
        Manifest = Scores?.Manifest ?? Part(Manifest.FileName, path => JsonFile.Read<Manifest>(path));
        Scorecard = Part(Scorecard.FileName, Scorecard.Read);
        Curve = Part(Curve.FileName, Curve.Read);
        Plans = Part(PlanComparison.FileName, PlanComparison.Read);
        Change = Part(MeasurementComparison.FileName, MeasurementComparison.Read);
        Answers = Part(AnswerPair.FileName, path => JsonLines.Read<AnswerPair>(path).ToList()) ?? [];
        Members = (Scores?.Members() ?? []).ToLookup(m => m.Target, m => m.Query, StringComparer.Ordinal);
        Masks = Part(CurationFiles.Mask, TokenMask.Read);
        MaskSummary = Part(CurationFiles.MaskSummary, MaskSummary.Read);
        if (Scores is null && Scorecard is null && Curve is null && Answers.Count == 0)
        {
            throw new BadInputException(directory, "it holds neither scores nor a scorecard, a curve or answers: there is nothing to report");
        }
    }

    public string Id => Path.GetFileName(Path.TrimEndingDirectorySeparator(_directory));

    public ScoreRun? Scores { get; }

    public Manifest? Manifest { get; }

    public Scorecard? Scorecard { get; }

    public Curve? Curve { get; }

    public PlanComparison? Plans { get; }

    public MeasurementComparison? Change { get; }

    public IReadOnlyList<AnswerPair> Answers { get; }

    /// <summary>The queries that each row of the scores is made of, by the row's id.</summary>
    public ILookup<string, Query> Members { get; }

    public IReadOnlyList<DocumentMask>? Masks { get; }

    public MaskSummary? MaskSummary { get; }

    public void Dispose() => Scores?.Dispose();

    private T? Part<T>(string file, Func<string, T> read)
        where T : class
    {
        var path = Path.Combine(_directory, file);
        return File.Exists(path) ? read(path) : null;
    }
}
